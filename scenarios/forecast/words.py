"""A forecast in words: what is used of each quota, what is refused first, what starves, what would mend it."""

from __future__ import annotations

import math
from collections import Counter

from scenarios.forecast.mending import Mend
from scenarios.forecast.outcome import Month, iso
from scenarios.forecast.plan import HOUR

MOST_NAMED = 5


def month_in_words(month: Month) -> list[str]:
    """Return what became of a month, a line for each thing that is to be known."""
    told = month.as_dict()
    limits, downloads, segment = month.limits, told["downloads"], told["segment"]
    lines = []
    for name, used in downloads["used"].items():
        of = f" of {limits['monthly_requests']:,}" if limits["monthly_requests"] else ", of which there is no limit"
        lines.append(f"{name}: {used:,} downloads used{of}; {downloads['wanted'].get(name, 0):,} wanted")
    most, quota = downloads["most_in_ten_minutes"], limits["requests_per_10_minutes"]
    lines.append(f"most downloads in ten minutes: {most}" + (f" of {quota}" if quota else ""))
    if downloads["held_up"]:
        lines.append(f"{downloads['held_up']:,} requests for a download were answered 429")
    lines.append(
        f"to Segment: {segment['events']:,} events in {segment['calls']:,} calls; in the busiest hour "
        f"({segment['busiest_hour'][:16]}) {segment['events_in_it']:,} events in {segment['calls_in_it']:,} calls, "
        f"of {segment['limit_per_hour']:,} at 1,000 a second"
    )
    if segment["events_in_it"] > segment["limit_per_hour"]:
        lines.append("that is more than Segment asks for: set events_per_second, or start large cohorts apart")
    first = next(iter(month.refused), None)
    if first is None:
        lines.append("nothing is refused")
        return lines
    lines.append(f"{len(month.refused):,} of {len(month.runs):,} runs are refused: {_by_limit(month)}")
    why = first.limit or first.reason
    lines.append(f"first: {first.sync} at {iso(first.begun)}, by {why}")
    starving = [each.sync.name for each in month.standings if each.starves]
    if starving:
        lines.append(f"{len(starving)} of {len(month.standings)} starve: {_named(starving)}")
    return lines


def mend_in_words(mend: Mend) -> list[str]:
    """Return what would mend a plan, and whether it did when the month was let pass so."""
    lines = []
    if mend.left_out:
        lines.append(f"leave out, for Amplitude exports none so large: {_named(mend.left_out)}")
    if mend.slowed:
        to = Counter(each.after for each in mend.slowed)
        told = ", ".join(f"{number} to {word}" for word, number in to.items())
        lines.append(f"slow {len(mend.slowed)} of {len(mend.month.plan.syncs)} ({told}), these first:")
        lines += [f"  {each.sync}: {each.before} to {each.after}" for each in mend.slowed[:MOST_NAMED]]
        if len(mend.slowed) > MOST_NAMED:
            lines.append(f"  and {len(mend.slowed) - MOST_NAMED} more")
    if mend.apart:
        lines.append(f"start the syncs {mend.apart:g} s apart, not all at once")
    if mend.everybody:
        lines.append(f"or one cadence for all: {mend.everybody} is the fastest that fits the month's downloads")
    else:
        lines.append("no cadence for all fits the month's downloads, not even one run in seven days")
    again = [each.worst_hours for each in mend.month.standings if math.isfinite(each.sync.period)]
    if mend.holds:
        used = ", ".join(f"{used:,} downloads in {name}" for name, used in mend.month.downloads_by_month().items())
        oldest = f", no cohort gets older than {age(max(again))}" if again else ""
        lines.append(f"rehearsed so: nothing is refused, {used}{oldest}")
    else:
        lines.append(f"rehearsed so: {len(mend.month.refused):,} runs are still refused, {_by_limit(mend.month)}")
    return lines


def age(hours: float) -> str:
    """Write hours, or days where there are many."""
    return f"{hours:.1f} h" if hours * HOUR < 3 * 86_400 else f"{hours / 24:.1f} d"


def _by_limit(month: Month) -> str:
    found = Counter(run.limit or "something else" for run in month.refused)
    return ", ".join(f"{number:,} by {word}" for word, number in found.most_common())


def _named(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
