"""The picture of a month: where everything stands on it. Numbers and words only; the page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scenarios.forecast.outcome import Month
from scenarios.forecast.plan import DAY, HOUR, most_within

LEFT, TOP = 118, 26
CELL, ROW = 30, 20  # of the calendar: an hour and a day
CHART, WIDE = 150, 24 * CELL


@dataclass(frozen=True, slots=True)
class Cell:
    """A place with a shade from 0 to 1; `refused` is the share of its runs that were, `words` are for a pointer."""

    x: float
    y: float
    shade: float
    refused: float
    words: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the days that goes in steps, and the quota that it is to stay below, both as heights."""

    title: str
    path: str
    wanted: str
    quota: float | None
    quota_words: str
    quota_label: str
    most: str


def calendar(month: Month) -> tuple[list[Cell], list[tuple[int, str]]]:
    """Return a cell for each hour in which anything was due: days below one another; and the days with their places."""
    hours = month.plan.days * 24
    taken, refused = [0] * hours, [0] * hours
    for moment in month.downloads:
        if (hour := int((moment - month.plan.start) // HOUR)) < hours:
            taken[hour] += 1
    for run in month.refused:
        if 0 <= (hour := int((run.begun - month.plan.start) // HOUR)) < hours:
            refused[hour] += 1
    most = max(taken, default=0) or 1
    cells = [
        Cell(
            LEFT + hour % 24 * CELL,
            TOP + hour // 24 * ROW,
            shade=taken[hour] / most,
            refused=refused[hour] / (refused[hour] + taken[hour]),
            words=f"{_time(month.plan.start + hour * HOUR)}: {taken[hour]} downloads, {refused[hour]} runs refused",
            label=str(taken[hour]) if taken[hour] else "",
        )
        for hour in range(hours)
        if taken[hour] or refused[hour]
    ]
    days = [(TOP + day * ROW, _time(month.plan.start + day * DAY)[:10]) for day in range(month.plan.days)]
    return cells, days


def downloads_line(month: Month) -> Line:
    """Return the downloads of each calendar month as they add up, those wanted too, and the month's quota."""
    quota = month.limits["monthly_requests"]
    taken = _adding_up(month, month.downloads)
    wanted = _adding_up(month, [run.begun for run in month.runs])
    most = max(quota, *(value for _, value in taken), 1) * 1.15
    return Line(
        "Downloads of the month",
        _path(month, taken, most),
        _path(month, wanted, most),
        _height(quota, most) if quota else None,
        f"{quota} a month" if quota else "no quota",
        f"{quota} a month",
        f"{max(value for _, value in taken)} used, {max(value for _, value in wanted)} wanted",
    )


def ten_minutes_line(month: Month) -> Line:
    """Return the most downloads within ten minutes on each day, and the quota."""
    quota = month.limits["requests_per_10_minutes"]
    days: list[list[float]] = [[] for _ in range(month.plan.days)]
    for moment in month.downloads:
        if (day := int((moment - month.plan.start) // DAY)) < month.plan.days:
            days[day].append(moment)
    points = [(month.plan.start + day * DAY, most_within(found, 600)) for day, found in enumerate(days)]
    busiest = max((value for _, value in points), default=0)
    most = max(quota, busiest, 1) * 1.15
    height = _height(quota, most) if quota else None
    words = f"{quota} in ten minutes" if quota else "no quota"
    return Line(
        "Most downloads in ten minutes", _path(month, points, most), "", height, words, words, f"{busiest} at most"
    )


def events_line(month: Month) -> Line:
    """Return the events to Segment in each hour, and what an hour of its limit holds, where that is near enough."""
    points = [(month.plan.start + hour * HOUR, each[2]) for hour, each in enumerate(month.by_hour())]
    busiest = max((value for _, value in points), default=0)
    limit = 3_600_000
    is_near = busiest * 5 > limit
    most = (max(limit, busiest) if is_near else max(busiest, 1)) * 1.15
    words = f"{limit:,} an hour, which is 1,000 a second"
    height = _height(limit, most) if is_near else None
    shown = words if is_near else f"far below {words}"
    path = _path(month, points, most)
    return Line("Events to Segment by hour", path, "", height, shown, f"{limit:,}", f"{busiest:,} at most")


def strips(month: Month) -> list[tuple[str, list[Cell]]]:
    """Return for each sync a cell for each day: how many of its runs were good, and what share was refused."""
    found: dict[str, list[tuple[int, int]]] = {each.name: [(0, 0)] * month.plan.days for each in month.plan.syncs}
    for run in month.runs:
        if 0 <= (day := int((run.begun - month.plan.start) // DAY)) < month.plan.days:
            good, refused = found[run.sync][day]
            found[run.sync][day] = (good + run.is_good, refused + (not run.is_good))
    wide = WIDE / month.plan.days
    return [
        (
            name,
            [
                Cell(
                    LEFT + day * wide,
                    0,
                    1.0 if good else 0.0,
                    refused / (good + refused),
                    f"{name}, {_time(month.plan.start + day * DAY)[:10]}: {good} good, {refused} refused",
                )
                for day, (good, refused) in enumerate(days)
                if good or refused
            ],
        )
        for name, days in found.items()
    ]


def _adding_up(month: Month, moments: Sequence[float]) -> list[tuple[float, int]]:
    """Return how many there were so far in the calendar month, where that changes; at most some a day."""
    points: list[tuple[float, int]] = [(month.plan.start, month.plan.used)]
    number, now = month.plan.used, _time(month.plan.start)[:7]
    for moment in sorted(moments):
        if (then := _time(moment)[:7]) != now:
            number, now = 0, then
        number += 1
        if moment - points[-1][0] > HOUR:
            points.append((moment, number))
        else:
            points[-1] = (points[-1][0], number)
    return points


def _path(month: Month, points: Sequence[tuple[float, int]], most: float) -> str:
    """Return an SVG path that goes in steps; what lies above the chart is cut at its edge."""
    if not points:
        return ""
    told: list[str] = []
    for moment, value in points:
        x = LEFT + (moment - month.plan.start) / (month.plan.end - month.plan.start) * WIDE
        told.append(f"{'H' if told else 'M'}{x:.1f}{'V' if told else ' '}{_height(value, most):.1f}")
    return "".join([*told, f"H{LEFT + WIDE}"])


def _height(value: float, most: float) -> float:
    return round(max(2.0, CHART - 4 - (CHART - 10) * value / most), 1)


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"
