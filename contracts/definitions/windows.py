"""Where a window begins and ends at a moment: the one place that knows days, zones and what the vendor left open.

Bounds are in milliseconds since 1970, the end not included, and nothing that is still to come is in any window. They
are computed here, with the zone's rules, and only compared elsewhere: a database's idea of 30 days depends on the zone
of its session (loop facts 5 [run]).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.definitions import model
from contracts.definitions.model import InEach, Window

DAY_MS: Final = 86_400_000
EVER: Final = -(1 << 52)  # before every event
LATEST: Final = 253_370_000_000_000  # of the last year that calendars have; zones go beyond it
_EARLIEST: Final = -62_000_000_000_000
_LENGTHS: Final = {
    model.DAY: DAY_MS,
    model.WEEK: 7 * DAY_MS,
    model.MONTH: 30 * DAY_MS,
    model.HOUR: 3_600_000,
    model.FIVE_MINUTES: 300_000,
}
Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the facts leave open about computing a definition; `mock_amplitude` has a setting for each.

    `rolling`: N times 24 hours, or calendar days of the zone. `today`: whether the day that runs is one of the N or
    comes on top of them. `full`: whether leaving out the current interval makes a window one of calendar days even
    where others are exact. `inactive`: events that make nobody active. `custom`: the events of each `ce:` name.
    """

    zone: str = "UTC"
    rolling: str = "exact"
    today: str = "counts"
    full: str = "left-out"
    week_start: str = "monday"
    inactive: frozenset[str] = frozenset()
    custom: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


def bounds(window: Window, now: int, rules: Rules) -> Bounds:
    """Return the beginning and the end of a window at a moment."""
    here = _back_days(now, window.offset, rules)
    if window.kind == model.ALL_TIME:
        return EVER, here + 1
    if window.kind == model.ROLLING:
        return _rolling(window, here, rules)
    shifted = _back_days(window.start * 1000, window.offset, rules)
    if window.kind == model.SINCE:
        return shifted, here + 1
    end = _back_days((window.end + 1) * 1000, window.offset, rules)
    return shifted, min(end, now + 1)


def slices(clause: InEach, now: int, rules: Rules) -> list[Bounds]:
    """Return the slices of a rolling window, the latest first: whole periods back from its end."""
    _, end = bounds(clause.window, now, rules)
    wanted = whole_periods(clause)
    if is_exact(clause.window, rules):
        width = clause.period * DAY_MS
        return [(end - (place + 1) * width, end - place * width) for place in range(wanted)]
    last = _local(end - 1, rules).date() + timedelta(1)
    edges = [_midnight(last, -place * clause.period, rules) for place in range(wanted + 1)]
    return [(edges[place + 1], min(edges[place], end)) for place in range(wanted)]


def whole_periods(clause: InEach) -> int:
    """Return how many whole periods a rolling window of days holds."""
    return days_of(clause.window) // clause.period


def days_of(window: Window) -> int:
    """Return the length of a rolling window of days, weeks or months, in days."""
    return window.value * {model.WEEK: 7, model.MONTH: 30}.get(window.interval, 1)


def spread_key(interval: int, rules: Rules) -> Callable[[int], object]:
    """Return what tells one interval of the zone from another, of a moment."""
    if interval in {model.HOUR, model.FIVE_MINUTES}:
        width = _LENGTHS[interval]
        return lambda at: (at + _offset(at, rules)) // width
    return lambda at: _unit_start(_local(at, rules).date(), interval, rules)


def local_day(at: int, rules: Rules) -> int:
    """Return the number of a moment's local day, counted from 1970."""
    return (at + _offset(at, rules)) // DAY_MS


def shifts(start: int, end: int, rules: Rules) -> list[tuple[int, int]]:
    """Return by how much local time differs from UTC in a span: until when each difference holds, the last for good.

    Looked for week by week: no zone changes its clocks twice in one.
    """
    found: list[tuple[int, int]] = []
    at, shift = start, _offset(start, rules)
    while at < end and rules.zone != "UTC":
        after = min(at + 7 * DAY_MS, end)
        if (other := _offset(after, rules)) != shift:
            low, high = at, after
            while low + 1 < high:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(middle, rules) == shift else (low, middle)
            found.append((high, shift))
            shift = other
        at = after
    return [*found, (end, shift)]


def edges(window: Window, at: int, rules: Rules) -> Iterator[int]:
    """Yield when an event of a time comes into the window, and when it goes out, as far as it does."""
    if rules.rolling == "exact" and (window.kind != model.ROLLING or is_exact(window, rules)):
        yield at if window.kind == model.ABSOLUTE else at + window.offset * DAY_MS
        if window.kind == model.ROLLING:
            yield at + window.offset * DAY_MS + window.value * _LENGTHS[window.interval] + 1
        return
    longest = window.value * _LENGTHS[window.interval] if window.kind == model.ROLLING else 0
    until = at + longest + longest // 10 + (window.offset + 70) * DAY_MS
    comes = _first(lambda now: bounds(window, now, rules)[1] > at, at, until)
    goes = _first(lambda now: bounds(window, now, rules)[0] > at, at, until)
    yield from (moment for moment in (comes, goes) if moment is not None)


def slice_edges(clause: InEach, at: int, rules: Rules) -> Iterator[int]:
    """Yield the moments at which an event of a time goes from one slice to the next, and out of the last."""
    width, offset = clause.period * DAY_MS, clause.window.offset * DAY_MS

    def has_passed(place: int) -> Callable[[int], bool]:
        return lambda now: _slice_start(clause, now, place, rules) > at

    for place in range(whole_periods(clause)):
        if is_exact(clause.window, rules):
            yield at + offset + (place + 1) * width + 1
            continue
        near = at + offset + (place + 1) * width
        found = _first(has_passed(place), max(at, near - 3 * DAY_MS), near + 70 * DAY_MS)
        if found is not None:
            yield found


def _slice_start(clause: InEach, now: int, place: int, rules: Rules) -> int:
    last = _local(bounds(clause.window, now, rules)[1] - 1, rules).date() + timedelta(1)
    return _midnight(last, -(place + 1) * clause.period, rules)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the first moment of a range at which something holds that goes on holding."""
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def is_exact(window: Window, rules: Rules) -> bool:
    return rules.rolling == "exact" and not (window.full and rules.full == "left-out")


def _rolling(window: Window, here: int, rules: Rules) -> Bounds:
    if is_exact(window, rules):
        return here - window.value * _LENGTHS[window.interval], here + 1
    more = 1 if rules.today == "more" and not window.full else 0
    if window.interval in {model.HOUR, model.FIVE_MINUTES}:
        width, shift = _LENGTHS[window.interval], _offset(here, rules)
        current = (here + shift) // width * width - shift
        if window.full:
            return current - window.value * width, current
        return current - (window.value - 1 + more) * width, here + 1
    today = _unit_start(_local(here, rules).date(), window.interval, rules)
    if window.full:
        return _units_back(today, window.value, window.interval, rules), _midnight(today, 0, rules)
    return _units_back(today, window.value - 1 + more, window.interval, rules), here + 1


def _unit_start(day: date, interval: int, rules: Rules) -> date:
    if interval == model.WEEK:
        first = day.weekday() if rules.week_start == "monday" else (day.weekday() + 1) % 7
        return day - timedelta(first)
    return day.replace(day=1) if interval == model.MONTH else day


def _units_back(day: date, many: int, interval: int, rules: Rules) -> int:
    if interval == model.MONTH:
        months = day.year * 12 + day.month - 1 - many
        return EVER if months < 12 else _midnight(date(months // 12, months % 12 + 1, 1), 0, rules)
    return _midnight(day, -many * (7 if interval == model.WEEK else 1), rules)


def _midnight(day: date, days: int, rules: Rules) -> int:
    """Return when a day begins, so many days from another."""
    try:
        at = day + timedelta(days)
        return round(datetime(at.year, at.month, at.day, tzinfo=zone_of(rules.zone)).timestamp() * 1000)
    except (OverflowError, ValueError):
        return EVER


def _back_days(at: int, days: int, rules: Rules) -> int:
    """Return a moment some days before: by 24 hours each, or at the same time of an earlier local day."""
    if not days:
        return at
    if rules.rolling == "exact":
        return at - days * DAY_MS
    there = _local(at, rules)
    begins = _midnight(there.date(), -days, rules)
    return EVER if begins == EVER else begins + (at - _midnight(there.date(), 0, rules))


def _local(at: int, rules: Rules) -> datetime:
    return datetime.fromtimestamp(min(max(at, _EARLIEST), LATEST) / 1000, zone_of(rules.zone))


def _offset(at: int, rules: Rules) -> int:
    shift = _local(at, rules).utcoffset()
    return 0 if shift is None else round(shift.total_seconds() * 1000)


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name; UTC needs no data of zones."""
    return UTC if name == "UTC" else ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Say whether a name is that of a time zone."""
    try:
        zone_of(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True
