"""Whatever happens in whatever order, one quiet run later Segment knows exactly the members."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer import MemoryState, SyncError
from tests.syncer.conftest import COHORT, KEY, Answer, Bench
from tests.syncer.run.test_killed_anywhere import Executioner, Killed

PEOPLE = [f"user-{n}" for n in range(8)]
people = st.sets(st.sampled_from(PEOPLE))
troubles = st.one_of(
    st.sampled_from([200, 200, 400, 401, 500, 503, "lost", "lost"]),
    st.builds(Answer, status=st.just(429), headers=st.just({"Retry-After": "3"})),
    st.builds(Answer, status=st.just(200), body=st.just(b"<html>")),
)


@dataclass
class Hour:
    """What the cohort holds for one run, and what happens to the run."""

    members: set[str]
    troubles: list[int | str | Answer] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    kill_at: int | None = None
    name: str = "Power Users"


hours = st.lists(
    st.builds(
        Hour,
        members=people,
        troubles=st.lists(troubles, max_size=12),
        refused=st.sets(st.sampled_from(PEOPLE), max_size=2),
        kill_at=st.none() | st.integers(1, 40),
        name=st.sampled_from(["Power Users", "Heavy Users"]),
    ),
    min_size=1,
    max_size=6,
)
how = st.fixed_dictionaries(
    {
        "batch_events": st.integers(1, 4),
        "order": st.sampled_from(["enters-first", "leaves-first", "interleaved"]),
        "retries": st.integers(0, 2),
        "transport": st.sampled_from(["batch", "identify"]),
        "refusals_in_a_row": st.integers(1, 5),
    }
)


def live_through(bench: Bench, executioner: Executioner, hours: list[Hour], how: dict[str, object]) -> None:
    """Run once an hour, whatever becomes of it."""
    engine = bench.engine(boundary=executioner)
    for hour in hours:
        bench.amplitude.become(*sorted(hour.members))
        if how.get("rename"):
            bench.amplitude.names[COHORT] = hour.name
        bench.segment.script.extend(hour.troubles)
        bench.segment.refused_users = hour.refused
        try:
            with executioner.at(hour.kill_at or 0):
                engine.run(bench.sync(**how))
        except (SyncError, Killed):
            pass
        bench.segment.script.clear()
    bench.segment.refused_users = set()


@settings(max_examples=150)
@given(hours=hours, how=how)
def test_one_quiet_run_sets_everything_right(hours: list[Hour], how: dict[str, object]) -> None:
    """After lost replies, refusals, stops and kills at any boundary, the next quiet run leaves no profile wrong."""
    executioner = Executioner()
    with MemoryState(boundary=executioner) as state:
        bench = Bench(state)
        live_through(bench, executioner, hours, how)

        report = bench.again(**how)

        assert bench.segment.told() == hours[-1].members
        assert report.is_complete
        assert bench.again(**how).calls == 0
        assert state.ledger.failed_rows("abc123", bench.sync().target.name) == []


@settings(max_examples=150)
@given(hours=hours, how=how)
def test_without_refusals_nobody_is_told_twice(hours: list[Hour], how: dict[str, object]) -> None:
    """Unless Segment refuses somebody, each user's taken events alternate between true and false, true first."""
    executioner = Executioner()
    with MemoryState(boundary=executioner) as state:
        bench = Bench(state)
        for hour in hours:
            hour.refused = set()
            hour.troubles = [trouble for trouble in hour.troubles if trouble != 400]
        live_through(bench, executioner, hours, how)
        bench.again(**how)

        for user in PEOPLE:
            values = [event["traits"][KEY] for event in bench.segment.events if event["userId"] == user]
            assert not values or values[0] is True
            assert all(before is not after for before, after in pairwise(values))


@settings(max_examples=100)
@given(hours=hours, how=how)
def test_renames_and_clearing_survive_it_too(hours: list[Hour], how: dict[str, object]) -> None:
    """Renamed there and back amid all that, with old keys cleared, only the members hold the trait of the last name."""
    how = {**how, "rename": "resync-and-clear"}
    executioner = Executioner()
    with MemoryState(boundary=executioner) as state:
        bench = Bench(state)
        live_through(bench, executioner, hours, how)

        bench.again(**how)

        for name in ("Power Users", "Heavy Users"):
            holders = hours[-1].members if name == hours[-1].name else set()
            assert bench.segment.told(f"{name} ({COHORT})") == holders
        assert bench.again(**how).calls == 0
