"""Where windows begin and end: days are those of the project's zone, and choices that the facts leave open are made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.definitions import Rules
from contracts.definitions.model import ABSOLUTE, FIVE_MINUTES, HOUR, MONTH, ROLLING, SINCE, WEEK, Window
from contracts.definitions.windows import DAY_MS, EVER, bounds, edges, local_day, shifts
from tests.contracts.definitions import generated
from tests.generating import EXAMPLES

HOUR_MS = 3_600_000
THIRTY = Window(ROLLING, value=30)
EXACT = Rules()
CALENDAR = Rules(rolling="calendar")


def at(text: str) -> int:
    """Return a moment in milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOW = at("2026-11-29T12:00:00+00:00")


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("UTC", 708), ("America/Los_Angeles", 701), ("Asia/Kolkata", 713.5), ("Pacific/Auckland", 697)],
)
def test_thirty_days_of_a_zone_are_so_many_hours(zone: str, hours: float):
    """As reckoned in loop facts 5: clocks changed in Los Angeles on 1 November."""
    start, end = bounds(THIRTY, NOW, replace(CALENDAR, zone=zone))

    assert (NOW - start) / HOUR_MS == hours
    assert end == NOW + 1


def test_exact_days_have_24_hours_and_both_ends_count():
    """N times 24 hours back from now, both ends (loop facts 5 [obs])."""
    assert bounds(THIRTY, NOW, EXACT) == (NOW - 720 * HOUR_MS, NOW + 1)


@pytest.mark.parametrize(
    ("window", "rules", "start", "end"),
    [
        (replace(THIRTY, full=True), CALENDAR, "2026-10-30T00:00+00:00", "2026-11-29T00:00+00:00"),
        (replace(THIRTY, full=True), EXACT, "2026-10-30T00:00+00:00", "2026-11-29T00:00+00:00"),
        (THIRTY, replace(CALENDAR, today="more"), "2026-10-30T00:00+00:00", None),
        (Window(ROLLING, value=2, interval=WEEK), CALENDAR, "2026-11-16T00:00+00:00", None),
        (
            Window(ROLLING, value=2, interval=WEEK),
            replace(CALENDAR, week_start="sunday"),
            "2026-11-22T00:00+00:00",
            None,
        ),
        (Window(ROLLING, value=3, interval=MONTH), CALENDAR, "2026-09-01T00:00+00:00", None),
        (
            Window(ROLLING, value=1, interval=MONTH, full=True),
            CALENDAR,
            "2026-10-01T00:00+00:00",
            "2026-11-01T00:00+00:00",
        ),
        (Window(ROLLING, value=6, interval=HOUR), CALENDAR, "2026-11-29T07:00+00:00", None),
        (Window(ROLLING, value=6, interval=HOUR), EXACT, "2026-11-29T06:00+00:00", None),
        (Window(ROLLING, value=2, interval=FIVE_MINUTES), EXACT, "2026-11-29T11:50+00:00", None),
        (Window(ROLLING, value=10_000), EXACT, "1999-07-14T12:00+00:00", None),
        (Window(SINCE, start=1_767_225_600), EXACT, "2026-01-01T00:00+00:00", None),
        (
            Window(ABSOLUTE, start=1_767_225_600, end=1_769_903_999),
            EXACT,
            "2026-01-01T00:00+00:00",
            "2026-02-01T00:00+00:00",
        ),
        (Window(ABSOLUTE, start=1_767_225_600, end=1_999_999_999), EXACT, "2026-01-01T00:00+00:00", None),
    ],
)
def test_a_window_begins_and_ends(window: Window, rules: Rules, start: str, end: str | None):
    """None is now: what is still to come is in no window."""
    assert bounds(window, NOW, rules) == (at(start), NOW + 1 if end is None else at(end))


def test_an_offset_shifts_both_ends():
    """By days, as two live clauses of one cohort show (amplitude facts 2.3)."""
    assert bounds(Window(ROLLING, value=7, offset=8), NOW, EXACT) == (NOW - 15 * DAY_MS, NOW - 8 * DAY_MS + 1)


def test_an_offset_of_calendar_days_keeps_the_time_of_the_day():
    """Over a change of clocks, too."""
    rules = replace(CALENDAR, zone="America/Los_Angeles")
    _, end = bounds(Window(ROLLING, value=7, offset=30), NOW, rules)

    assert end - 1 == at("2026-10-30T04:00:00-07:00")


def test_all_time_begins_before_everything():
    """And ends now."""
    assert bounds(Window(), NOW, EXACT) == (EVER, NOW + 1)


def test_a_window_of_months_beyond_the_calendar_begins_before_everything():
    """Ten thousand months are more than eight hundred years."""
    assert bounds(Window(ROLLING, value=10_000, interval=MONTH), NOW, CALENDAR)[0] < at("1200-01-01T00:00+00:00")


@settings(max_examples=30 * EXAMPLES)
@given(st.integers(0, 2**32))
def test_an_event_comes_in_and_goes_out_at_its_edges(seed: int):
    """A millisecond before it is not yet so; whatever the window and the zone."""
    random = Random(seed)
    rules, window = generated.rules(random), generated.window(random)
    event = NOW - random.randrange(30 * DAY_MS)

    def is_inside(now: int) -> bool:
        start, end = bounds(window, now, rules)
        return start <= event < end

    for edge in edges(window, event, rules):
        assert edge == event or is_inside(edge) != is_inside(edge - 1) or not is_inside(edge)


@settings(max_examples=20 * EXAMPLES)
@given(st.sampled_from(generated.ZONES), st.integers(100_000_000, 2_000_000_000))
def test_local_time_is_what_the_zone_says_wherever_it_is_looked_up(zone: str, second: int):
    """The differences that a database is told are those of the zone."""
    rules = Rules(zone)
    moment = second * 1000
    until = next(shift for end, shift in shifts(moment - 300 * DAY_MS, moment + DAY_MS, rules) if moment < end)

    assert (moment + until) // DAY_MS == local_day(moment, rules)
