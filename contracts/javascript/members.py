"""What stands under a key, as JavaScript finds it: texts and lists have members, and every object inherits some."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from contracts.javascript.units import units
from contracts.javascript.values import MISSING, truthy


class _Function(Enum):
    FUNCTION = "function"


FUNCTION: Final = _Function.FUNCTION
"""A member that is code: there, but no JSON. What lies below one is out of this twin's reach: MISSING."""

_OF_OBJECTS: Final = (
    "constructor __defineGetter__ __defineSetter__ hasOwnProperty __lookupGetter__ __lookupSetter__ isPrototypeOf "
    "propertyIsEnumerable toString valueOf toLocaleString"
)
_OF_TEXTS: Final = (
    "anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fontcolor fontsize fixed includes "
    "indexOf isWellFormed italics lastIndexOf link localeCompare match matchAll normalize padEnd padStart repeat "
    "replace replaceAll search slice small split strike sub substr substring sup startsWith toWellFormed trim "
    "trimStart trimLeft trimEnd trimRight toLocaleLowerCase toLocaleUpperCase toLowerCase toUpperCase"
)
_OF_LISTS: Final = (
    "at concat copyWithin fill find findIndex findLast findLastIndex lastIndexOf pop push reverse shift unshift "
    "slice sort splice includes indexOf join keys entries values forEach filter flat flatMap map every some reduce "
    "reduceRight toReversed toSorted toSpliced with"
)
_OBJECT: Final = frozenset(_OF_OBJECTS.split())
_NUMBER: Final = frozenset({"toExponential", "toFixed", "toPrecision"})
_OF: Final = {
    str: frozenset(_OF_TEXTS.split()),
    list: frozenset(_OF_LISTS.split()),
    int: _NUMBER,
    float: _NUMBER,
}


def member(value: Any, key: str) -> Any:
    """Return `value && value[key]`: what stands under a key; a value taken for false stands for all below it."""
    if isinstance(value, dict):
        found = value.get(key, MISSING)
        return found if found is not MISSING else _inherited(value, key)
    if not truthy(value) or value is FUNCTION:
        return MISSING if value is FUNCTION else value
    if isinstance(value, str | list):
        counted = units(value) if isinstance(value, str) else value
        if key == "length":
            return len(counted)
        if _is_index(key) and int(key) < len(counted):
            return counted[int(key)]
    return _inherited(value, key)


def members_of(value: Any, keys: list[str]) -> Any:
    """Return what stands under keys, one below the other."""
    for key in keys:
        value = member(value, key)
    return value


def entries(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object in JavaScript's order: whole numbers first, rising, then as they were put in."""
    numbered = sorted((key for key in value if _is_index(key) and int(key) < 2**32 - 1), key=int)
    if not numbered:
        yield from value.items()
        return
    yield from ((key, value[key]) for key in numbered)
    first = set(numbered)
    yield from ((key, each) for key, each in value.items() if key not in first)


def _inherited(value: Any, key: str) -> Any:
    if key == "__proto__":
        return {}
    if key in _OBJECT or (key in _OF.get(type(value), ())):
        return FUNCTION
    return MISSING


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= 10 and (key == "0" or key[0] != "0")
