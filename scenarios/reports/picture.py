"""The picture of a run: where everything stands on it. Numbers only; the page draws them.

Time in a run has two scales, seconds inside a sync and hours between, so the axis counts what happened: every step
and every call has a column of its own, and the clock is written beneath.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mock_core.clock import iso
from scenarios.bench import (
    CheckMade,
    FaultStruck,
    RequestMade,
    Standing,
    StepTaken,
    SyncEnded,
    SyncStarted,
    TimelineEvent,
)

COLUMN = 22  # pixels
LEFT = 118
CHART = 128  # pixels of height of a chart of members
MOST_COLUMNS = 900  # a picture of a longer run would be no picture
_ORDER: dict[type[TimelineEvent], int] = {StepTaken: 0, SyncStarted: 1, SyncEnded: 3, Standing: 4, CheckMade: 5}
_CALLS = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place: `kind` says how it is drawn, `words` is told when somebody points at it."""

    x: float
    kind: str
    words: str
    label: str = ""
    width: float = 0.0
    faults: str = ""


@dataclass(slots=True)
class Chart:
    """Who is a member and who was told so, of one cohort at one target: two lines over the columns."""

    title: str
    trait: str
    most: int = 1
    members: list[tuple[float, int]] = field(default_factory=list)
    told: list[tuple[float, int]] = field(default_factory=list)
    wrong: list[Mark] = field(default_factory=list)

    def path(self, line: Sequence[tuple[float, int]], end: float) -> str:
        """Return an SVG path that goes in steps and ends at the right margin."""
        if not line:
            return ""
        told = [f"M{line[0][0]:g} {self.height(line[0][1]):g}"]
        for x, value in line[1:]:
            told.append(f"H{x:g}V{self.height(value):g}")
        return "".join([*told, f"H{end:g}"])

    def height(self, value: int) -> float:
        """Return how far down a number of people is drawn."""
        return round(CHART - 14 - (CHART - 50) * value / self.most, 1)


@dataclass(slots=True)
class Picture:
    """All lanes of one run."""

    width: float = 0.0
    steps: list[Mark] = field(default_factory=list)
    syncs: list[Mark] = field(default_factory=list)
    calls: dict[str, list[Mark]] = field(default_factory=lambda: {"amplitude": [], "segment": []})
    checks: list[Mark] = field(default_factory=list)
    times: list[Mark] = field(default_factory=list)
    charts: dict[tuple[str, str], Chart] = field(default_factory=dict)
    left_out: int = 0


def picture(timeline: Sequence[TimelineEvent], wrong_step: int | None = None) -> Picture:
    """Place every event of a timeline; `wrong_step` is the step at which the run went wrong."""
    drawn = Picture()
    column = 0
    started = LEFT
    clock = ("", "")
    faults = _faults(timeline)
    for event in in_order(timeline):
        x = LEFT + column * COLUMN
        if isinstance(event, StepTaken):
            went = " wrong" if event.number == wrong_step else ""
            drawn.steps.append(Mark(x, f"{event.verb}{went}", f"step {event.number}: {event.words}", str(event.number)))
            column += 1
        elif isinstance(event, SyncStarted):
            started = x
        elif isinstance(event, RequestMade):
            if column >= MOST_COLUMNS:
                drawn.left_out += 1
                continue
            drawn.calls[event.on].append(_call(event, x, faults.get((event.on, event.entry), "")))
            column += 1
        elif isinstance(event, SyncEnded):
            kind = "good" if event.succeeded else "bad"
            words = (
                f"sync {event.cohort}: it said that it {'succeeded' if event.succeeded else 'failed'}. {event.reason}"
            )
            drawn.syncs.append(Mark(started - COLUMN / 2, kind, words, event.cohort, max(x - started, COLUMN)))
        elif isinstance(event, Standing):
            _stand(drawn, event, x)
        elif isinstance(event, CheckMade):
            _check(drawn, event, x - COLUMN)
        moment = (day_of(event), clock_of(event))
        has_room = not drawn.times or x - drawn.times[-1].x >= 3 * COLUMN
        if moment != clock and has_room and isinstance(event, (StepTaken, RequestMade)):
            day = moment[0] if moment[0] != clock[0] else ""
            drawn.times.append(Mark(x, day, iso(round(event.at * 1000)), moment[1]))
            clock = moment
    _leave_out_strangers(drawn, timeline)
    drawn.width = LEFT + (column + 2) * COLUMN
    return drawn


def clock_of(event: TimelineEvent) -> str:
    """Return the lab's time of day."""
    return iso(round(event.at * 1000))[11:19]


def day_of(event: TimelineEvent) -> str:
    """Return the lab's day."""
    return iso(round(event.at * 1000))[:10]


def in_order(timeline: Sequence[TimelineEvent]) -> Iterator[TimelineEvent]:
    """Yield events as they happened: in each step the sync begins, calls, ends, and is judged."""
    group: list[TimelineEvent] = []
    for event in timeline:
        if isinstance(event, StepTaken):
            yield from _sorted(group)
            group = []
        group.append(event)
    yield from _sorted(group)


def _sorted(group: list[TimelineEvent]) -> list[TimelineEvent]:
    def key(event: TimelineEvent) -> tuple[float, ...]:
        if isinstance(event, (RequestMade, FaultStruck)):
            # Between the fakes only the clock tells the order; where it stood still, an export comes before uploads.
            return _CALLS, event.at, event.on == "segment", event.entry
        return (_ORDER.get(type(event), _CALLS),)

    return sorted(group, key=key)


def _faults(timeline: Sequence[TimelineEvent]) -> dict[tuple[str, int], str]:
    struck: dict[tuple[str, int], str] = {}
    for event in timeline:
        if isinstance(event, FaultStruck):
            before = struck.get((event.on, event.entry))
            struck[event.on, event.entry] = f"{before}, {event.fault}" if before else event.fault
    return struck


def _call(event: RequestMade, x: float, faults: str) -> Mark:
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in event.verdicts.items())
    words = f"{event.method} {event.path} -> {event.status or 'connection lost'}"
    words += f", {event.events} events" if event.events else ""
    words += f": {verdicts}" if verdicts else ""
    words += f". Fault: {faults}" if faults else ""
    kind = "lost" if event.status == 0 else "taken" if event.status < 400 else "refused"
    if kind == "taken" and event.events and not event.verdicts:
        kind = "nothing"
        words += ". Nothing of it was stored"
    label = _short(event.events) if event.events else ""
    return Mark(x, f"{kind} discarded" if event.verdicts.get("discarded") else kind, words, label, faults=faults)


def _check(drawn: Picture, event: CheckMade, x: float) -> None:
    """Draw one mark for all checks of a step: bad when one of them is."""
    kind = "good" if event.held else "bad"
    words = event.claim if event.held else f"{event.claim}: {event.reason}"
    if drawn.checks and drawn.checks[-1].x == x:
        before = drawn.checks.pop()
        kind, words = "bad" if "bad" in (kind, before.kind) else "good", f"{before.words}\n{words}"
    drawn.checks.append(Mark(x, kind, words))


def _short(events: int) -> str:
    """Write a number in the width of a column: 2500 as 2.5k."""
    if events < 1000:
        return str(events)
    return f"{events / 1000:.1f}k".replace(".0k", "k") if events < 10_000 else f"{events // 1000}k"


def _leave_out_strangers(drawn: Picture, timeline: Sequence[TimelineEvent]) -> None:
    """Draw no chart of a cohort at a target that it was never synced to, unless somebody was told there after all."""
    synced = {(event.cohort, event.target) for event in timeline if isinstance(event, SyncStarted)}
    told = {
        (event.cohort, event.target)
        for event in timeline
        if isinstance(event, Standing) and (event.told_true or event.told_false)
    }
    drawn.charts = {pair: chart for pair, chart in drawn.charts.items() if pair in synced | told}


def _stand(drawn: Picture, event: Standing, x: float) -> None:
    identified = event.members - event.anonymous
    if (
        not identified
        and not event.told_true
        and (event.cohort, event.target) not in drawn.charts
        and not event.members
    ):
        return
    chart = drawn.charts.setdefault(
        (event.cohort, event.target), Chart(f"{event.cohort} at {event.target}", event.trait)
    )
    chart.trait = event.trait
    chart.most = max(chart.most, identified, event.told_true)
    chart.members.append((x - COLUMN / 2, identified))
    chart.told.append((x - COLUMN / 2, event.told_true))
    words = f"{identified} identified members, {event.anonymous} anonymous; {event.told_true} told true"
    words += f", {event.told_false} told false; {event.wrong} not yet as the membership is"
    chart.wrong.append(Mark(x - COLUMN / 2, "apart" if event.wrong else "together", words, str(event.wrong)))
