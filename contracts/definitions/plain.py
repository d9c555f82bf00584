"""The plain evaluator: a definition asked of one person's events, in the order of the rules, slow and obviously right.

It is what every quicker way is held against, what the oracle of scenarios asks, and what explains a member. The rules
are those of amplitude facts 2.4 and loop facts 5; what they leave open is in `windows.Rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from contracts.definitions import model
from contracts.definitions.model import (
    Clause,
    Count,
    Definition,
    Different,
    Doing,
    Element,
    Held,
    InCohort,
    InEach,
    Measure,
    MoreThan,
    NewOrActive,
    Nth,
    Performed,
    Returned,
    Spread,
    Total,
)
from contracts.definitions.model import Sequence as Steps
from contracts.definitions.values import Texts, compare, meets, number
from contracts.definitions.windows import DAY_MS, Bounds, Rules, bounds, slices, spread_key


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a person: its place among all, its time in milliseconds, and the texts of its properties.

    `user` holds the user's properties as the event was stamped with them on arrival, custom ones with `gp:` before
    their names (loop facts 1 [doc]); `received` is when it arrived.
    """

    seq: int
    at: int
    type: str
    properties: Mapping[str, Texts]
    user: Mapping[str, Texts]
    received: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a clause holds, what was counted where something was, and the events that made it so."""

    holds: bool
    found: float | None = None
    met: tuple[Event, ...] = ()


IsIn = Callable[[str], bool]
Events = Sequence[Event]


def members(
    definition: Definition,
    histories: Mapping[int, Iterable[Event]],
    now: int,
    rules: Rules,
    cohort: Callable[[str], Collection[int]],
) -> set[int]:
    """Return who of some people, given with their events, is a member; `cohort` knows who is in another cohort."""
    everybody = set(histories).union(*(cohort(each) for each in definition.cohorts()))
    return {
        person
        for person in everybody
        if is_member(definition, histories.get(person, ()), now, rules, _membership(person, cohort))
    }


def _membership(person: int, cohort: Callable[[str], Collection[int]]) -> IsIn:
    return lambda other: person in cohort(other)


def is_member(definition: Definition, events: Iterable[Event], now: int, rules: Rules, is_in: IsIn) -> bool:
    """Say whether somebody with these events is a member at a moment."""
    known = until(events, now)
    return any(all(element_holds(each, known, now, rules, is_in) for each in group) for group in definition.groups)


def element_holds(element: Element, known: Events, now: int, rules: Rules, is_in: IsIn) -> bool:
    """Say whether an element holds; nobody is in what is negated who never had an event (loop facts 5 [doc])."""
    met = any(finding(clause, known, now, rules, is_in).holds for clause in element.clauses)
    return bool(known) and not met if element.negated else met


def until(events: Iterable[Event], now: int) -> list[Event]:
    """Return the events that have happened by a moment, by time and then by arrival."""
    return sorted((event for event in events if event.at <= now), key=lambda event: (event.at, event.seq))


def finding(clause: Clause, known: Events, now: int, rules: Rules, is_in: IsIn) -> Finding:
    """Ask one clause of the events known by a moment, in order."""
    match clause:
        case Performed():
            return _performed(clause, known, now, rules)
        case Held():
            return _held(clause, known, now, rules)
        case NewOrActive(is_new=True):
            first = known[:1]
            return _any(within(first, bounds(clause.window, now, rules)))
        case NewOrActive():
            return _any(within(of(Doing(model.ACTIVE), known, rules), bounds(clause.window, now, rules)))
        case Returned():
            return _returned(clause, known, now, rules)
        case InEach():
            return _in_each(clause, known, now, rules)
        case InCohort():
            return Finding(is_in(clause.cohort_id))
        case Steps():
            return _sequence(clause, known, now, rules)


def of(doing: Doing, known: Events, rules: Rules) -> list[Event]:
    """Return the events of a kind: their name, or what the special names stand for, and their properties."""
    return [event for event in named(doing.event, known, rules) if all(_has(event, each) for each in doing.where)]


def named(name: str, known: Events, rules: Rules) -> list[Event]:
    """Return the events that a name of a definition stands for (amplitude facts 2.3)."""
    if name == model.ACTIVE:
        return [event for event in known if event.type not in rules.inactive]
    if name == model.ANY:
        return list(known)
    if name == model.NEW:
        return list(known[:1])
    wanted = rules.custom.get(name, ()) if name.startswith(model.CUSTOM) else (name,)
    return [event for event in known if event.type in wanted]


def within(events: Iterable[Event], window: Bounds) -> list[Event]:
    """Return the events of a window."""
    start, end = window
    return [event for event in events if start <= event.at < end]


def _has(event: Event, demand: model.Filter) -> bool:
    held = event.properties if demand.of == "event" else event.user
    return meets(demand, held.get(demand.name, ()))


def _any(events: list[Event]) -> Finding:
    return Finding(bool(events), len(events), tuple(events))


def _performed(clause: Performed, known: Events, now: int, rules: Rules) -> Finding:
    window = bounds(clause.window, now, rules)
    matching = of(clause.doing, known, rules)
    inside = within(matching, window)
    if isinstance(clause.measure, Nth):
        chosen = {id(each) for each in matching[clause.measure.first - 1 : clause.measure.last]}
        inside = [event for event in inside if id(event) in chosen]
    if not inside:
        return Finding(False, 0)
    found = _measured(clause.measure, inside, known, window, rules)
    return Finding(found is not None and compare(clause.operator, found, clause.value), found, tuple(inside))


def _measured(measure: Measure, inside: list[Event], known: Events, window: Bounds, rules: Rules) -> float | None:
    match measure:
        case Count() | Nth():
            return len(inside)
        case Total():
            numbers = [
                value
                for event in inside
                for text in event.properties.get(measure.name, ())
                if (value := number(text)) is not None
            ]
            return fsum(numbers) if numbers else None
        case Different():
            return len({text for event in inside for text in event.properties.get(measure.name, ())})
        case MoreThan():
            return len(inside) - len(within(of(measure.other, known, rules), window))
        case Spread():
            key = spread_key(measure.interval, rules)
            return len({key(event.at) for event in inside})


def _held(clause: Held, known: Events, now: int, rules: Rules) -> Finding:
    inside = within(named(clause.event, known, rules), bounds(clause.window, now, rules))
    name = clause.property.name
    if clause.ever:
        return _any([event for event in inside if meets(clause.property, event.user.get(name, ()))])
    latest = inside[-1:]
    held = [event for event in latest if meets(clause.property, event.user.get(name, ()), missing_is_zero=True)]
    return Finding(bool(held), None, tuple(latest))


def _returned(clause: Returned, known: Events, now: int, rules: Rules) -> Finding:
    starts = within(of(clause.start, known, rules), bounds(clause.window, now, rules))
    backs = of(clause.back, known, rules)
    met = [
        back
        for back in backs
        if any(start.at + clause.first * DAY_MS <= back.at < start.at + clause.last * DAY_MS for start in starts)
    ]
    return Finding(bool(starts) and bool(met) is clause.retained, len(met), (*starts, *met))


def _in_each(clause: InEach, known: Events, now: int, rules: Rules) -> Finding:
    matching = of(clause.doing, known, rules)
    parts = [within(matching, window) for window in slices(clause, now, rules)]
    holding = sum(bool(part) and compare(clause.operator, len(part), clause.value) for part in parts)
    return Finding(holding == len(parts), holding, tuple(event for part in reversed(parts) for event in part))


def _sequence(clause: Steps, known: Events, now: int, rules: Rules) -> Finding:
    window = bounds(clause.window, now, rules)
    met: list[Event] = []
    for step in clause.steps:
        after = met[-1].at if met else None
        later = [each for each in within(of(step, known, rules), window) if after is None or each.at > after]
        if not later:
            return Finding(False, len(met), tuple(met))
        met.append(later[0])
    return Finding(True, len(met), tuple(met))
