"""Why is somebody a member, or not: each clause, what it asked, what met it or came nearest, since when and until when.

All of it is asked of the plain evaluator: it says what holds at a moment, and moments at which anything could change
are few. An event is known from its arrival on, so that a late one shows as what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contracts.definitions import model
from contracts.definitions.model import (
    Clause,
    Definition,
    Doing,
    Held,
    InCohort,
    InEach,
    NewOrActive,
    Performed,
    Returned,
)
from contracts.definitions.model import Sequence as Steps
from contracts.definitions.plain import Event, Finding, IsIn, finding, is_member, named, until
from contracts.definitions.printing import clause_in_words, element_in_words
from contracts.definitions.values import meets
from contracts.definitions.windows import DAY_MS, Rules, bounds, edges, slice_edges, slices

MOST_MOMENTS: Final = 600  # that are looked at in each direction: a year of orders, and quick
_MOST_SLICES: Final = 400
_NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, and where it did not count, why."""

    at: int
    name: str
    seq: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class ToldClause:
    """One clause: whether it holds, what was found, by which events; else what came nearest.

    `since` is when it began to be so, `until` when that changes if nothing comes; None for always, and for never.
    """

    path: str
    words: str
    element: str
    negated: bool
    holds: bool
    found: float | None
    met: tuple[ToldEvent, ...]
    near: tuple[ToldEvent, ...]
    since: int | None
    until: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody is a member at a moment, since when, until when if nothing comes, and every clause."""

    at: int
    is_member: bool
    since: int | None
    until: int | None
    events: int
    clauses: tuple[ToldClause, ...]


def explain(definition: Definition, events: Iterable[Event], now: int, rules: Rules, is_in: IsIn) -> Explanation:
    """Explain one person at a moment; what is known of other cohorts is taken as it stands."""
    every = list(events)
    known = [event for event in every if event.received <= now]

    def is_so(moment: int) -> bool:
        arrived = [event for event in known if event.received <= moment]
        return is_member(definition, arrived, moment, rules, is_in)

    moments = {moment for clause in definition.clauses() for moment in _moments(clause, known, rules)}
    since, ends = _span(is_so, moments, now)
    return Explanation(now, is_so(now), since, ends, len(known), tuple(_clauses(definition, known, now, rules, is_in)))


def _clauses(definition: Definition, known: list[Event], now: int, rules: Rules, is_in: IsIn) -> Iterator[ToldClause]:
    for place, group in enumerate(definition.groups):
        for number, element in enumerate(group):
            said = element_in_words(element, rules.zone)
            for which, clause in enumerate(element.clauses):
                found = finding(clause, until(known, now), now, rules, is_in)
                since, ends = _span(_holding(clause, known, rules, is_in), set(_moments(clause, known, rules)), now)
                near = () if found.holds else tuple(_nearest(clause, until(known, now), found, now, rules))
                yield ToldClause(
                    f"orClauses[{place}][{number}].orClauses[{which}]",
                    clause_in_words(clause, rules.zone),
                    said,
                    element.negated,
                    found.holds,
                    found.found,
                    tuple(ToldEvent(event.at, event.type, event.seq) for event in found.met),
                    near,
                    since,
                    ends,
                )


def _holding(clause: Clause, known: list[Event], rules: Rules, is_in: IsIn) -> Callable[[int], bool]:
    def holds(moment: int) -> bool:
        arrived = [event for event in known if event.received <= moment]
        return finding(clause, until(arrived, moment), moment, rules, is_in).holds

    return holds


def _span(is_so: Callable[[int], bool], moments: set[int], now: int) -> tuple[int | None, int | None]:
    """Return since when something is as it is now, and when it changes; None where it always was or never does."""
    state, since = is_so(now), None
    for moment in sorted((each for each in moments if each <= now), reverse=True)[:MOST_MOMENTS]:
        if is_so(moment) is not state:
            break
        since = moment
    else:
        since = since if state else None  # who never was in is out since nothing
    later = sorted(each for each in moments if each > now)[:MOST_MOMENTS]
    return since, next((moment for moment in later if is_so(moment) is not state), None)


def _moments(clause: Clause, known: list[Event], rules: Rules) -> Iterator[int]:
    """Yield the moments at which a clause could change: events come, and go into its window and out of it."""
    if isinstance(clause, InCohort):
        return
    wanted = known[-MOST_MOMENTS:]
    for event in wanted:
        yield max(event.at, event.received)
        for edge in edges(clause.window, event.at, rules):
            yield max(edge, event.received)
    if isinstance(clause, Returned):
        for event in wanted:
            yield from (event.at + clause.first * DAY_MS, event.at + clause.last * DAY_MS)
    elif isinstance(clause, InEach) and len(wanted) * (clause.window.value // clause.period + 1) <= _MOST_SLICES:
        for event in wanted:
            yield from slice_edges(clause, event.at, rules)


def _nearest(clause: Clause, known: list[Event], found: Finding, now: int, rules: Rules) -> Iterator[ToldEvent]:
    """Yield the events that came nearest to meeting a clause, each with what it lacks, the latest first."""
    match clause:
        case Performed() | InEach():
            yield from _near_doing(clause.doing, known, clause.window, now, rules)
            if isinstance(clause, InEach):
                yield from _empty_slices(clause, found, now, rules)
        case Held():
            for event in reversed(named(clause.event, known, rules)[-_NEAR:]):
                yield ToldEvent(event.at, event.type, event.seq, _why_held(clause, event, now, rules))
        case NewOrActive():
            for event in known[:1] if clause.is_new else known[-1:]:
                yield ToldEvent(event.at, event.type, event.seq, _outside(clause.window, event, now, rules))
        case Returned():
            yield from _near_doing(clause.start, known, clause.window, now, rules)
        case Steps():
            for event in found.met:
                yield ToldEvent(event.at, event.type, event.seq, "a step that was taken")
        case _:
            return


def _near_doing(doing: Doing, known: list[Event], window: model.Window, now: int, rules: Rules) -> Iterator[ToldEvent]:
    told = 0
    for event in reversed(named(doing.event, known, rules)):
        why = _lacks(doing, event) or _outside(window, event, now, rules)
        if why and told < _NEAR:
            told += 1
            yield ToldEvent(event.at, event.type, event.seq, why)


def _lacks(doing: Doing, event: Event) -> str:
    for demand in doing.where:
        held = (event.properties if demand.of == "event" else event.user).get(demand.name, ())
        if not meets(demand, held):
            return f"{demand.name} is {', '.join(held) if held else 'unset'}"
    return ""


def _outside(window: model.Window, event: Event, now: int, rules: Rules) -> str:
    start, end = bounds(window, now, rules)
    if event.at < start:
        return "before the window"
    return "after the window" if event.at >= end else ""


def _why_held(clause: Held, event: Event, now: int, rules: Rules) -> str:
    held = event.user.get(clause.property.name, ())
    value = f"{clause.property.name} was {', '.join(held) if held else 'unset'}"
    outside = _outside(clause.window, event, now, rules)
    return f"{value}, {outside}" if outside else value


def _empty_slices(clause: InEach, found: Finding, now: int, rules: Rules) -> Iterator[ToldEvent]:
    """Tell the latest slice that has too few."""
    for start, end in slices(clause, now, rules):
        if sum(start <= event.at < end for event in found.met) < max(1, clause.value):
            yield ToldEvent(start, "", 0, f"too few from here on for {clause.period} days")
            return
