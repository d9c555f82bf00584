"""Killed between any two I/O operations, the next run converges: nothing lost, nothing wrong, no undedupable
repeat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer import FileState, MemoryState
from tests.syncer.conftest import Bench

FIRST = ["ann", "bob", "cleo", "dan", "eve"]
SECOND = ["bob", "cleo", "eve", "fay", "gus"]
SMALL = {"batch_events": 2}


class Killed(BaseException):
    """The process dies here."""


class Executioner:
    """Counts boundaries and kills at one of them."""

    def __init__(self) -> None:
        self.passed = 0
        self.kill_at: int | None = None
        self.where = ""

    def __call__(self, name: str) -> None:
        self.passed += 1
        self.where = name
        if self.passed == self.kill_at:
            raise Killed(name)

    @contextmanager
    def at(self, boundary: int) -> Iterator[None]:
        self.passed, self.kill_at = 0, boundary
        try:
            yield
        finally:
            self.kill_at = None


def sweep(bench: Bench, executioner: Executioner) -> Iterator[str]:
    """Kill at the first boundary of a run, then at the second ..., and bring each state to its end; yield where."""
    engine = bench.engine(boundary=executioner)
    for kill_at in range(1, 500):
        bench.amplitude.become(*FIRST)
        engine.run(bench.sync(**SMALL))
        bench.amplitude.become(*SECOND)
        try:
            with executioner.at(kill_at):
                engine.run(bench.sync(**SMALL))
        except Killed:
            where = executioner.where
            bench.segment.duplicates = 0
            engine.run(bench.sync(**SMALL))
            yield where
        else:
            return
    pytest.fail("the run has no end")


@pytest.mark.parametrize("kept_in", ["memory", "files"])
def test_a_run_killed_anywhere_converges(kept_in: str, tmp_path: Path) -> None:
    """Wherever a run is killed, after the next one Segment knows exactly the members, and took each change once."""
    executioner = Executioner()
    state = MemoryState(boundary=executioner) if kept_in == "memory" else FileState(tmp_path, boundary=executioner)
    bench = Bench(state)
    killed_at = set()

    for where in sweep(bench, executioner):
        killed_at.add(where)
        assert bench.segment.told() == set(SECOND), where
        assert bench.segment.sent()[-4:] == [("fay", True), ("gus", True), ("ann", False), ("dan", False)], where
        assert bench.segment.duplicates <= 2, where
        bench.amplitude.become(*FIRST)

    assert {"ledger begin", "reply", "ledger settle", "ledger finish", "ledger finish done"} <= killed_at
    assert kept_in == "memory" or {"sync changes.parquet", "rename export.csv"} <= killed_at
    state.close()


def test_a_killed_run_is_resumed_with_the_same_bytes(quick: Bench) -> None:
    """A batch whose acknowledgement was not written down is sent again byte for byte, and the ones before it
    are not."""
    executioner = Executioner()
    quick.amplitude.become("ann", "bob", "cleo", "dan")
    replies = iter(range(100))
    engine = quick.engine(boundary=lambda name: executioner(name) if name == "reply" and next(replies) >= 0 else None)

    # Replies: the list, the request, the status, then one for each batch.
    with pytest.raises(Killed), executioner.at(5):
        engine.run(quick.sync(batch_events=1))
    sent = [request.body for request in quick.segment.requests]
    report = quick.again(batch_events=1)

    assert len(sent) == 2
    again = [request.body for request in quick.segment.requests][2:]
    assert again[0] == sent[1]
    assert len(again) == 3
    assert quick.segment.duplicates == 1
    assert report.resumed is not None
    assert (report.resumed.calls, report.resumed.batches) == (4, 4)


def test_what_was_killed_before_anything_was_sent_is_begun_afresh(quick: Bench) -> None:
    """An export that nothing was sent from is not used: the next run tells the membership of its own time."""
    executioner = Executioner()
    quick.amplitude.become("ann")
    with pytest.raises(Killed), executioner.at(4):
        quick.engine(boundary=executioner).run(quick.sync())
    report = quick.run("bob")

    assert quick.segment.sent() == [("bob", True)]
    assert report.resumed is None
    assert [run.phase for run in quick.state.ledger.runs()] == ["finished", "abandoned"]
