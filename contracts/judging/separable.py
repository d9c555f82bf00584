"""Separating: what a schema asks of single texts of an event, when all else it asks does not depend on them.

Events of one sender differ in ids and moments only. Where a schema looks at such a text alone, one event that holds
stands for all that differ from it in these texts, as far as each text holds by itself. A property test holds what is
taken apart against the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_WORDS: Final = frozenset(("title", "description"))
_ABOUT_NAMES: Final = frozenset(("type", "required", "propertyNames", "minProperties", "maxProperties"))
_SEVERAL: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("not", "if", "then", "else")
_NOT_ABOUT_TEXT: Final = frozenset(
    ("properties", "required", "propertyNames", "additionalProperties", "minProperties", "maxProperties", "items")
)


def separable(schema: Schema, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what `schema` asks of each of these fields of an object, as far as nothing else depends on its text.

    `schema` is fused. Two objects that differ only in filled texts of the fields returned are judged alike by it, as
    long as these texts meet what is returned for them.
    """
    asked: dict[str, list[Schema]] = {name: [] for name in names}
    for part in schema["allOf"] if schema.keys() == {"allOf"} else [schema]:
        if part.keys() == {"type", "properties"}:
            for name in asked.keys() & part["properties"].keys():
                asked[name].append(part["properties"][name])
        else:
            asked = {name: parts for name, parts in asked.items() if _is_indifferent(part, name)}
    return {name: {"type": "string", "allOf": parts} if parts else {"type": "string"} for name, parts in asked.items()}


def _is_indifferent(schema: object, name: str) -> bool:
    """Say whether a schema for the object judges alike whatever filled text is in the field."""
    if not isinstance(schema, Mapping):
        return isinstance(schema, bool)
    for keyword, value in schema.items():
        if keyword == "properties":
            if name in value and not _is_blind(value[name]):
                return False
        elif keyword in _SEVERAL:
            if not all(_is_indifferent(part, name) for part in value):
                return False
        elif keyword in _SINGLE:
            if not _is_indifferent(value, name):
                return False
        elif keyword not in _ABOUT_NAMES and keyword not in _WORDS:
            return False
    return True


def _is_blind(schema: object) -> bool:
    """Say whether a schema for a value judges all filled texts alike."""
    if not isinstance(schema, Mapping):
        return isinstance(schema, bool)
    for keyword, value in schema.items():
        if keyword in _SEVERAL:
            if not all(map(_is_blind, value)):
                return False
        elif keyword in _SINGLE:
            if not _is_blind(value):
                return False
        elif keyword != "type" and keyword not in _NOT_ABOUT_TEXT and keyword not in _WORDS:
            return False
    return True
