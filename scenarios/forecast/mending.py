"""Mending: which syncs to slow, to which cadence, and how far apart to start them; verified by letting the month pass.

What a slower cadence costs is people whose change is told later: churn times the time added. Of every step that is
open, the one is taken that costs least for each download it saves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mock_amplitude import AmplitudeSettings
from scenarios.forecast.outcome import LIMITS, Month
from scenarios.forecast.plan import DAY, HOUR, Plan, PlannedSync, dues_by_month, month_of

RUNGS: tuple[tuple[str, float], ...] = (
    ("realtime", 60.0),
    ("hourly", HOUR),
    *((f"{hours}h", hours * HOUR) for hours in (2, 3, 4, 6, 8, 12)),
    ("daily", DAY),
    *((f"{days}d", days * DAY) for days in (2, 3, 7)),
)
"""The cadences that are tried: the engine's own, and those between, for which cron calls `cohortlab sync run`."""

MOST_TRIES = 4
FURTHEST_APART = 300.0
"""The most seconds between the starts of two syncs that are spread."""

_OF_A_MONTH = LIMITS["per month"]
_TOO_LARGE = LIMITS["exceeds"]


@dataclass(frozen=True, slots=True)
class Slowed:
    """A sync that is to run less often."""

    sync: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mend:
    """What would mend a plan, and what became of the month when it was so.

    `slowed` are in the order in which they were chosen; `apart` are the seconds between starts, 0 for as they are;
    `left_out` are larger than Amplitude exports. `everybody` is the fastest cadence that all can have at once.
    """

    slowed: tuple[Slowed, ...]
    apart: float
    left_out: tuple[str, ...]
    everybody: str
    month: Month

    @property
    def holds(self) -> bool:
        """Say whether no run of the mended plan was refused."""
        return self.month.holds

    def as_dict(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "slow": [{"sync": each.sync, "from": each.before, "to": each.after} for each in self.slowed],
            "starts_apart_seconds": self.apart,
            "leave_out": list(self.left_out),
            "everybody_fits_at": self.everybody,
            "refused": len(self.month.refused),
            "downloads": self.month.downloads_by_month(),
            "syncs": [each.as_dict() for each in self.month.standings],
        }


def mended(month: Month, passing: Callable[[Plan], Month]) -> Mend | None:
    """Return what would mend a month, or None when there is nothing to mend. `passing` lets a month pass."""
    if month.holds:
        return None
    limits = {run.limit for run in month.refused}
    left_out = tuple(
        each.name
        for each in month.plan.syncs
        if any(run.sync == each.name and run.limit == _TOO_LARGE for run in month.refused)
    )
    plan = replace(month.plan, syncs=tuple(each for each in month.plan.syncs if each.name not in left_out))
    apart = 0.0
    if limits - {_OF_A_MONTH, _TOO_LARGE}:
        plan, apart = _spread(plan)
    everybody = next((word for word, period in RUNGS if _fits(_all_at(plan, word, period), 0)), "")
    reserve = 0
    for _ in range(MOST_TRIES):
        slower, order = _slowed(plan, reserve)
        found = passing(slower)
        refused_now = {run.limit for run in found.refused}
        if found.holds:
            break
        reserve += sum(run.limit == _OF_A_MONTH for run in found.refused)
        if not apart and refused_now - {_OF_A_MONTH, _TOO_LARGE}:
            plan, apart = _spread(plan)
    return Mend(_steps(plan, slower, order), apart, left_out, everybody, found)


def _steps(before: Plan, after: Plan, order: list[str]) -> tuple[Slowed, ...]:
    was = {each.name: each.cadence for each in before.syncs}
    now = {each.name: each.cadence for each in after.syncs}
    return tuple(Slowed(name, was[name], now[name]) for name in dict.fromkeys(order))


def _spread(plan: Plan) -> tuple[Plan, float]:
    """Start the syncs some time apart: evenly over the shortest period, and never further apart than some minutes."""
    if not plan.syncs:
        return plan, 0.0
    shortest = max(min(each.period for each in plan.syncs), 60.0)
    apart = min(shortest / len(plan.syncs), FURTHEST_APART)
    syncs = tuple(replace(each, start=each.start + number * apart) for number, each in enumerate(plan.syncs))
    return replace(plan, syncs=syncs), apart


def _slowed(plan: Plan, reserve: int) -> tuple[Plan, list[str]]:
    """Slow syncs until each month's downloads fit with a reserve; return the plan and who was slowed, in order."""
    syncs = {each.name: each for each in plan.syncs}
    order: list[str] = []
    while not _fits(replace(plan, syncs=tuple(syncs.values())), reserve):
        steps = [(cost, name) for name, sync in syncs.items() if (cost := _cost(sync, plan.end)) is not None]
        if not steps:
            break
        cheapest = min(cost for cost, _ in steps)
        name = next(name for cost, name in steps if cost == cheapest)
        syncs[name] = _slower(syncs[name]) or syncs[name]
        order.append(name)
    return replace(plan, syncs=tuple(syncs.values())), order


def _cost(sync: PlannedSync, end: float) -> float | None:
    """Return what the next slower cadence costs for each download it saves, or None when there is none."""
    slower = _slower(sync)
    if slower is None:
        return None
    saved = sum(_wanted(sync, end).values()) - sum(_wanted(slower, end).values())
    return sync.churn * (slower.period - sync.period) / saved if saved > 0 else float("inf")


def _slower(sync: PlannedSync) -> PlannedSync | None:
    """Return a sync on the next slower rung; one that runs once has none."""
    step = next(((word, period) for word, period in RUNGS if period > sync.period), None)
    return None if step is None else replace(sync, cadence=step[0], period=step[1])


def _all_at(plan: Plan, word: str, period: float) -> Plan:
    """Return the plan with everybody who runs more than once at one cadence."""
    return replace(
        plan,
        syncs=tuple(
            each if each.cadence == "once" else replace(each, cadence=word, period=period) for each in plan.syncs
        ),
    )


def _fits(plan: Plan, reserve: int) -> bool:
    """Say whether there is a download for every run that is due, in every calendar month."""
    limit = int(plan.amplitude.get("monthly_requests", AmplitudeSettings().monthly_requests))
    if not limit:
        return True
    wanted: Counter[str] = Counter()
    for each in plan.syncs:
        wanted.update(_wanted(each, plan.end))
    wanted[month_of(plan.start)] += plan.used
    return all(number + reserve <= limit for number in wanted.values())


def _wanted(sync: PlannedSync, end: float) -> Mapping[str, int]:
    """Return how many downloads a sync is due for in each calendar month."""
    return _counted((sync.name, sync.target, sync.cadence), sync.start, sync.period, end)


@lru_cache(maxsize=10_000)
def _counted(words: tuple[str, str, str], start: float, period: float, end: float) -> Mapping[str, int]:
    name, target, cadence = words
    return dues_by_month(PlannedSync(name, 0, 0.0, cadence, period, start, target), end)
