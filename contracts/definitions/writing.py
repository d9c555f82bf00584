"""Write a definition as the vendor's JSON, so that what was said in words is stored like any other.

Shaped as recordings are (amplitude facts 2.2 [client]). Not public, and ours: `metric` as an object (`sum`, `distinct`,
`more_than`, `nth`, `intervals`), the type `sequence` with its `steps`, `MOST_RECENT`, and the fields of `other_cohort`
[inferred]. A definition of the real service has none of them, so the two cannot be taken for one another.
"""

from __future__ import annotations

from typing import Any

from contracts.definitions import model
from contracts.definitions.model import (
    Clause,
    Count,
    Definition,
    Different,
    Doing,
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
from contracts.definitions.reading import EVER, LAST


def write_definition(definition: Definition) -> dict[str, Any]:
    """Return the object that a cohort keeps under `definition`."""
    groups = [
        [{"negated": element.negated, "orClauses": [_clause(each) for each in element.clauses]} for element in group]
        for group in definition.groups
    ]
    return {
        "version": 3,
        "countGroup": {"name": "User", "is_computed": False},
        "cohortType": "UNIQUES",
        "andClauses": groups[0],
        "referenceFrameTimeParams": {},
        "orClauses": groups,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    match clause:
        case Performed():
            props = {"event_props": [_filter(each) for each in clause.doing.where]} if clause.doing.where else {}
            return {
                "type": "event",
                **_window(clause.window),
                "type_value": clause.doing.event,
                "operator": clause.operator,
                "operator_value": clause.value,
                "group_by": [],
                "metric": _measure(clause.measure),
                **props,
            }
        case Held():
            return {
                "type": "user_property",
                **_window(clause.window),
                "type_value": clause.property.name,
                "operator": clause.property.operator,
                "operator_value": list(clause.property.values),
                "metric": EVER if clause.ever else LAST,
                "event_type": clause.event,
            }
        case NewOrActive():
            return {"type": "new_active", **_window(clause.window), "type_value": "new" if clause.is_new else "active"}
        case Returned():
            return {
                "type": "retention",
                **_window(clause.window),
                "retention_method": "bracket",
                "start_event": _doing(clause.start),
                "return_event": _doing(clause.back),
                "base_bracket": [clause.first, clause.last],
                "bracket_interval": 1,
                "multi_filters": [[]],
                "granularity": -3600000,
                "retained": clause.retained,
            }
        case InEach():
            return {
                "type": "distinct_interval",
                **_window(clause.window),
                "event": _doing(clause.doing),
                "period": clause.period,
                "count": clause.value,
                "stickiness_operator": clause.operator,
                "stickiness_type": "STICKY_IN_ALL_PERIODS",
                "segment_filters": [],
                "group_by_filters": [],
                "granularity": 1,
            }
        case InCohort():
            return {"type": "other_cohort", "type_value": clause.cohort_id}
        case Sequence():
            return {"type": "sequence", **_window(clause.window), "steps": [_doing(each) for each in clause.steps]}


def _window(window: Window) -> dict[str, Any]:
    told: dict[str, Any] = {"time_type": window.kind}
    match window.kind:
        case model.ROLLING:
            told["time_value"] = window.value
        case model.SINCE:
            told["time_value"] = [window.start]
        case model.ABSOLUTE:
            told["time_value"] = [window.start, window.end]
    return {**told, "offset": window.offset, "interval": window.interval, "exclude_current_interval": window.full}


def _measure(measure: Measure) -> dict[str, Any] | None:
    match measure:
        case Count():
            return None
        case Total():
            return {"type": "sum", "property": measure.name}
        case Different():
            return {"type": "distinct", "property": measure.name}
        case MoreThan():
            return {"type": "more_than", "event": _doing(measure.other)}
        case Nth():
            return {"type": "nth", "first": measure.first, "last": measure.last}
        case Spread():
            return {"type": "intervals", "interval": measure.interval}


def _doing(doing: Doing) -> dict[str, Any]:
    return {"event_type": doing.event, "filters": [_filter(each) for each in doing.where], "group_by": []}


def _filter(demand: Filter) -> dict[str, Any]:
    return {
        "group_type": "User",
        "filter_type": demand.of,
        "type": demand.name,
        "operator": demand.operator,
        "values": list(demand.values),
    }
