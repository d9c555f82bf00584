"""What a definition says against itself: clauses that nobody, or only nobody, can meet.

A definition that contradicts itself is computed all the same, as it would be there: it is told, since an empty cohort
says nothing of why it is empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from contracts.definitions import model
from contracts.definitions.model import (
    Clause,
    Count,
    Definition,
    Doing,
    Element,
    Filter,
    InEach,
    Performed,
    Returned,
    Window,
    filters_of,
)
from contracts.definitions.spots import Problem
from contracts.definitions.values import number


def contradictions(definition: Definition) -> list[Problem]:
    """Return what cannot hold, each with its path in the definition."""
    return list(_of(definition))


def _of(definition: Definition) -> Iterator[Problem]:
    for place, group in enumerate(definition.groups):
        path = f"orClauses[{place}]"
        for number_of, element in enumerate(group):
            for which, clause in enumerate(element.clauses):
                yield from _of_clause(clause, f"{path}[{number_of}].orClauses[{which}]")
        yield from _of_group(group, path)


def _of_group(group: tuple[Element, ...], path: str) -> Iterator[Problem]:
    """Yield demands of one group that exclude one another."""
    alone = [
        (place, element.negated, element.clauses[0]) for place, element in enumerate(group) if len(element.clauses) == 1
    ]
    refused = {clause for element in group if element.negated for clause in element.clauses}
    for place, element in enumerate(group):
        if not element.negated and all(clause in refused for clause in element.clauses):
            yield Problem(f"{path}[{place}]", "demands what another element of its group excludes: nobody can be in it")
    counted: dict[tuple[Doing, Window], list[tuple[int, float, float]]] = defaultdict(list)
    for place, negated, clause in alone:
        if isinstance(clause, Performed) and isinstance(clause.measure, Count) and not negated:
            counted[clause.doing, clause.window].append((place, *_span(clause.operator, clause.value)))
    for spans in counted.values():
        if len(spans) > 1 and max(low for _, low, _ in spans) > min(high for _, _, high in spans):
            places = " and ".join(str(place) for place, _, _ in spans)
            yield Problem(path, f"elements {places} demand counts of the same events that exclude one another")


def _span(operator: str, value: float) -> tuple[float, float]:
    """Return the least and the most events that a count can be; at least one there is always."""
    low, high = {
        ">=": (value, inf),
        ">": (value + 1, inf),
        "<=": (1, value),
        "<": (1, value - 1),
        "=": (value, value),
    }.get(operator, (1, inf))
    return max(1, low), high


def _of_clause(clause: Clause, path: str) -> Iterator[Problem]:
    match clause:
        case Performed(measure=Count()):
            yield from _of_count(clause.operator, clause.value, path)
        case InEach():
            yield from _of_count(clause.operator, clause.value, path)
        case _:
            pass
    window = getattr(clause, "window", None)
    if isinstance(window, Window) and window.kind == model.ABSOLUTE and window.end < window.start:
        yield Problem(f"{path}.time_value", "ends before it begins: nothing can be in it")
    lists = [clause.doing.where] if isinstance(clause, (Performed, InEach)) else []
    if isinstance(clause, Returned):
        lists = [clause.start.where, clause.back.where]
    for filters in lists:
        yield from _of_filters(filters, path)
    for each in filters_of(clause):
        if each.operator in {model.SET_IS, model.SET_IS_NOT} and model.UNSET in each.values and len(each.values) > 1:
            yield Problem(path, f"{each.name!r} cannot be unset and hold other values at once")


def _of_count(operator: str, value: float, path: str) -> Iterator[Problem]:
    low, high = _span(operator, value)
    if high < low or (operator == "=" and (value < 1 or value != int(value))):
        yield Problem(
            f"{path}.operator_value",
            f"a count of events that is {operator} {value:g} is nobody's: whoever did nothing is never counted, "
            "and is asked for by negating the element",
        )


def _of_filters(filters: tuple[Filter, ...], path: str) -> Iterator[Problem]:
    """Yield demands on one property that no single value meets."""
    by_name: dict[tuple[str, str], list[Filter]] = defaultdict(list)
    for each in filters:
        by_name[each.of, each.name].append(each)
    for (_, name), demands in by_name.items():
        wanted = [set(each.values) for each in demands if each.operator == model.IS]
        unwanted = {value for each in demands if each.operator == model.IS_NOT for value in each.values}
        if wanted and not set.intersection(*wanted) - unwanted:
            yield Problem(f"{path}.event_props", f"no single value of {name!r} is all that is demanded of it")
            continue
        low, high = -inf, inf
        for each in demands:
            limits = [limit for text in each.values if (limit := number(text)) is not None]
            if each.operator in {model.GREATER, model.GREATER_OR_EQUAL}:
                low = max(low, min(limits))
            elif each.operator in {model.LESS, model.LESS_OR_EQUAL}:
                high = min(high, max(limits))
        strict = any(each.operator in {model.GREATER, model.LESS} for each in demands)
        if low > high or (low == high and strict):
            yield Problem(f"{path}.event_props", f"no single value of {name!r} is above {low:g} and below {high:g}")
