"""One server, many tests: each workspace has its own keys, faults, clock, seed and captures."""

from __future__ import annotations

import base64
import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core import Server
from mock_segment import SegmentClient, SegmentFake


def basic(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


def users(fake: SegmentFake, workspace: str) -> set[str]:
    return set(fake.workspaces.get(workspace).profiles())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"writeKey": "key-7", "userId": "u"}', {}),
        (b'{"userId": "u"}', {"Authorization": basic("key-7")}),
        (b'{"writeKey": "key-7", "userId": "u"}', {"Authorization": basic("key-8")}),
        (gzip.compress(b'{"writeKey":"key-7","userId":"u"}'), {"Content-Encoding": "gzip"}),
    ],
    ids=["body", "header", "both", "gzip"],
)
def test_a_registered_key_finds_its_workspace(wire: Any, fake: SegmentFake, body: bytes, headers: dict[str, str]):
    """A client that can carry nothing but its write key still ends up in the right one."""
    fake.workspaces.get("ci-7").put_source("key-7")
    fake.workspaces.get("ci-8").put_source("key-8")

    wire.post("/v1/identify", body, **headers)

    assert (users(fake, "default"), users(fake, "ci-7"), users(fake, "ci-8")) == (set(), {"u"}, set())


def test_pixels_and_settings_find_it_too(wire: Any, fake: SegmentFake):
    """The key in the address counts."""
    fake.workspaces.get("ci-7").put_source("key-7", cdn={"metrics": {"sampleRate": 1}})

    wire.session.get(f"{wire.url}/v1/pixel/identify?writeKey=key-7&userId=u")
    settings = wire.session.get(f"{wire.url}/v1/projects/key-7/settings").json()

    assert users(fake, "ci-7") == {"u"}
    assert settings["metrics"] == {"sampleRate": 1}


def test_a_key_that_is_only_mentioned_leads_nowhere(wire: Any, fake: SegmentFake):
    """The text of a trait is no write key."""
    fake.workspaces.get("ci-7").put_source("key-7")

    wire.send("/v1/identify", {"userId": "u", "traits": {"writeKey": "key-7"}})

    assert (users(fake, "default"), users(fake, "ci-7")) == ({"u"}, set())


def test_the_default_workspace_has_the_first_word(wire: Any, fake: SegmentFake):
    """A key registered in both stays where everybody looks first; the header beats every key."""
    fake.workspaces.get("ci-7").put_source("wk")
    fake.state.put_source("wk")

    wire.send("/v1/identify", {"userId": "a"})
    wire.send("/v1/identify", {"userId": "b"}, **{"X-Lab-Workspace": "ci-7"})

    assert (users(fake, "default"), users(fake, "ci-7")) == ({"a"}, {"b"})


def test_a_key_whose_workspace_was_reset_leads_nowhere(wire: Any, fake: SegmentFake):
    """What was forgotten is forgotten."""
    fake.workspaces.get("ci-7").put_source("wk")
    fake.workspaces.get("ci-7").workspace.reset()

    wire.send("/v1/identify", {"userId": "a"})

    assert users(fake, "default") == {"a"}


def test_a_loaded_journal_brings_its_keys(wire: Any, fake: SegmentFake, tmp_path: Path):
    """The last workspace to have a key gets its calls; once it is dropped, the one before it, and then nobody."""
    first, second = fake.workspaces.get("src1"), fake.workspaces.get("src2")
    first.put_source("homekey")
    first.workspace.journal.save(tmp_path / "saved.db")
    second.workspace.load(tmp_path / "saved.db")

    def send(user_id: str) -> None:
        wire.send("/v1/identify", {"writeKey": "homekey", "userId": user_id})

    send("a")
    first_users, second_users = users(fake, "src1"), users(fake, "src2")
    fake.workspaces.drop("src2")
    send("b")
    later_users = users(fake, "src1")
    fake.workspaces.drop("src1")
    send("c")

    assert (first_users, second_users, later_users) == (set(), {"a"}, {"b"})
    assert users(fake, "default") == {"c"}
    assert fake.workspaces.names() == ["default"]


def test_a_journal_that_was_replaced_takes_its_keys_along(wire: Any, fake: SegmentFake, tmp_path: Path):
    """What the loaded one does not know is the workspace's no more."""
    workspace = fake.workspaces.get("src1")
    workspace.workspace.journal.save(tmp_path / "empty.db")
    workspace.put_source("homekey")
    workspace.workspace.load(tmp_path / "empty.db")

    wire.send("/v1/identify", {"writeKey": "homekey", "userId": "a"})

    assert (users(fake, "default"), users(fake, "src1")) == ({"a"}, set())


def test_a_workspace_nobody_used_is_dropped_without_a_word(server: Server):
    """A test may clean up what it never touched."""
    SegmentClient(server.url, workspace="never").drop()

    assert SegmentClient(server.url).events() == []


def test_reopened_workspaces_still_own_their_keys(tmp_path: Path):
    """Files beside the first one are found again at start."""
    first = SegmentFake(path=tmp_path / "segment.db")
    first.workspaces.get("ci-7").put_source("key-7")
    first.close()
    (tmp_path / "segment.notes.db").write_text("not a journal")

    again = SegmentFake(path=tmp_path / "segment.db")

    assert again.workspaces.names() == ["ci-7", "default"]
    assert {key: list(homes) for key, homes in again._homes.items()} == {"key-7": ["ci-7"]}
    again.close()


def test_message_ids_faults_and_clocks_are_their_own(server: Server):
    """What happens in one does not happen in the other, at the same time, on the same server."""
    labs = [SegmentClient(server.url, workspace=f"ci-{number}") for number in range(6)]

    def use(lab: SegmentClient) -> None:
        number = int(lab.workspace[3:])
        lab.freeze(1_000_000 + number)
        lab.arm("script", statuses=[503] * number + [200])
        event = {"type": "identify", "userId": "u", "messageId": "same", "traits": {"n": number}}
        for _ in range(number + 2):
            requests.post(f"{lab.base_url}/v1/batch", json={"writeKey": "wk", "batch": [event]}, timeout=10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, labs))

    for number, lab in enumerate(labs):
        assert lab.now() == 1_000_000 + number
        assert lab.profile("u").traits == {"n": number}
        assert [event.verdict for event in lab.verdicts()] == ["refused"] * number + ["delivered", "duplicate"]
    assert SegmentClient(server.url).events() == []


def test_a_dropped_workspace_is_gone(server: Server):
    """Its name makes a new one."""
    lab = SegmentClient(server.url, workspace="ci-7")
    lab.put_source("wk")

    lab.drop()

    assert lab.sources() == []


def test_a_seed_decides_what_chance_does(server: Server):
    """The same seed strikes the same calls, in whatever workspace."""

    def struck(workspace: str, seed: int) -> list[int]:
        lab = SegmentClient(server.url, workspace=workspace)
        lab.reseed(seed)
        lab.arm("status", status=503, match={"probability": 0.5, "times": None})
        url = f"{lab.base_url}/v1/identify"
        return [requests.post(url, json={"writeKey": "wk", "userId": "u"}, timeout=10).status_code for _ in range(30)]

    one, same, other = struck("a", 1), struck("b", 1), struck("c", 2)

    assert one == same
    assert set(one) == {200, 503}
    assert one != other
