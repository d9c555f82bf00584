"""The fields of an action: what a payload must be, and how it is bent until it is (destination facts 3 [run core]).

The package hands this to a JSON Schema validator that coerces; the types, and the words of its errors, are its.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.javascript import MISSING, entries, json_text, number_of, text_of
from downstream.mapping.errors import PayloadRefused
from downstream.mapping.formats import FORMATS

_TYPES: Final = {"text": "string", "password": "string"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field as its action declares it; `additional` says whether an object keeps keys it does not declare."""

    label: str
    type: str = "string"
    required: bool = False
    multiple: bool = False
    nullable: bool = False
    additional: bool = False
    choices: tuple[Any, ...] = ()
    format: str = ""
    properties: Mapping[str, Field] | None = None
    default: Any = field(default=MISSING, compare=False)

    @property
    def types(self) -> tuple[str, ...]:
        """Return the JSON types one value may have, in the order that coercion tries them."""
        base = ("string", "number") if self.type == "datetime" else (_TYPES.get(self.type, self.type),)
        return (*base, "null") if self.nullable and self.properties is None else base


def without_empty(fields: Mapping[str, Field], payload: Any, *, is_batch: bool = False) -> Any:
    """Return a payload without nulls and empty texts where a field's type has none of them.

    An empty text at the top is left out of a single event and kept in a batch.
    """
    return _object_without_empty(fields, payload, is_root=not is_batch) if isinstance(payload, dict) else payload


def _object_without_empty(fields: Mapping[str, Field], given: dict[str, Any], *, is_root: bool) -> dict[str, Any]:
    kept = {}
    for key, value in entries(given):
        left = _value_without_empty(fields[key], value) if key in fields else value
        if left is not MISSING and not (left == "" and is_root):
            kept[key] = left
    return kept


def _value_without_empty(of: Field, value: Any, *, is_item: bool = False) -> Any:
    is_list = of.multiple and not is_item
    if isinstance(value, list):
        if not is_list:
            return value
        return [each for each in value if _value_without_empty(of, each, is_item=True) is not MISSING]
    if isinstance(value, dict):
        if of.properties is None or is_list:
            return value
        return _object_without_empty(of.properties, value, is_root=False)
    types = ("array",) if is_list else of.types
    if (value is None and "null" not in types) or (value == "" and isinstance(value, str) and "string" not in types):
        return MISSING
    return value


def checked(fields: Mapping[str, Field], payload: Any) -> Any:
    """Return a payload as its action sees it: coerced, without keys it does not know; raises PayloadRefused."""
    listed = payload
    if isinstance(payload, dict):
        listed = {
            key: [value] if key in fields and fields[key].multiple and _is_single(value) else value
            for key, value in payload.items()
        }
    root = Field("", "object", properties=fields)
    wrong: list[str] = []
    done = _bent(root, listed, "", wrong)
    if wrong:
        raise PayloadRefused(" ".join(f"{text[:1].upper()}{text[1:]}." for text in wrong))
    return done


def _is_single(value: Any) -> bool:
    return not isinstance(value, list) and value is not None and value is not MISSING


def _bent(of: Field, given: Any, at: str, wrong: list[str], *, is_item: bool = False) -> Any:
    """Return a value as the field wants it, and add what is wrong with it."""
    is_list = of.multiple and not is_item
    types = ("array",) if is_list else of.types
    named = of.label if not is_item and of.label else f"the value at {at}" if at else "the root value"
    value = given if is_of(given, types) else coerced(given, types)
    if value is MISSING:
        # a coercion that failed leaves the one item of a list in its place, and that is what the error names
        seen = given[0] if isinstance(given, list) and len(given) == 1 and types != ("object",) else given
        wanted = _list_of(types, "or")
        wrong.append(f"{named} must be {_article(wanted)} {wanted} but it was {_kind(seen)}")
        value = seen
    if isinstance(value, list) and is_list:
        return [_bent(of, each, f"{at}/{place}", wrong, is_item=True) for place, each in enumerate(value)]
    wrong += _said(of, value, named, is_item=is_item)
    if isinstance(value, dict) and of.properties is not None:
        return _bent_members(of, value, at, named, wrong)
    return value


def _said(of: Field, value: Any, named: str, *, is_item: bool) -> Iterator[str]:
    name = "date-like" if of.type == "datetime" else of.format
    if name and not is_item and isinstance(value, str) and name in FORMATS and not FORMATS[name](value):
        yield f"{named} must be a valid {'URI' if name == 'uri' else name} string but it was not"
    choices = (*of.choices, None) if of.choices and of.nullable else of.choices
    if choices and not any(value == choice and type(value) is type(choice) for choice in choices):
        yield f"{named} must be one of: {_list_of(tuple(map(json_text, choices)), 'or')}"


def _bent_members(of: Field, value: dict[str, Any], at: str, named: str, wrong: list[str]) -> dict[str, Any]:
    properties = of.properties or {}
    missing = [key for key, each in properties.items() if each.required and key not in value]
    wrong += [f"{named} is missing the required field '{key}'" for key in missing]
    done = {key: each for key, each in value.items() if key in properties or of.additional}
    for key, each in properties.items():
        if key in value:
            done[key] = _bent(each, value[key], f"{at}/{key}", wrong)
    return done


def is_of(value: Any, types: tuple[str, ...]) -> bool:
    """Say whether a value is of one of some JSON types."""
    return any(_IS[name](value) for name in types)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(number_of(value))


_IS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and number_of(value) % 1 == 0,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def coerced(value: Any, types: tuple[str, ...]) -> Any:
    """Return what a value is made into, MISSING where it cannot be; a list of one stands for that one."""
    if not any(name != "object" for name in types):
        return MISSING
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
        if len(types) == 1 and is_of(value, types):  # of several types the validator asks for all at once
            return value
    for name in types:
        made = _made(value, name)
        if made is not MISSING:
            return made
    return MISSING


def _made(value: Any, name: str) -> Any:
    is_scalar = value is None or isinstance(value, str | bool | int | float)
    if not is_scalar:
        return MISSING
    if name == "array":
        return [value]
    if name == "string":
        return MISSING if isinstance(value, str) else "" if value is None else text_of(value)
    if name in {"number", "integer"}:
        return _number(value, is_whole=name == "integer")
    if name == "boolean":
        is_false = value is None or value == "false" or (_is_number(value) and value == 0)
        is_true = value == "true" or (_is_number(value) and value == 1)
        return False if is_false else True if is_true else MISSING
    if name == "null":
        return None if value == "" or value is False or (_is_number(value) and value == 0) else MISSING
    return MISSING


def _number(value: Any, *, is_whole: bool) -> Any:
    if isinstance(value, bool) or value is None:
        return int(value or 0)
    if not isinstance(value, str) or not value:
        return MISSING
    number = number_of(value)
    if math.isnan(number) or (is_whole and (math.isinf(number) or number % 1)):
        return MISSING
    return number


def _list_of(words: tuple[str, ...], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}{',' if len(words) > 2 else ''} {last} {words[-1]}"


def _article(word: str) -> str:
    return "an" if word[:1].lower() in {"a", "e", "i", "o", "u"} else "a"


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "an array" if isinstance(value, list) else "an object"
