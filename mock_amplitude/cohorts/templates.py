"""The six template cohorts that a brand-new project holds (amplitude facts 2.1, 2.3 [client])."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_amplitude.cohorts.cohort import definition_of

OWNER = "amp"  # what live template cohorts name as their owner

_ROLLING = {"time_type": "rolling", "offset": 0, "interval": 1, "exclude_current_interval": False}


def _active(days: int, offset: int = 0) -> dict[str, Any]:
    return {
        **_ROLLING,
        "type": "event",
        "time_value": days,
        "offset": offset,
        "type_value": "_active",
        "operator": ">=",
        "operator_value": 1,
        "group_by": [],
        "metric": None,
    }


def _new(days: int) -> dict[str, Any]:
    return {**_ROLLING, "type": "new_active", "time_value": days, "type_value": "new"}


def _retained(*, retained: bool) -> dict[str, Any]:
    return {
        **_ROLLING,
        "type": "retention",
        "time_value": 30,
        "retention_method": "bracket",
        "start_event": {"event_type": "_new", "filters": [], "group_by": []},
        "return_event": {"event_type": "_active", "filters": [], "group_by": []},
        "base_bracket": [14, 15],
        "bracket_interval": 1,
        "multi_filters": [[]],
        "granularity": -3600000,
        "retained": retained,
    }


_EACH_WEEK = {
    **_ROLLING,
    "type": "distinct_interval",
    "time_value": 28,
    "event": {"event_type": "_active", "filters": [], "group_by": []},
    "period": 7,
    "count": 1,
    "stickiness_operator": ">=",
    "stickiness_type": "STICKY_IN_ALL_PERIODS",
    "segment_filters": [],
    "group_by_filters": [],
    "granularity": 1,
}

TEMPLATES: Mapping[str, tuple[tuple[bool, Mapping[str, Any]], ...]] = {
    "14 Day Retention": ((False, _retained(retained=True)),),
    "Active in each of the last 4 weeks": ((False, _EACH_WEEK),),
    "Active users, last 30 days": ((False, _active(30)),),
    "New users, last 30 days": ((False, _new(30)),),
    "New users who did not return": ((False, _new(30)), (True, _retained(retained=True))),
    "Product qualified leads": ((False, _active(7)), (False, _active(7, offset=8))),
}


def definition(clauses: tuple[tuple[bool, Mapping[str, Any]], ...]) -> dict[str, Any]:
    """Return the definition that all of some clauses make; True before a clause negates it."""
    every = [{"negated": negated, "orClauses": [dict(clause)]} for negated, clause in clauses]
    return {**definition_of("redshift"), "andClauses": every, "orClauses": [every]}
