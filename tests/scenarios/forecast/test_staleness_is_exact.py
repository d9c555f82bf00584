"""The median and the worst age of a cohort, and the arithmetic of when syncs are due."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_core.clock import LabClock
from scenarios.forecast import PlannedSync, changes, dues, most_within, staleness
from scenarios.forecast.plan import dues_by_month, month_of
from scenarios.forecast.turns import Turns


@given(st.lists(st.integers(1, 999), max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_median_age_is_that_of_many_moments(good: list[int]):
    """Looked at every tenth of a second, it is what the formula says."""
    found, worst = staleness(0, good, 1000)
    last = sorted({0, *good})
    ages = [at / 10 - max(each for each in last if each <= at / 10) for at in range(10_000)]

    assert found == pytest.approx(median(ages), abs=0.2)
    assert worst == pytest.approx(max(ages), abs=0.2)


@given(st.lists(st.integers(0, 2_000), max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_most_within_a_time_is_the_most_of_any_window(moments: list[int]):
    """A moment a whole window earlier counts no more, as in the quota."""
    moments.sort()
    windows = [sum(at - 600 < each <= at for each in moments) for at in moments]

    assert most_within(moments, 600) == max(windows, default=0)


def test_a_duration_is_due_from_its_start_on_and_a_cadence_in_its_slot():
    """As cron has it, and as `sync watch` has it: at once, then once an hour."""
    every, hourly = PlannedSync("a", 1, 0, "6h", 21_600, 100), PlannedSync("a", 1, 0, "hourly", 3_600, 0)
    found = dues(hourly, 86_400)

    assert dues(every, 50_000) == [100, 21_700, 43_300]
    assert (len(found), found[0]) == (25, 0)
    assert {round(after - before, 6) for before, after in pairwise(found[1:])} == {3_600}
    assert dues(PlannedSync("a", 1, 0, "once", float("inf"), 5), 100) == [5]


@pytest.mark.parametrize(
    ("cadence", "period"), [("hourly", 3_600.0), ("daily", 86_400.0), ("6h", 21_600.0), ("3d", 259_200.0)]
)
@pytest.mark.parametrize("start", [1_767_225_600.0, 1_769_385_601.5])
def test_dues_of_a_month_are_reckoned_as_they_are_counted(cadence: str, period: float, start: float):
    """Over the ends of months, from midnight and from any second."""
    sync, end = PlannedSync("a", 1, 0, cadence, period, start), start + 70 * 86_400

    assert dues_by_month(sync, end) == Counter(month_of(due) for due in dues(sync, end))


def test_a_run_tells_everybody_at_first_and_then_what_changed():
    """Never more than everybody leaving and as many entering."""
    sync = PlannedSync("a", 1_000, 240, "hourly", 3_600, 0)

    assert changes(sync, None, 0) == 1_000
    assert changes(sync, 0, 3_600) == 10
    assert changes(sync, 0, 86_400 * 365) == 2_000


def test_programs_take_turns_on_one_clock_and_what_breaks_in_one_is_raised():
    """In the order of the moments that they wait for; a broken one ends them all."""
    clock = LabClock(0)
    turns, said = Turns(clock), []

    def program(name: str, waits: tuple[float, ...], breaks: bool = False):
        def run() -> None:
            for wait in waits:
                turns.sleep(wait)
                said.append((name, clock.now()))
            if breaks:
                raise ValueError(name)

        return run

    with pytest.raises(ValueError, match="b"):
        turns.run([program("a", (1, 3, 100)), program("b", (2, 1), breaks=True)])

    assert said == [("a", 1), ("b", 2), ("b", 3)]
