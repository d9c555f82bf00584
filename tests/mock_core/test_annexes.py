"""What a room above builds onto a fake: its tables are served, and it is told before the lab is."""

from __future__ import annotations

from typing import Any

import pytest

from mock_core.annexe import Annexe, addition
from mock_core.clock import LabClock
from mock_core.control import Operation, View
from mock_core.errors import JournalUnreadable
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app

START = 1_700_000_000.0


class Counter:
    """Notes what it is told, and when by the lab's clock."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.told: list[tuple[str, float]] = []

    def settle(self) -> None:
        self.told.append(("settle", self.state.workspace.clock.now()))

    def forget(self) -> None:
        self.told.append(("forget", self.state.workspace.clock.now()))

    def close(self) -> None:
        self.told.append(("close", 0.0))


def put(state: Any, payload: dict[str, Any]) -> dict[str, Any]:
    state.workspace.control("counter.put", payload)
    return payload


def rows(state: Any, _filters: Any, after: int) -> Any:
    told = addition(state, Counter).told
    return ((place, {"what": what}) for place, (what, _) in enumerate(told, 1) if place > after)


COUNTER = Annexe(
    "counter",
    Counter,
    operations=(Operation("counter.put", "POST", "/counter", "Put something.", put, {"type": "object"}),),
    views=(View("counted", "What it was told.", {}, rows),),
    shapes={"counter.put": {"type": "object", "required": ["size"]}},
)


@pytest.fixture
def fake():
    made = SegmentFake(clocks=Clocks(LabClock(START)), annexes=(COUNTER,))
    yield made
    made.close()


def test_its_operations_and_views_are_served(fake: SegmentFake):
    """Beside the fake's own, in the index and the document too."""
    client = create_app(fake).test_client()

    assert client.post("/__lab/counter", json={"size": 3}).json == {"size": 3}
    assert client.get("/__lab/counted").json["counted"] == [{"what": "settle"}]
    assert "/__lab/counter" in client.get("/__lab/openapi.json").json["paths"]
    assert any("counted" in line for line in client.get("/__lab/").json["views"])


def test_it_settles_before_the_lab_is_told_and_before_time_moves(fake: SegmentFake):
    """What came so far meets the settings, the faults and the time that were true when it came."""
    state = fake.state
    state.configure(mode="strict")
    state.workspace.clock.advance(60)

    assert addition(state, Counter).told == [("settle", START), ("settle", START)]


def test_a_reset_and_the_end_are_told(fake: SegmentFake):
    """What it read is gone then."""
    counter = addition(fake.state, Counter)
    fake.state.workspace.reset()
    fake.workspaces.drop("default")

    assert [what for what, _ in counter.told] == ["forget", "close"]


def test_every_workspace_has_its_own(fake: SegmentFake):
    """Also one that is made later."""
    assert addition(fake.workspaces.get("ci-7"), Counter) is not addition(fake.state, Counter)


def test_what_is_not_built_is_not_found():
    """A fake by itself has none."""
    bare = SegmentFake()
    with pytest.raises(LookupError, match="no Counter"):
        addition(bare.state, Counter)
    bare.close()


def test_entries_of_its_kind_are_held_against_its_shapes(fake: SegmentFake, tmp_path: Any):
    """A journal from elsewhere is refused when they are not so."""
    path = tmp_path / "segment.db"
    other = SegmentFake(path=path)
    other.state.workspace.control("counter.put", {"size": 1})
    other.close()
    fake.state.workspace.load(path)

    odd = SegmentFake(path=tmp_path / "odd.db")
    odd.state.workspace.control("counter.put", {})
    odd.close()
    with pytest.raises(JournalUnreadable, match=r"counter\.put"):
        fake.state.workspace.load(tmp_path / "odd.db")
