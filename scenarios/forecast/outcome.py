"""What became of a month: every run of every sync, and what follows from them. Pure arithmetic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from scenarios.forecast.plan import HOUR, Plan, PlannedSync, month_of, most_within

EVENTS_PER_SECOND = 1_000
"""What Segment asks a workspace to stay within, in requests and in events (segment facts 1.7 [doc])."""

STARVES_AFTER = 3
"""Periods without a good run after which a sync is said to starve; ours."""

LIMITS: Mapping[str, str] = {
    "per month": "the month's downloads",
    "per 10 minutes": "downloads in ten minutes",
    "parallel": "downloads in parallel per minute",
    "concurrent": "downloads at once",
    "exceeds": "members of a cohort",
}
"""How the fake's refusals are told apart by their words, and what people call the limit."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one sync, as large as the cohort really is.

    `events` and `calls` are what Segment is sent. `is_rehearsed` is false for a run that was only counted: the month
    was used up, and the same run had been refused for that before.
    """

    sync: str
    begun: float
    ended: float
    is_good: bool
    reason: str = ""
    events: int = 0
    calls: int = 0
    is_rehearsed: bool = True

    @property
    def limit(self) -> str:
        """Return which limit it was refused by, in words; empty when it was none."""
        return "" if self.is_good else next((words for word, words in LIMITS.items() if word in self.reason), "")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one sync fared: its runs, and the hours since its last good one, median and worst over the time it stands."""

    sync: PlannedSync
    due: int
    good: int
    refused: int
    median_hours: float
    worst_hours: float
    events: int

    @property
    def starves(self) -> bool:
        """Say whether it went more than three of its periods without a good run, though some were due and failed."""
        period = self.sync.period if math.isfinite(self.sync.period) else math.inf
        never = self.refused > 0 and self.good == 0
        return never or (self.refused > 0 and self.worst_hours * HOUR > STARVES_AFTER * period)

    def as_dict(self) -> dict[str, Any]:
        return {
            "sync": self.sync.name,
            "cohort_size": self.sync.size,
            "churn_per_day": self.sync.churn,
            "cadence": self.sync.cadence,
            "target": self.sync.target,
            "due": self.due,
            "good": self.good,
            "refused": self.refused,
            "starves": self.starves,
            "median_hours": round(self.median_hours, 2),
            "worst_hours": round(self.worst_hours, 2),
            "events": self.events,
            "assumed": list(self.sync.assumed),
        }


@dataclass(frozen=True)
class Month:
    """What became of a plan.

    `downloads` are the moments of downloads that Amplitude took and counted, in order; `held_up` counts those that it
    refused for now and took on another try; `limits` are the quotas as they were set, 0 for none.
    """

    plan: Plan
    runs: tuple[Run, ...]
    downloads: tuple[float, ...]
    held_up: int
    limits: Mapping[str, int]

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Return how each sync fared, in the order of the plan."""
        by_sync: dict[str, list[Run]] = {each.name: [] for each in self.plan.syncs}
        for run in self.runs:
            by_sync[run.sync].append(run)
        return tuple(self._standing(each, by_sync[each.name]) for each in self.plan.syncs)

    def _standing(self, sync: PlannedSync, runs: Sequence[Run]) -> Standing:
        good = [run.ended for run in runs if run.is_good and run.ended <= self.plan.end]
        median, worst = staleness(sync.start, good, self.plan.end)
        return Standing(
            sync,
            due=len(runs),
            good=sum(run.is_good for run in runs),
            refused=sum(not run.is_good for run in runs),
            median_hours=median / HOUR,
            worst_hours=worst / HOUR,
            events=sum(run.events for run in runs),
        )

    @property
    def refused(self) -> list[Run]:
        """Return the runs that failed, in the order in which they began."""
        return [run for run in self.runs if not run.is_good]

    @property
    def holds(self) -> bool:
        """Say whether every run was good."""
        return not self.refused

    def downloads_by_month(self) -> dict[str, int]:
        """Return the downloads of each calendar month, with those that were gone before the first."""
        found = Counter(month_of(moment) for moment in self.downloads)
        found[month_of(self.plan.start)] += self.plan.used
        return dict(sorted(found.items()))

    def wanted_by_month(self) -> dict[str, int]:
        """Return the downloads that there would be if none were refused: one for every run."""
        found = Counter(month_of(run.begun) for run in self.runs)
        found[month_of(self.plan.start)] += self.plan.used
        return dict(sorted(found.items()))

    def most_in_ten_minutes(self) -> int:
        """Return the most downloads within ten minutes."""
        return most_within(self.downloads, 600)

    def by_hour(self) -> list[tuple[int, int, int]]:
        """Return of every hour the downloads, and the calls and events that Segment is sent."""
        hours = self.plan.days * 24
        found = [[0, 0, 0] for _ in range(hours)]
        for moment in self.downloads:
            if (hour := int((moment - self.plan.start) // HOUR)) < hours:
                found[hour][0] += 1
        for run in self.runs:
            for hour, share in _spread(run, self.plan.start, hours):
                found[hour][1] += round(run.calls * share)
                found[hour][2] += round(run.events * share)
        return [(downloads, calls, events) for downloads, calls, events in found]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        first = next(iter(self.refused), None)
        hours = self.by_hour()
        busiest = max(range(len(hours)), key=lambda hour: hours[hour][2])
        return {
            "title": self.plan.title,
            "start": iso(self.plan.start),
            "days": self.plan.days,
            "limits": dict(self.limits),
            "downloads": {
                "used": self.downloads_by_month(),
                "wanted": self.wanted_by_month(),
                "most_in_ten_minutes": self.most_in_ten_minutes(),
                "held_up": self.held_up,
            },
            "segment": {
                "events": sum(run.events for run in self.runs),
                "calls": sum(run.calls for run in self.runs),
                "busiest_hour": iso(self.plan.start + busiest * HOUR),
                "events_in_it": hours[busiest][2],
                "calls_in_it": hours[busiest][1],
                "limit_per_hour": EVENTS_PER_SECOND * 3600,
            },
            "first_refused": None
            if first is None
            else {"sync": first.sync, "at": iso(first.begun), "limit": first.limit, "reason": first.reason},
            "refused": len(self.refused),
            "syncs": [each.as_dict() for each in self.standings],
            "hours": [{"downloads": d, "calls": c, "events": e} for d, c, e in hours],
        }


def staleness(start: float, good: Iterable[float], end: float) -> tuple[float, float]:
    """Return the median and the most of the seconds since the last good run, or since the start before the first.

    Over all moments from start to end: it grows from nothing between two good runs, so of a gap of an hour it spends
    as long below any number of minutes as that number.
    """
    moments = [start, *sorted(good), max(start, end)]
    gaps = sorted(after - before for before, after in pairwise(moments))
    half = sum(gaps) / 2
    below = 0.0  # the moments at which it was less than the gaps looked at so far, of those alone
    for number, gap in enumerate(gaps):
        longer = len(gaps) - number
        if below + gap * longer >= half:
            return (half - below) / longer, gaps[-1]
        below += gap
    return gaps[-1], gaps[-1]


def _spread(run: Run, start: float, hours: int) -> Iterable[tuple[int, float]]:
    """Yield the hours in which a run sends, each with its share: it sends so many events a second, up to its end."""
    if not run.calls:
        return
    lasts = run.events / EVENTS_PER_SECOND
    first, last = (run.ended - lasts - start) / HOUR, (run.ended - start) / HOUR
    for hour in range(int(first), min(int(last) + 1, hours)):
        share = (min(last, hour + 1) - max(first, hour)) / (last - first) if last > first else 1.0
        if share > 0 and hour >= 0:
            yield hour, share


def iso(moment: float) -> str:
    """Write a moment to the second."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
