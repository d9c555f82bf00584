"""Standing syncs run at once when added, then in a slot of their own, on a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer import FileState, MemoryState, WrongCall
from syncer.cadence import PERIODS, next_due, slot
from syncer.errors import CohortUnavailable, ExportFailed
from syncer.standing import Watch
from syncer.state import StandingSync
from tests.syncer.conftest import Bench, ManualClock

ENVIRON = {"PRODUCTION_KEY": "write-key", "STAGING_KEY": "staging-key"}
scheduled = st.sampled_from([cadence for cadence in PERIODS if cadence != "once"])
moments = st.floats(1.7e9, 1.9e9)


@given(cadence=scheduled, added_at=moments, runs=st.integers(2, 30))
def test_one_run_at_once_then_one_in_every_slot(cadence: str, added_at: float, runs: int) -> None:
    """The first run is due when the sync is added, the second within a period, all later ones a period apart."""
    period, place = PERIODS[cadence], slot("abc123", "production", added_at, cadence)
    due = [next_due(cadence, place, added_at, None, added_at)]
    for _ in range(runs):
        last = due[-1]
        assert last is not None
        due.append(next_due(cadence, place, added_at, last, last))

    assert due[0] == added_at
    assert 0 < due[1] - due[0] <= period + 0.001
    assert all(abs(b - a - period) < 0.001 for a, b in pairwise(due[1:]))


@given(cadence=scheduled, added_at=moments, asleep=st.floats(0, 1e6))
def test_missed_slots_are_made_up_for_once(cadence: str, added_at: float, asleep: float) -> None:
    """After any time asleep one run is due, and after it the next one lies ahead."""
    place = slot("abc123", "production", added_at, cadence)
    now = added_at + asleep

    after = next_due(cadence, place, added_at, now, now)

    assert after is not None
    assert now < after <= now + PERIODS[cadence] + 0.001


@given(cadence=scheduled, added_at=moments, back=st.floats(0, 1e8))
def test_a_clock_set_back_holds_nothing_up(cadence: str, added_at: float, back: float) -> None:
    """When the last run seems to lie in the future, the next one is still due within a period."""
    place = slot("abc123", "production", added_at, cadence)

    due = next_due(cadence, place, added_at - back, added_at, added_at - back)

    assert due is not None
    assert due <= added_at - back + PERIODS[cadence] + 0.001


def test_slots_are_spread_and_move_with_an_edit() -> None:
    """Different syncs run at different times of the hour, and an edit picks another."""
    places = {slot(f"cohort{n}", "production", 1.8e9, "hourly") for n in range(50)}

    assert len(places) == 50
    assert all(0 <= place < 3_600 for place in places)
    assert slot("abc123", "production", 1.8e9, "hourly") != slot("abc123", "production", 1.8e9 + 60, "hourly")


def test_once_is_once() -> None:
    """A one-time sync runs when it is added and when it is edited, and never by itself again."""
    assert next_due("once", 0.0, 100.0, None, 200.0) == 100.0
    assert next_due("once", 0.0, 100.0, 100.0, 1e9) is None
    assert next_due("once", 0.0, 500.0, 100.0, 600.0) == 500.0


class Shift:
    """A watch over a registry, that ends after so many runs, or at a time."""

    def __init__(self, state: MemoryState, clock: ManualClock) -> None:
        self.state = state
        self.clock = clock
        self.ran: list[tuple[str, float]] = []
        self.errors: list[str] = []
        self.raises: dict[str, Exception] = {}
        state.registry.add_target("production", "https://segment.test", "env:PRODUCTION_KEY", ENVIRON, clock.now())
        state.registry.add_target("staging", "https://segment.test", "env:STAGING_KEY", ENVIRON, clock.now())

    def run(self, sync: StandingSync) -> None:
        begun = self.state.ledger.begin("sync", sync.cohort_id, sync.target, "fingerprint", self.clock.now())
        self.ran.append((sync.label, self.clock.now()))
        self.state.ledger.finish(begun, phase="finished", finished_at=self.clock.now())
        if sync.label in self.raises:
            raise self.raises[sync.label]

    def watch_until(self, end: float, run: Callable[[StandingSync], None] | None = None) -> None:
        watch = Watch(
            self.state, run or self.run, self.clock, complain=lambda sync, error: self.errors.append(str(error))
        )
        sleep = self.clock.sleep

        def until(seconds: float) -> None:
            sleep(seconds)
            if self.clock.now() >= end:
                watch.stop()

        self.clock.sleep = until  # type: ignore[method-assign]
        watch.forever()
        self.clock.sleep = sleep  # type: ignore[method-assign]


@pytest.fixture
def shift(quick: Bench) -> Shift:
    assert isinstance(quick.state, MemoryState)
    return Shift(quick.state, quick.clock)


def test_a_day_of_syncs(shift: Shift) -> None:
    """In a day an hourly sync runs 25 times, a daily one twice, a one-time one once; every slot is its own."""
    now, registry = shift.clock.now(), shift.state.registry
    registry.add_sync("hour", "production", "hourly", {}, now)
    registry.add_sync("day", "production", "daily", {}, now)
    registry.add_sync("once", "staging", "once", {}, now)

    shift.watch_until(now + 86_400)

    ran = [label for label, _ in shift.ran]
    assert (ran.count("hour:production"), ran.count("day:production"), ran.count("once:staging")) == (25, 2, 1)
    hours = [at for label, at in shift.ran if label == "hour:production"]
    assert all(at == now for _, at in shift.ran[:3])
    assert all(abs(b - a - 3_600) <= 5 for a, b in pairwise(hours[1:]))


def test_real_time_is_every_minute(shift: Shift) -> None:
    """A real-time sync runs at once and then every minute."""
    now = shift.clock.now()
    shift.state.registry.add_sync("live", "production", "realtime", {}, now)

    shift.watch_until(now + 600)

    assert len(shift.ran) == 11


def test_a_restarted_watch_goes_on(shift: Shift) -> None:
    """A watch that was down runs what it missed once, and what it did before the restart not again."""
    now = shift.clock.now()
    shift.state.registry.add_sync("hour", "production", "hourly", {}, now)
    shift.watch_until(now + 10)
    shift.clock.sleep(10 * 3_600)

    shift.watch_until(shift.clock.now() + 10)

    assert len(shift.ran) == 2


def test_an_edit_runs_at_once_in_another_slot(shift: Shift) -> None:
    """An edited sync runs right away (amplitude facts 3.1)."""
    now, registry = shift.clock.now(), shift.state.registry
    sync = registry.add_sync("hour", "production", "hourly", {}, now)
    shift.watch_until(now + 10)

    registry.edit(sync, shift.clock.now(), "daily", {"parallel": 1})
    shift.watch_until(shift.clock.now() + 10)

    assert len(shift.ran) == 2
    assert registry.sync("hour").settings == {"parallel": 1}
    assert registry.sync("hour").cadence == "daily"


def test_a_paused_sync_waits_for_its_resumption(shift: Shift) -> None:
    """A paused sync does not run; resumed, it makes up for what it missed with one run."""
    now, registry = shift.clock.now(), shift.state.registry
    sync = registry.add_sync("hour", "production", "hourly", {}, now)
    shift.watch_until(now + 10)
    paused = registry.pause(sync)
    shift.watch_until(now + 5 * 3_600)
    assert len(shift.ran) == 1

    registry.resume(paused)
    shift.watch_until(shift.clock.now() + 10)

    assert len(shift.ran) == 2


def test_a_cohort_that_is_gone_disables_its_sync(shift: Shift) -> None:
    """An archived or deleted cohort fails once and is not scheduled again until somebody resumes it."""
    now, registry = shift.clock.now(), shift.state.registry
    registry.add_sync("gone", "production", "hourly", {}, now)
    shift.raises["gone:production"] = CohortUnavailable("the cohort is archived")

    shift.watch_until(now + 5 * 3_600)

    assert len(shift.ran) == 1
    assert registry.sync("gone").disabled == "the cohort is archived"
    registry.resume(registry.sync("gone"))
    shift.watch_until(shift.clock.now() + 10)
    assert len(shift.ran) == 2


def test_one_failing_sync_does_not_hold_up_another(shift: Shift) -> None:
    """A run that fails is complained about and tried again in its next slot; the others run as ever."""
    now, registry = shift.clock.now(), shift.state.registry
    registry.add_sync("bad", "production", "hourly", {}, now)
    registry.add_sync("good", "staging", "hourly", {}, now)
    shift.raises["bad:production"] = ExportFailed("no export today")

    shift.watch_until(now + 3 * 3_600)

    ran = [label for label, _ in shift.ran]
    assert (ran.count("bad:production"), ran.count("good:staging")) == (4, 4)
    assert shift.errors == ["no export today"] * 4


def test_a_run_that_cannot_begin_waits_for_its_slot(shift: Shift) -> None:
    """Without its key a sync cannot begin; it is complained about once a slot, not all the time."""
    now = shift.clock.now()
    shift.state.registry.add_sync("hour", "production", "hourly", {}, now)

    def keyless(_sync: StandingSync) -> None:
        raise WrongCall("no key")

    shift.watch_until(now + 2 * 3_600, keyless)

    assert shift.errors == ["no key"] * 3


def test_several_syncs_run_side_by_side(tmp_path: Path) -> None:
    """With more than one job a long first sync does not hold up the others."""
    import threading

    both = threading.Barrier(2, timeout=30)
    done: list[str] = []
    with FileState(tmp_path) as state:
        clock = ManualClock()
        shift = Shift(state, clock)  # type: ignore[arg-type]
        for cohort in ("one", "two"):
            state.registry.add_sync(cohort, "production", "once", {}, clock.now())

        def run(sync: StandingSync) -> None:
            both.wait()
            done.append(sync.cohort_id)

        watch = Watch(state, run, clock, jobs=2)
        watch.step()
        watch.stop()
        watch.forever()

    assert sorted(done) == ["one", "two"]
    assert shift.errors == []


def test_a_registry_names_what_it_does_not_find(shift: Shift) -> None:
    """Unknown names are answered with the nearest known one, ambiguous ones with the choice."""
    registry, now = shift.state.registry, shift.clock.now()
    registry.add_sync("abc123", "production", "once", {}, now)
    registry.add_sync("abc123", "staging", "once", {}, now)

    with pytest.raises(WrongCall, match="did you mean 'production'"):
        registry.target("prodution")
    with pytest.raises(WrongCall, match="did you mean 'abc123:production'"):
        registry.sync("abc124:production")
    with pytest.raises(WrongCall, match="abc123:production, abc123:staging"):
        registry.sync("abc123")
    with pytest.raises(WrongCall, match="already"):
        registry.add_sync("abc123", "staging", "once", {}, now)
    with pytest.raises(WrongCall, match="once, hourly, daily, realtime"):
        registry.add_sync("abc", "staging", "weekly", {}, now)
    with pytest.raises(WrongCall, match="used by abc123:production"):
        registry.remove_target("production")
    with pytest.raises(WrongCall, match="'parallel'"):
        registry.add_sync("abc", "staging", "once", {"paralel": 3}, now)


def test_a_cadence_limits_the_size(shift: Shift) -> None:
    """Hourly and real-time syncs take at most a million members (amplitude facts 0), or fewer if set so."""
    registry, now = shift.state.registry, shift.clock.now()

    hourly = registry.add_sync("a", "production", "hourly", {}, now)
    small = registry.add_sync("b", "production", "realtime", {"size_limit": 10}, now)
    once = registry.add_sync("c", "production", "once", {}, now)

    assert [each.effective.size_limit for each in (hourly, small, once)] == [1_000_000, 10, 2_000_000]


def test_only_what_differs_from_the_defaults_is_kept(shift: Shift) -> None:
    """A default that changes one day changes for every sync that never said otherwise."""
    sync = shift.state.registry.add_sync("a", "production", "once", {"parallel": "4", "retries": "2"}, 0.0)

    assert sync.settings == {"retries": 2}


def test_a_key_is_read_and_never_kept(tmp_path: Path) -> None:
    """The state holds where a key is, not the key; a file that others can read is refused."""
    file = tmp_path / "key"
    file.write_text("super-secret-key\n")
    with FileState(tmp_path / "state") as state:
        file.chmod(0o644)
        with pytest.raises(WrongCall, match="chmod 600"):
            state.registry.add_target("production", "https://segment.test", f"file:{file}", {}, 0.0)
        file.chmod(0o600)
        target = state.registry.add_target("production", "https://segment.test", f"file:{file}", {}, 0.0)

        assert target.unlocked({}).fingerprint == target.unlocked({}).fingerprint
        assert "super-secret-key" not in repr(target.unlocked({}))
    assert all(
        b"super-secret-key" not in each.read_bytes() for each in (tmp_path / "state").rglob("*") if each.is_file()
    )


@pytest.mark.parametrize("edited_at", [0.0, 1_767_225_600.0, 1_767_225_601.7])
@pytest.mark.parametrize("cadence", ["hourly", "daily", "realtime"])
def test_a_run_that_begins_exactly_when_it_is_due_is_next_due_a_period_later(cadence: str, edited_at: float):
    """However the digits fall: it ran twice in one slot, on a clock that stood still."""
    place = slot("7abc12de", "lab", edited_at, cadence)
    due = next_due(cadence, place, edited_at, edited_at, edited_at)
    for _ in range(100):
        again = next_due(cadence, place, edited_at, due, due)
        assert again - due == pytest.approx(PERIODS[cadence], abs=0.001)
        due = again
