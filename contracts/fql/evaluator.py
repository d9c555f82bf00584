"""Whether a tree holds for an event, as the published evaluator has it (destination facts 4 [run])."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from contracts.fql.tree import BRANCHES, Condition, Group
from contracts.javascript import MISSING, joined, members_of, number_of, text_of, units

_FIELDS: Final = {"event-type": "type", "event": "event", "name": "name", "userId": "userId"}
_STEP: Final = re.compile(r"[^\[.\]]+")
_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "number_equals": lambda actual, expected: actual == expected,
    "number_not_equals": lambda actual, expected: actual != expected,
    "<": lambda actual, expected: actual < expected,
    "<=": lambda actual, expected: actual <= expected,
    ">": lambda actual, expected: actual > expected,
    ">=": lambda actual, expected: actual >= expected,
}
_TEXTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda actual, expected: expected in actual,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


class FilterBreaks(Exception):
    """The package throws while it judges an event: the filter holds an empty group, or a key of nothing but dots."""


def holds(group: Group, event: Mapping[str, Any]) -> bool:
    """Say whether a group holds for an event; raises FilterBreaks."""
    found = (_child_holds(child, event) for child in group.children)
    return all(found) if group.operator == "and" else any(found)


def _child_holds(child: Condition | Group | None, event: Mapping[str, Any]) -> bool:
    if child is None:
        raise FilterBreaks("Cannot read properties of undefined (reading 'type')")
    return holds(child, event) if isinstance(child, Group) else condition_holds(child, event)


def condition_holds(condition: Condition, event: Mapping[str, Any]) -> bool:
    """Say whether one condition holds; raises FilterBreaks."""
    return value_holds(actual_of(condition, event), condition.operator, condition.value)


def actual_of(condition: Condition, event: Mapping[str, Any]) -> Any:
    """Return what an event has where a condition looks, MISSING where it has nothing; raises FilterBreaks."""
    root = BRANCHES.get(condition.type)
    if root is None:
        return event.get(_FIELDS.get(condition.type, ""), MISSING)
    if not condition.name:
        return MISSING
    steps = steps_of(str(condition.name))
    if not steps:
        raise FilterBreaks("Cannot read properties of null (reading 'reduce')")
    return members_of(event.get(root, MISSING), list(steps))


@lru_cache(maxsize=4096)
def steps_of(name: str) -> tuple[str, ...]:
    """Return the keys a name stands for, one below the other: it is cut at dots and brackets."""
    return tuple(_STEP.findall(name))


def value_holds(actual: Any, operator: str, expected: Any) -> bool:
    """Say whether a comparison holds; an operator that is none never does."""
    is_same = isinstance(actual, str) and actual == text_of(expected)
    if operator in {"=", "!="}:
        return is_same if operator == "=" else not is_same
    if operator in {"exists", "not_exists"}:
        return (actual is not MISSING and actual is not None) == (operator == "exists")
    if operator in {"is_true", "is_false"}:
        return actual is (operator == "is_true")
    if operator in _ORDERS:
        is_number = isinstance(actual, int | float) and not isinstance(actual, bool)
        return is_number and _ORDERS[operator](number_of(actual), number_of(expected))
    asked = _TEXTS.get(operator.removeprefix("not_"))
    if asked is None or not isinstance(actual, str):
        return False
    return _in_text(asked, actual, text_of(expected)) != operator.startswith("not_")


def _in_text(asked: Callable[[str, str], bool], actual: str, expected: str) -> bool:
    if any("\ud800" <= unit <= "\udfff" for unit in (expected[:1], expected[-1:])):  # half a character in the filter
        return asked(units(actual), units(expected))
    return asked(joined(actual), joined(expected))
