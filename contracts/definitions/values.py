"""A property's value as a definition sees it: texts, since what it is compared with is a list of texts.

amplitude facts 2.2, 2.3 [client] show values as lists of strings; how an array compares is not published: here one of
its elements is enough, and what is negated holds of none [inferred]. A value is the same whatever type it was sent as.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from contracts.definitions import model
from contracts.definitions.model import UNSET, Filter

Texts = tuple[str, ...]
NUMBER: Final = r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?"
SEPARATOR: Final = "\x1f"  # between the values of an array where they are kept as one text
_IS_NUMBER: Final = re.compile(NUMBER)
_EXACT: Final = 1e15


def texts(value: Any) -> Texts:
    """Return the texts of a JSON value: none of null, those of its elements of a list, one of anything else."""
    if isinstance(value, list):
        return tuple(dict.fromkeys(_text(each) for each in value if each is not None))
    return () if value is None else (_text(value),)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.replace(SEPARATOR, " ") if SEPARATOR in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode().replace(SEPARATOR, " ")


def all_texts(properties: Mapping[str, Any]) -> dict[str, Texts]:
    """Return the texts of every property that has any."""
    return {name: found for name, value in properties.items() if (found := texts(value))}


def joined(values: Texts) -> str:
    """Write texts as one: a single one as it is, several between separators."""
    return values[0] if len(values) == 1 else f"{SEPARATOR}{SEPARATOR.join(values)}{SEPARATOR}"


def apart(text: str) -> Texts:
    """Read what `joined` wrote."""
    return tuple(text[1:-1].split(SEPARATOR)) if text.startswith(SEPARATOR) else (text,)


def number(text: str) -> float | None:
    """Read a text that is a number as people write them, None for any other."""
    return float(text) if _IS_NUMBER.fullmatch(text) else None


def meets(demand: Filter, held: Collection[str], *, missing_is_zero: bool = False) -> bool:
    """Say whether texts meet a demand; with `missing_is_zero` a property that is not there is the number 0."""
    wanted, operator = demand.values, demand.operator
    if operator in model.COMPARISONS:
        known = ("0",) if missing_is_zero and not held else held
        return any(compare(operator, number(text), number(limit)) for text in known for limit in wanted)
    if operator in {model.SET_IS, model.SET_IS_NOT}:
        is_same = set(held or (UNSET,)) == set(wanted)
        return is_same is (operator == model.SET_IS)
    is_missing = not held and UNSET in wanted
    if operator in {model.IS, model.IS_NOT}:
        return (is_missing or any(text in wanted for text in held)) is (operator == model.IS)
    found = is_missing or any(part in text for text in held for part in wanted)
    return found is (operator == model.CONTAINS)


def compare(operator: str, left: float | None, right: float | None) -> bool:
    """Compare two numbers; what is none compares with nothing."""
    if left is None or right is None:
        return False
    match operator:
        case ">=":
            return left >= right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case "<":
            return left < right
        case "=":
            return left == right
    return left != right
