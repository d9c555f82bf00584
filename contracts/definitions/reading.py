"""Read the vendor's JSON of a definition; what cannot be computed is named, each by its path.

The envelope and the clauses are those of recordings (amplitude facts 2.2, 2.3 [client]); property filters are taken in
both vocabularies, that of cohorts and that of charts [doc]. Our own spellings of what no recording shows are in
`writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast, get_args

from contracts.definitions import model
from contracts.definitions.model import (
    COUNTS,
    OPERATORS,
    Clause,
    Count,
    Definition,
    Different,
    Doing,
    Element,
    Filter,
    Held,
    InCohort,
    InEach,
    Measure,
    MoreThan,
    NewOrActive,
    Nth,
    Performed,
    Returned,
    Sequence,
    Spread,
    Total,
    Window,
    WindowKind,
)
from contracts.definitions.spots import Problem, Spot, Stop
from contracts.definitions.values import number, texts
from contracts.definitions.windows import days_of

LONGEST: Final = 10_000  # intervals of a window, days of a bracket: ten years and more
_LATEST_SECOND: Final = 253_402_300_799
_MOST: Final = 1_000_000_000
MOST_SLICES: Final = 4_000
MOST_STEPS: Final = 10
EVER, LAST = "ALL_OCCURRENCES", "MOST_RECENT"  # the second is ours: its code is not public (amplitude facts 2.3)
_SPELLINGS: Final[Mapping[str, str]] = {  # the charts' words (amplitude facts 2.3 [doc])
    "is": model.IS,
    "is not": model.IS_NOT,
    "does not contain": model.NOT_CONTAINS,
    "less": model.LESS,
    "less or equal": model.LESS_OR_EQUAL,
    "greater": model.GREATER,
    "greater or equal": model.GREATER_OR_EQUAL,
    **{operator: operator for operator in OPERATORS},
}


def read_definition(data: Any) -> tuple[Definition | None, list[Problem]]:
    """Return what a definition demands, or None and what of it cannot be computed."""
    problems: list[Problem] = []
    spot = Spot(data, "", problems)
    try:
        groups = _groups(spot)
    except Stop:
        return None, problems
    return (None, problems) if problems or groups is None else (Definition(groups), problems)


def _groups(spot: Spot) -> tuple[tuple[Element, ...], ...] | None:
    envelope = spot.object()
    if spot.has("countGroup"):
        spot.at("countGroup").at("name").one_of({"User"}, "counts groups of type")
    if spot.has("cohortType"):
        spot.at("cohortType").one_of({"UNIQUES"}, "is of type")
    spot.at("referenceFrameTimeParams").nothing()
    if envelope.get("orClauses"):  # one of these groups, and andClauses say it once more (facts 2.2 [inferred])
        groups = [_group(each) for each in spot.at("orClauses").items()]
    else:
        groups = [_group(spot.at("andClauses"))]
    if not spot.problems and not all(groups):
        raise spot.stop("holds no clause, so nobody could be computed")
    return tuple(groups)


def _group(spot: Spot) -> tuple[Element, ...]:
    return tuple(found for each in spot.items() if (found := _element(each)) is not None)


def _element(spot: Spot) -> Element | None:
    try:
        negated = spot.at("negated").flag(default=False)
        inner = spot.at("orClauses")
        clauses = [_clause(each) for each in inner.items()]
        if not clauses:
            raise inner.stop("holds no clause, expected at least one")
    except Stop:
        return None
    known = [clause for clause in clauses if clause is not None]
    return Element(tuple(known), negated) if len(known) == len(clauses) else None


def _clause(spot: Spot) -> Clause | None:
    try:
        kind = spot.at("type").one_of(_CLAUSES, "is a clause of type")
        return _CLAUSES[kind](spot)
    except Stop:
        return None


def _window(spot: Spot) -> Window:
    kind = cast("WindowKind", spot.at("time_type").one_of(get_args(WindowKind), "is a time of type"))
    offset = spot.at("offset").whole(0, LONGEST, 0)
    interval = spot.at("interval").whole(-_MOST, _MOST, model.DAY)
    if interval not in model.INTERVALS:
        raise spot.at("interval").stop(f"is {interval}, expected one of {', '.join(map(str, model.INTERVALS))}")
    full = spot.at("exclude_current_interval").flag(default=False)
    value = spot.at("time_value")
    if kind == model.ROLLING:
        return Window(kind, value=value.whole(1, LONGEST), offset=offset, interval=interval, full=full)
    if full:
        raise spot.at("exclude_current_interval").stop(
            f"is true of a time that is {kind}, which has no current interval"
        )
    if kind == model.ALL_TIME:
        return Window(offset=offset)
    listed = list(value.items()) if isinstance(value.value, list) else [value]
    wanted = 1 if kind == model.SINCE else 2
    if len(listed) != wanted:
        raise value.stop(f"holds {len(listed)} moments, expected {wanted}")
    moments = [each.whole(0, _LATEST_SECOND) for each in listed]
    return Window(cast("Any", kind), start=moments[0], end=moments[1] if wanted == 2 else 0, offset=offset)


def _operator(spot: Spot) -> str:
    return _SPELLINGS[spot.one_of(_SPELLINGS, "compares with")]


def _filter(spot: Spot) -> Filter:
    if spot.has("group_type"):
        spot.at("group_type").one_of({"User"}, "reads groups of type")
    kind = (
        spot.at("filter_type").one_of({"event", "user"}, "is a filter of type") if spot.has("filter_type") else "event"
    )
    values = spot.at("values")
    demand = _demand(spot.at("type"), spot.at("operator"), values)
    return Filter(demand.name, demand.operator, demand.values, cast("Literal['event', 'user']", kind))


def _demand(name: Spot, operator: Spot, values: Spot) -> Filter:
    how = _operator(operator)
    if not isinstance(values.value, list):
        raise values.stop("is no list, expected a list of values")
    wanted = tuple(text for each in values.items() for text in (texts(each.value) or (model.UNSET,)))
    if not wanted:
        raise values.stop("holds no value, expected at least one")
    if how in model.COMPARISONS:
        for place, text in enumerate(wanted):
            if number(text) is None:
                raise Spot(text, f"{values.path}[{place}]", values.problems).stop(f"is {text!r}, expected a number")
    return Filter(name.text(), how, wanted)


def _filters(spot: Spot) -> tuple[Filter, ...]:
    return () if spot.value is None else tuple(_filter(each) for each in spot.items())


def _doing(spot: Spot) -> Doing:
    """Read an event with its filters, as the clauses hold it that have one or two."""
    spot.at("group_by").nothing()
    return Doing(spot.at("event_type").text(), _filters(spot.at("filters")))


def _performed(spot: Spot) -> Clause:
    spot.at("group_by").nothing()
    doing = Doing(spot.at("type_value").text(), _filters(spot.at("event_props")))
    operator = spot.at("operator").one_of(COUNTS, "compares with")
    value = spot.at("operator_value").number()
    return Performed(doing, operator, value, _window(spot), _measure(spot.at("metric")))


def _measure(spot: Spot) -> Measure:
    if spot.value is None:
        return Count()
    if not isinstance(spot.value, dict):
        raise spot.stop(f"is {spot.value!r}, and what that counts is not public")
    match spot.at("type").one_of(("sum", "distinct", "more_than", "nth", "intervals"), "measures"):
        case "sum":
            return Total(spot.at("property").text())
        case "distinct":
            return Different(spot.at("property").text())
        case "more_than":
            return MoreThan(_doing(spot.at("event")))
        case "nth":
            first = spot.at("first").whole(1, _MOST)
            return Nth(first, spot.at("last").whole(first, _MOST))
    interval = spot.at("interval").whole(-_MOST, _MOST, model.DAY)
    if interval not in model.INTERVALS:
        raise spot.at("interval").stop(f"is {interval}, expected one of {', '.join(map(str, model.INTERVALS))}")
    return Spread(interval)


def _held(spot: Spot) -> Clause:
    demand = _demand(spot.at("type_value"), spot.at("operator"), spot.at("operator_value"))
    metric = spot.at("metric").one_of({EVER, LAST}, "measures") if spot.has("metric") else LAST
    event = spot.at("event_type").text() if spot.has("event_type") else model.ACTIVE
    return Held(Filter(demand.name, demand.operator, demand.values, "user"), metric == EVER, event, _window(spot))


def _new_or_active(spot: Spot) -> Clause:
    return NewOrActive(spot.at("type_value").one_of({"new", "active"}, "asks for") == "new", _window(spot))


def _returned(spot: Spot) -> Clause:
    spot.at("retention_method").one_of({"bracket"}, "retains by")
    spot.at("multi_filters").nothing()
    days = [each.whole(0, LONGEST) for each in spot.at("base_bracket").items()]
    width = spot.at("bracket_interval").whole(1, LONGEST, 1)
    if len(days) != 2 or days[0] >= days[1]:
        raise spot.at("base_bracket").stop(f"is {days}, expected two numbers of days, the smaller first")
    start, back = _doing(spot.at("start_event")), _doing(spot.at("return_event"))
    retained = spot.at("retained").flag(default=True)
    return Returned(start, back, days[0] * width, days[1] * width, retained, _window(spot))


def _in_each(spot: Spot) -> Clause:
    spot.at("segment_filters").nothing()
    spot.at("group_by_filters").nothing()
    if spot.has("stickiness_type"):
        spot.at("stickiness_type").one_of({"STICKY_IN_ALL_PERIODS"}, "is sticky by")
    operator = (
        spot.at("stickiness_operator").one_of(COUNTS, "compares with") if spot.has("stickiness_operator") else ">="
    )
    doing, count = _doing(spot.at("event")), spot.at("count").number()
    window = _window(spot)
    period = spot.at("period").whole(1, LONGEST)
    if window.kind != model.ROLLING or window.interval in {model.HOUR, model.FIVE_MINUTES}:
        raise spot.at("time_type").stop("is not so many days back, which alone can be cut into periods of days")
    days = days_of(window)
    if period > days:
        raise spot.at("period").stop(f"is {period} days, more than the {days} of the window")
    if days // period > MOST_SLICES:
        raise spot.at("period").stop(f"cuts {days} days into {days // period:,}, expected at most {MOST_SLICES:,}")
    return InEach(doing, period, operator, count, window)


def _in_cohort(spot: Spot) -> Clause:
    return InCohort(spot.at("type_value").text())


def _sequence(spot: Spot) -> Clause:
    steps = [_doing(each) for each in spot.at("steps").items()]
    if not 2 <= len(steps) <= MOST_STEPS:
        raise spot.at("steps").stop(f"holds {len(steps)} events, expected 2 to {MOST_STEPS}")
    return Sequence(tuple(steps), _window(spot))


_CLAUSES: Mapping[str, Callable[[Spot], Clause]] = {
    "event": _performed,
    "user_property": _held,
    "new_active": _new_or_active,
    "retention": _returned,
    "distinct_interval": _in_each,
    "other_cohort": _in_cohort,
    "sequence": _sequence,
}
