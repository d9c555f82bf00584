"""Amplitude's Node SDKs, new, legacy and the community's, each in a process of its own: what they send settles."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_amplitude import AmplitudeFake, create_app
from mock_core.wire import Server

HERE = Path(__file__).parent / "node"
NODE = shutil.which("node")
SDKS = ("node", "legacy", "community")
EVENT = {"event_type": "Song Played", "user_id": "user-1"}

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not installed"),
    pytest.mark.skipif(
        not (HERE / "node_modules").is_dir(),
        reason="The SDKs are not installed: npm ci in tests/mock_amplitude/sdks/node",
    ),
]


@pytest.fixture
def served() -> Iterator[tuple[AmplitudeFake, str]]:
    fake = AmplitudeFake()
    with Server(create_app(fake)) as server:
        yield fake, server.url
    fake.close()


def drive(sdk: str, url: str, *events: dict[str, Any], **options: Any) -> list[tuple[str, Any]]:
    """Let an SDK send events and return what it says became of each."""
    command = [str(NODE), str(HERE / "drive.mjs"), sdk, url, json.dumps(events), json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return [(kind, code) for kind, code in json.loads(done.stdout.splitlines()[-1])]


def calls(fake: AmplitudeFake) -> list[Any]:
    return [entry.data for entry in fake.state.workspace.journal.walk(kind="request")]


def fates(fake: AmplitudeFake) -> list[str]:
    return [each.fate.verdict for each in fake.state.ingested()]


@pytest.mark.parametrize("sdk", SDKS)
def test_an_event_arrives_and_settles(served: tuple[AmplitudeFake, str], sdk: str):
    """Answered 200, kept, of a person; the legacy one sends neither time nor insert_id (loop facts 2 [run])."""
    fake, url = served
    told = drive(sdk, url, {**EVENT, "event_properties": {"genre": "jazz", "rating": None}})
    (kept,) = fake.state.happenings()

    assert told == [("Song Played", 200)]
    assert kept.event["event_properties"] == {"genre": "jazz", "rating": None}
    assert fake.state.world.cohorts.directory.user_id(kept.amplitude_id) == "user-1"
    assert bool(kept.event.get("insert_id")) == (sdk == "node")


def test_an_identification_changes_the_next_event(served: tuple[AmplitudeFake, str]):
    """It comes by the way of events, as $identify."""
    fake, url = served
    drive("node", url, {"user_id": "user-1", "operations": {"plan": "pro"}}, EVENT)

    found = {each.event["event_type"]: each.event["user_properties"] for each in fake.state.happenings()}
    assert found == {"$identify": {"plan": "pro"}, "Song Played": {"plan": "pro"}}


@pytest.mark.parametrize(("status", "sdk"), [(500, "node"), (500, "legacy"), (429, "legacy")])
def test_what_was_refused_for_a_while_arrives(served: tuple[AmplitudeFake, str], status: int, sdk: str):
    """They try again; nothing is lost, and nothing is kept twice."""
    fake, url = served
    fake.state.workspace.arm({"fault": "status", "status": status, "match": {"route": "/2/httpapi", "times": 1}})
    drive(sdk, url, EVENT)

    assert [call["status"] for call in calls(fake)] == [status, 200]
    assert fates(fake) == ["kept"]


def test_a_refusal_of_one_event_costs_only_that_one(served: tuple[AmplitudeFake, str]):
    """It reads the lists of the refusal: who is named is given up, the rest goes again (loop facts 2 [run])."""
    fake, url = served
    told = drive("node", url, {**EVENT, "user_id": "abc"}, EVENT)

    assert sorted(code for _, code in told) == [200, 400]
    assert [each.event["user_id"] for each in fake.state.ingested()] == ["user-1"]


def test_too_large_an_upload_is_cut_smaller(served: tuple[AmplitudeFake, str]):
    """After a 413 half as many at once (loop facts 2 [run])."""
    fake, url = served
    fake.state.workspace.arm({"fault": "status", "status": 413, "match": {"route": "/2/httpapi", "times": 1}})
    told = drive("node", url, *({**EVENT, "user_id": f"user-{number}"} for number in range(4)), flushQueueSize=4)

    assert {code for _, code in told} == {200}
    assert calls(fake)[0]["status"] == 413
    assert fates(fake) == ["kept"] * 4
    assert len(calls(fake)) >= 3


@pytest.mark.parametrize("sdk", SDKS)
def test_a_wrong_key_is_told_to_whoever_sent_the_event(served: tuple[AmplitudeFake, str], sdk: str):
    """400 with the words that they look for (loop facts 1 [obs])."""
    fake, url = served

    assert drive(sdk, url, EVENT, apiKey="nobody") == [("Song Played", 400)]
    assert {call["refused"]["message"] for call in calls(fake)} == {"Invalid API key: nobody"}
    assert fates(fake) == []
