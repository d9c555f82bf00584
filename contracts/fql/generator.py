"""The text of a tree, as the published generator writes it, and of one key, as it must be written to be found."""

from __future__ import annotations

import re
from typing import Any, Final

from contracts.fql.tree import BRANCHES, Condition, Group
from contracts.javascript import joined, number_of, number_text, text_of, units

_FIELDS: Final = {"name": "name", "userId": "userId", "event": "event", "event-type": "type"}
_BARE: Final = re.compile("[^a-zA-Z0-9._-]")
_INSIDE: Final = re.compile("[^a-zA-Z0-9_-]")


def generate(group: Group) -> str:
    """Return a filter's text: keys are escaped, values are not; raises ValueError for a group that holds nothing.

    A key that begins with a digit or a minus is left bare, and read back as something else (destination facts 4).
    """
    text = _children(group)
    is_one_group = text.startswith("(") and text.endswith(")") and text.count("(") + text.count(")") == 2
    return text[1:-1] if is_one_group else text


def escaped_key(key: str) -> str:
    """Return one key so that a filter finds it, whatever it begins with.

    Keys with a dot or a bracket cannot be found, however they are written.
    """
    text = _INSIDE.sub(r"\\\g<0>", units(key))
    return joined(text if not text or text[0].isalpha() or text[0] in "\\_" else f"\\{text}")


def _children(group: Group) -> str:
    return f" {group.operator} ".join(
        f"({_children(child)})" if isinstance(child, Group) else _condition(child) for child in group.children
    )


def _condition(condition: Condition | None) -> str:
    if condition is None:
        raise ValueError("Cannot read properties of undefined (reading 'type')")
    if condition.type in _FIELDS:
        return _expression(_FIELDS[condition.type], condition)
    escaped = joined(_BARE.sub(r"\\\g<0>", units(str(condition.name))))
    return _expression(f"{BRANCHES[condition.type]}.{escaped}", condition)


def _expression(name: str, condition: Condition) -> str:
    operator, value = condition.operator, condition.value
    unary = {"exists": "!= null", "not_exists": "= null", "is_true": "= true", "is_false": "= false"}.get(operator)
    if unary:
        return f"{name} {unary}"
    negation = "!" if operator.startswith("not_") else ""
    function = operator.removeprefix("not_")
    if function == "contains":
        return f"{negation}contains({name}, {_value(value)})"
    if function in {"starts_with", "ends_with"}:
        pattern = f"{text_of(value)}*" if function == "starts_with" else f"*{text_of(value)}"
        return f'{negation}match({name}, "{pattern}")'
    if operator in {"<", ">", "<=", ">="}:
        return f"{name} {operator} {number_text(number_of(value))}"
    if operator in {"number_equals", "number_not_equals"}:
        return f"{name} {'=' if operator == 'number_equals' else '!='} {number_text(number_of(value))}"
    return f"{name} {operator} {_value(value)}"


def _value(value: Any) -> str:
    return text_of(value) if isinstance(value, bool | int | float) else f'"{text_of(value)}"'
