"""A plan: the syncs that one has or thinks of, and when each is due. Pure arithmetic on times."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncer.cadence import PERIODS, SAME, next_due, slot

DAY = 86_400.0
HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class PlannedSync:
    """One cohort told to one target.

    `size` counts its members, `churn` the people who enter or leave in a day. `cadence` is one of the engine's words,
    in a slot of its own as `sync watch` has it, or a duration such as `6h`: every so often from its `start` on, as
    cron does; `period` is that in seconds. `assumed` names what the file did not say.
    """

    name: str
    size: int
    churn: float
    cadence: str
    period: float
    start: float
    target: str = "lab"
    settings: Mapping[str, Any] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    def due(self, last_begun: float | None) -> float | None:
        """Return when it is due after a run began, or for the first time; None for never again."""
        if self.cadence in PERIODS:
            place = slot(self.name, self.target, self.start, self.cadence)
            return next_due(self.cadence, place, self.start, last_begun, math.inf)
        if last_begun is None:
            return self.start
        due = self.start + (math.floor((last_begun - self.start) / self.period) + 1) * self.period
        return due if due - last_begun > SAME else due + self.period


@dataclass(frozen=True, slots=True)
class Plan:
    """A month, or as many days as one likes, of syncs.

    `used` downloads of the first calendar month are gone before it begins. `amplitude` are settings of the fake,
    `engine` of the engine.
    """

    title: str
    syncs: tuple[PlannedSync, ...]
    start: float
    days: int = 30
    used: int = 0
    seed: int = 0
    amplitude: Mapping[str, Any] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> float:
        """Return when it ends, in seconds since 1970."""
        return self.start + self.days * DAY


def dues(sync: PlannedSync, end: float) -> list[float]:
    """Return every moment before `end` at which a sync is due, if each run ends before the next is due."""
    found: list[float] = []
    due = sync.due(None)
    while due is not None and due < end:
        found.append(due)
        due = sync.due(due)
    return found


def dues_by_month(sync: PlannedSync, end: float) -> dict[str, int]:
    """Return how many of `dues` lie in each calendar month, reckoned: each minute is tens of thousands."""
    first = sync.due(None)
    found: dict[str, int] = {}
    if first is None or first >= end:
        return found
    found[month_of(first)] = 1
    second = sync.due(first)
    low = first
    while second is not None and low < end:
        high = min(_next_month(low), end)
        number = math.ceil((high - second) / sync.period) - max(0, math.ceil((low - second) / sync.period))
        if number > 0:
            found[month_of(low)] = found.get(month_of(low), 0) + number
        low = high
    return found


def month_of(moment: float) -> str:
    """Return the calendar month of a moment, UTC, as the quota has it (amplitude facts 7.20)."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m}"


def _next_month(moment: float) -> float:
    now = datetime.fromtimestamp(moment, UTC)
    year, month = divmod(now.year * 12 + now.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC).timestamp()


def most_within(moments: Sequence[float], seconds: float) -> int:
    """Return the most moments, in order, that lie within so many seconds of one another."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def changes(sync: PlannedSync, since: float | None, now: float) -> int:
    """Return how many people a run at `now` has to tell of, if the last good one was at `since`: everybody at first.

    Who enters and leaves again in between counts twice, so this is the most that it can be; it is never more than
    everybody leaving and as many entering.
    """
    if since is None:
        return sync.size
    return min(round(sync.churn * (now - since) / DAY), 2 * sync.size)


__all__ = ["DAY", "HOUR", "Plan", "PlannedSync", "changes", "dues", "dues_by_month", "month_of", "most_within"]
