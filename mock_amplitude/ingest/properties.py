"""What an identification or an event does to the properties of a user; pure (amplitude facts 5.3 [doc])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Values = dict[str, Any]

IDENTIFY: Final = "$identify"
GROUP_IDENTIFY: Final = "$groupidentify"
LONGEST_LIST: Final = 10_000  # letters
LARGEST_WHOLE: Final = (1 << 63) - 1
NOT_ACTIVE: Final = frozenset({IDENTIFY, GROUP_IDENTIFY})  # no activity, and nobody new (amplitude facts 5.3 [doc])


def identified(held: Mapping[str, Any], said: Mapping[str, Any]) -> Values:
    """Return the properties after an identification, whose names may be operations; the order is that of the JSON."""
    values = dict(held)
    for name, what in said.items():
        operation = OPERATIONS.get(name)
        if operation is None:
            values[name] = what
        elif name == "$clearAll":
            values.clear()
        elif isinstance(what, Mapping):
            for key, value in what.items():
                operation(values, key, value)
    return values


def _set(values: Values, name: str, value: Any) -> None:
    values[name] = value


def _set_once(values: Values, name: str, value: Any) -> None:
    values.setdefault(name, value)


def _add(values: Values, name: str, value: Any) -> None:
    held = values.get(name, 0)
    if _is_number(held) and _is_number(value):
        total = held + value
        values[name] = total if isinstance(total, float) or abs(total) <= LARGEST_WHOLE else float(total)


def _append(values: Values, name: str, value: Any) -> None:
    values[name] = _within([*_listed(values.get(name)), *_listed(value)])


def _prepend(values: Values, name: str, value: Any) -> None:
    values[name] = _within([*_listed(value), *_listed(values.get(name))])


def _pre_insert(values: Values, name: str, value: Any) -> None:
    held = _listed(values.get(name))
    values[name] = _within([*(each for each in _listed(value) if each not in held), *held])


def _post_insert(values: Values, name: str, value: Any) -> None:
    held = _listed(values.get(name))
    values[name] = _within([*held, *(each for each in _listed(value) if each not in held)])


def _remove(values: Values, name: str, value: Any) -> None:
    if name in values:
        gone = _listed(value)
        values[name] = [each for each in _listed(values[name]) if each not in gone]


def _unset(values: Values, name: str, _value: Any) -> None:
    values.pop(name, None)


OPERATIONS: Final[Mapping[str, Callable[[Values, str, Any], None]]] = {
    "$set": _set,
    "$setOnce": _set_once,
    "$add": _add,
    "$append": _append,
    "$prepend": _prepend,
    "$unset": _unset,
    "$preInsert": _pre_insert,
    "$postInsert": _post_insert,
    "$remove": _remove,
    "$clearAll": _unset,
}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _within(values: list[Any]) -> list[Any]:
    """Return the first values of a list, as many as have 10,000 letters together (loop facts 1 [doc])."""
    room = LONGEST_LIST
    for place, value in enumerate(values):
        room -= len(value) if isinstance(value, str) else 1
        if room < 0:
            return values[:place]
    return values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
