"""Say a definition in words, one way each: what is read back is the same definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.definitions import model
from contracts.definitions.model import (
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
)
from contracts.definitions.tokens import spelled
from contracts.definitions.windows import zone_of

_COUNTS: Final = {
    ">=": "at least",
    "<=": "at most",
    ">": "more than",
    "<": "fewer than",
    "=": "exactly",
    "!=": "not exactly",
}
_LIMITS: Final = {
    model.IS: "is",
    model.IS_NOT: "is not",
    model.CONTAINS: "contains",
    model.NOT_CONTAINS: "does not contain",
    model.LESS: "less than",
    model.LESS_OR_EQUAL: "at most",
    model.GREATER: "more than",
    model.GREATER_OR_EQUAL: "at least",
    model.SET_IS: "set is",
    model.SET_IS_NOT: "set is not",
}
_UNITS: Final = {
    model.DAY: "day",
    model.WEEK: "week",
    model.MONTH: "month",
    model.HOUR: "hour",
    model.FIVE_MINUTES: "five-minute",
}


def in_words(definition: Definition, zone: str = "UTC") -> str:
    """Say a definition; days are those of the zone."""
    return "; or ".join(", and ".join(element_in_words(each, zone) for each in group) for group in definition.groups)


def element_in_words(element: Element, zone: str = "UTC") -> str:
    """Say one element, its alternatives in brackets."""
    said = " or ".join(clause_in_words(clause, zone) for clause in element.clauses)
    negated = "not " if element.negated else ""
    return f"{negated}({said})" if len(element.clauses) > 1 else f"{negated}{said}"


def clause_in_words(clause: Clause, zone: str = "UTC") -> str:
    """Say one clause."""
    match clause:
        case Performed():
            parts = [
                "performed",
                spelled(clause.doing.event),
                _measured(clause.measure, clause.operator, clause.value),
                _window(clause.window, zone),
                _where(clause.doing.where),
            ]
        case Held():
            on = "" if clause.event == model.ACTIVE else f"on {spelled(clause.event)}"
            had = "ever had" if clause.ever else "last had"
            parts = [had, _demand(clause.property), on, _window(clause.window, zone)]
        case NewOrActive():
            parts = ["new" if clause.is_new else "active", _window(clause.window, zone)]
        case Returned():
            back = f"did {'' if clause.retained else 'no '}{_doing(clause.back)}"
            parts = [
                back,
                f"{clause.first} to {clause.last} days after",
                _doing(clause.start),
                _window(clause.window, zone),
            ]
        case InEach():
            parts = [
                "performed",
                spelled(clause.doing.event),
                _measured(Count(), clause.operator, clause.value),
                f"in each {_many(clause.period, 'day')} of",
                _window(clause.window, zone).removeprefix("in "),
                _where(clause.doing.where),
            ]
        case InCohort():
            parts = ["in cohort", spelled(clause.cohort_id)]
        case Sequence():
            parts = ["performed", " then ".join(map(_doing, clause.steps)), _window(clause.window, zone)]
    return " ".join(part for part in parts if part)


def _measured(measure: Measure, operator: str, value: float) -> str:
    count = f"{_COUNTS[operator]} {_number(value)}"
    match measure:
        case Count() | Nth():
            times = "" if (operator, value) == (">=", 1) else f"{count} {'time' if value == 1 else 'times'}"
            if isinstance(measure, Count):
                return times
            ever = f"as {_ordinal(measure.first)} to {_ordinal(measure.last)} ever"
            return f"{times} {ever}" if times else ever
        case Total():
            return f"with sum of {spelled(measure.name)} {count}"
        case Different():
            return f"with different values of {spelled(measure.name)} {count}"
        case MoreThan():
            often = f"more often than {_doing(measure.other)}"
            return often if (operator, value) == (">", 0) else f"{count} {'time' if value == 1 else 'times'} {often}"
        case Spread():
            unit = _UNITS[measure.interval]
            return f"on {count} {unit if value == 1 and unit != 'five-minute' else f'{unit}s'}"


def _doing(doing: Doing) -> str:
    return f"{spelled(doing.event)} ({_where(doing.where)})" if doing.where else spelled(doing.event)


def _where(filters: tuple[Filter, ...]) -> str:
    said = " and ".join(f"{'user ' if each.of == 'user' else ''}{_demand(each)}" for each in filters)
    return f"where {said}" if said else ""


def _demand(demand: Filter) -> str:
    if demand.operator == model.IS_NOT and demand.values == (model.UNSET,):
        return f"{spelled(demand.name)} is set"
    values = ["unset" if each == model.UNSET else spelled(each) for each in demand.values]
    told = values[0] if len(values) == 1 else f"({', '.join(values)})"
    return f"{spelled(demand.name)} {_LIMITS[demand.operator]} {told}"


def _window(window: Window, zone: str) -> str:
    full = " full" if window.full else ""
    match window.kind:
        case model.ROLLING if window.interval == model.FIVE_MINUTES:
            said = f"in {window.value * 5}{full} minutes"
        case model.ROLLING:
            unit = _UNITS[window.interval]
            said = f"in {window.value}{full} {unit if window.value == 1 else f'{unit}s'}"
        case model.SINCE:
            said = f"since {_moment(window.start, zone)}"
        case model.ABSOLUTE:
            said = f"from {_moment(window.start, zone)} to {_moment(window.end, zone, is_end=True)}"
        case _:
            said = ""
    shifted = f"shifted back {_many(window.offset, 'day')}" if window.offset else ""
    return " ".join(part for part in (said, shifted) if part)


def _moment(seconds: int, zone: str, *, is_end: bool = False) -> str:
    """Say a moment: its day where it is the first second of one in the zone, or as an end the last."""
    try:
        local = datetime.fromtimestamp(seconds, zone_of(zone))
        begins = local.replace(hour=0, minute=0, second=0, fold=0)
        if is_end:
            begins = datetime.combine(local.date() + timedelta(1), begins.timetz())
        if round(begins.timestamp()) == seconds + is_end:
            return local.date().isoformat()
    except (OverflowError, ValueError):
        pass
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.9f}".rstrip("0")


def _many(many: int, unit: str) -> str:
    return f"{many} {unit if many == 1 else f'{unit}s'}"


def _ordinal(many: int) -> str:
    suffix = "th" if many % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(many % 10, "th")
    return f"{many}{suffix}"
