"""The official Python SDKs, new and old, and the official Node SDK, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_core import LabClock, Server
from mock_core.wire import tls_adapter
from mock_segment import SegmentFake, SegmentState, create_app

HERE = Path(__file__).parent
OLD_VERSION = "2.3.4"
KINDS = {"identify", "track", "page", "screen", "group", "alias"}

Run = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sdk:
    """How an SDK is run, and what is its own on the wire."""

    run: Run
    library: str
    user_agent: str
    authorization: str | None
    counts_retries: bool


def program(command: list[str], **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def old_sdk() -> Path:
    """Install the old SDK once, beside the environment and not in it; skip where it cannot be had."""
    folder = Path(tempfile.gettempdir()) / f"cohortlab-segment-analytics-python-{OLD_VERSION}"
    if not folder.exists():
        fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        wanted = f"segment-analytics-python=={OLD_VERSION}"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(fresh), wanted]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"{wanted} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    return folder


def python_sdk(server: Server, path: Path | None = None) -> Run:
    def run(count: int = 0, **options: Any) -> dict[str, Any]:
        environment = {"PYTHONPATH": str(path)} if path else {}
        if "OAUTH_KEY" in options:
            environment["OAUTH_KEY"] = options.pop("OAUTH_KEY")
            options |= {"oauth_client_id": "app-1", "oauth_key_id": "key-1", "oauth_auth_server": server.url}
        ca = options.pop("ca", None)
        environment |= {"REQUESTS_CA_BUNDLE": str(ca)} if ca else {}
        driver = [sys.executable, str(HERE / "drive_python_sdk.py"), server.url, str(count), json.dumps(options)]
        return program(driver, **environment)

    return run


def node_sdk(server: Server) -> Run:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (HERE / "node" / "node_modules").is_dir():
        pytest.skip("the Node SDK is not installed: npm ci in tests/mock_segment/sdks/node")

    def run(count: int = 0, **options: Any) -> dict[str, Any]:
        environment = {}
        if "OAUTH_KEY" in options:
            environment["OAUTH_KEY"] = options.pop("OAUTH_KEY")
            options["oauthSettings"] = {"clientId": "app-1", "keyId": "key-1", "authServer": server.url}
        ca = options.pop("ca", None)
        environment |= {"NODE_EXTRA_CA_CERTS": str(ca)} if ca else {}
        return program(
            [node, str(HERE / "node" / "drive.mjs"), server.url, "wk", str(count), json.dumps(options)], **environment
        )

    return run


@pytest.fixture
def server(fake: SegmentFake, clock: LabClock) -> Iterator[Server]:
    """SDKs live in real time, and so does this lab."""
    clock.follow_system()
    with Server(create_app(fake), threads=4) as running:
        yield running


@pytest.fixture(params=["python", f"python-{OLD_VERSION}", "node"])
def sdk(request: pytest.FixtureRequest, server: Server) -> Sdk:
    if request.param == "python":
        return Sdk(python_sdk(server), "analytics-python", "analytics-python/", "Basic ...", counts_retries=True)
    if request.param == "node":
        return Sdk(
            node_sdk(server), "@segment/analytics-node", "analytics-node-next/", "Basic ...", counts_retries=True
        )
    run = python_sdk(server, old_sdk())
    return Sdk(run, "analytics-python", f"analytics-python/{OLD_VERSION}", None, counts_retries=False)


def uploads(state: SegmentState) -> list[dict[str, Any]]:
    return [entry.data for entry in state.workspace.journal.walk(kind="request")]


def test_the_six_calls_are_delivered(sdk: Sdk, state: SegmentState):
    """Each once, none discarded, and they look like that SDK's."""
    said = sdk.run()

    assert said["errors"] == []
    events = list(state.events())
    assert {event.raw["type"] for event in events} == KINDS
    assert {event.verdict.verdict for event in events} == {"delivered"}
    assert len(events) == len(KINDS)
    assert {event.capture.write_key for event in events} == {"wk"}
    assert {event.raw["context"]["library"]["name"] for event in events} == {sdk.library}
    assert state.profile("u1").traits == {"plan": "pro"}
    headers = uploads(state)[0]["headers"]
    assert headers["user-agent"].startswith(sdk.user_agent)
    assert headers.get("authorization") == sdk.authorization


def assert_each_once(state: SegmentState, count: int) -> None:
    assert {user: profile.traits for user, profile in state.profiles().items()} == {
        f"u{number}": {"Power Users (a1)": number % 2 == 0, "n": number} for number in range(count)
    }
    assert sum(1 for _ in state.delivered()) == count


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([{"fault": "status", "status": 503}], {200, 503}),
        ([{"fault": "status", "status": 429, "retry_after": 1}], {200, 429}),
        ([{"fault": "lost-reply"}], {200}),
        ([{"fault": "store-first", "keep": 3}], {200, 500}),
    ],
    ids=["503", "429", "lost-reply", "store-first"],
)
def test_a_failed_batch_comes_again_and_nothing_is_lost_or_doubled(
    sdk: Sdk, state: SegmentState, faults: list[dict[str, Any]], statuses: set[int]
):
    """The SDK's own retries, the same messageIds, and X-Retry-Count where the SDK sends it."""
    for fault in faults:
        state.workspace.arm(fault)

    said = sdk.run(count=35)

    assert said["errors"] == []
    assert_each_once(state, 35)
    calls = uploads(state)
    assert {call["status"] for call in calls} == statuses
    counted = [call["headers"]["x-retry-count"] for call in calls if "x-retry-count" in call["headers"]]
    if sdk.counts_retries and faults[0].get("status") == 503:
        assert "1" in counted
    if not sdk.counts_retries:
        assert counted == []


def test_gzip_is_understood(server: Server, state: SegmentState):
    """Python's option; the events are the same."""
    said = python_sdk(server)(count=20, gzip=True)

    assert said["errors"] == []
    assert uploads(state)[0]["headers"]["content-encoding"] == "gzip"
    assert_each_once(state, 20)


def test_a_refused_batch_is_told_to_the_caller(sdk: Sdk, state: SegmentState):
    """A 400 is final: one try, and the SDK reads the message."""
    state.configure(mode="strict")
    state.put_source("another")

    said = sdk.run()

    assert len(said["errors"]) >= 1
    assert {call["status"] for call in uploads(state)} == {400}
    assert list(state.events()) == []


def test_a_nan_loses_its_batch(server: Server, state: SegmentState):
    """Python writes a bare NaN, and the edge takes it for what it is: no JSON."""
    import requests
    from segment.analytics.client import Client

    client = Client("wk", host=server.url, sync_mode=True, max_retries=0)
    with pytest.raises(Exception, match="malformed JSON"):
        client.identify("u1", {"score": float("nan")})

    assert [call["status"] for call in uploads(state)] == [400]
    assert requests.get(f"{server.url}/__lab/verdicts", timeout=10).json()["verdicts"][0]["reason"] == "malformed JSON"


@pytest.fixture(scope="module")
def oauth_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("which", ["python", "node"])
def test_oauth_is_spoken_by_the_sdks_themselves(
    which: str, server: Server, state: SegmentState, oauth_key: rsa.RSAPrivateKey
):
    """The SDK signs, buys a token and uploads with it; the source takes nothing else."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    state.put_oauth_app("app-1", "key-1", oauth_key.public_key().public_bytes(encoding, form).decode())
    state.put_source("wk", oauth=True)
    private = oauth_key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

    said = (python_sdk if which == "python" else node_sdk)(server)(count=5, OAUTH_KEY=private)

    assert said["errors"] == []
    assert_each_once(state, 5)
    calls = uploads(state)
    assert calls[0]["path"] == "/token"
    assert {call["headers"]["authorization"] for call in calls[1:]} == {"Bearer ..."}


@pytest.mark.parametrize("which", ["python", "node"])
def test_tls_is_spoken_by_the_sdks_themselves(which: str, fake: SegmentFake, state: SegmentState, tmp_path: Path):
    """They trust the certificate authority written where it was asked for, and nothing else."""
    ca = tmp_path / "ca.pem"
    with Server(create_app(fake), threads=4, ssl_adapter=tls_adapter(ca)) as running:
        assert running.url.startswith("https://")

        trusting = (python_sdk if which == "python" else node_sdk)(running)(count=5, ca=ca)
        distrusting = python_sdk(running)(count=1, max_retries=0) if which == "python" else {"errors": ["-"]}

    assert trusting["errors"] == []
    assert distrusting["errors"]
    assert_each_once(state, 5)
