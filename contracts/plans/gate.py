"""A quick look at an event: jsonschema-rs says that a plan's schema surely takes it; made for millions of clean events.

The schema is written anew so that it means what Segment's validator means: patterns and formats become formats of
ours. What cannot be said so that both agree (references, patterns for names, exact multiples, equal items) has no
gate, and each event is looked at closely. A gate that refuses proves nothing either; then, too, one looks closely.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import jsonschema_rs

from contracts.plans.dialect import pattern
from contracts.plans.formats import FORMATS

Gate = Callable[[Any], bool]

_ALIKE: Final = frozenset(
    (
        "type",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "required",
    )
)
_SCHEMAS: Final = frozenset(
    (
        *("additionalProperties", "additionalItems", "propertyNames", "contains", "items"),
        *("not", "if", "then", "else", "anyOf", "oneOf", "allOf"),
    )
)
_BY_NAME: Final = frozenset(("properties", "dependencies"))
_APART: Final = frozenset(("$ref", "patternProperties", "multipleOf", "uniqueItems"))
_TIMES: Final = r"(?:\{[0-9]{1,2}(?:,[0-9]{0,2})?\}|[+*?])?"
_PLAIN: Final = re.compile(rf"\^?(?:(?:[A-Za-z0-9_ -]|\[[A-Za-z0-9_ -]+\]){_TIMES})*\$?")
"""Patterns of letters, digits and their classes: every engine reads them alike, so the library may match them."""
_EXACT: Final = 2**53
_NO_NUMBER: Final = {"not": {"type": "number"}}


class _Unlike(Exception):
    """Say that the schema means something else to jsonschema-rs."""


def gate(schema: Any) -> Gate | None:
    """Return what says that a schema without faults takes an event; None when only a close look can."""
    formats: dict[str, Callable[[str], bool]] = {}
    try:
        judge = jsonschema_rs.Draft7Validator(
            _rewritten(schema, formats), formats=formats, validate_formats=True, offline=True
        )
    except (_Unlike, ValueError):
        return None

    def holds(event: Any) -> bool:
        try:
            return judge.is_valid(event)
        except ValueError:  # nested deeper than the library goes
            return False

    return holds


def _rewritten(schema: Any, formats: dict[str, Callable[[str], bool]]) -> Any:
    """Return the schema in the library's terms; the checks of texts go into `formats`."""
    if isinstance(schema, bool):
        return schema
    made: dict[str, Any] = {}
    checks: list[dict[str, Any]] = []
    for keyword, value in schema.items():
        if keyword in _APART:
            raise _Unlike
        if keyword in _ALIKE:
            made[keyword] = value
        elif keyword in ("const", "enum"):
            made[keyword] = _exact(value)
        elif keyword == "pattern" and _PLAIN.fullmatch(value):
            made[keyword] = value
        elif keyword == "pattern":
            checks.append({"format": _checked(f"pattern {value}", pattern(value).found_in, formats)})
        elif keyword == "format" and value in FORMATS:
            checks += ({"format": _checked(f"format {value}", FORMATS[value], formats)}, _NO_NUMBER)
        elif keyword in _BY_NAME:
            made[keyword] = {name: _within(inner, formats) for name, inner in value.items()}
        elif keyword in _SCHEMAS:
            made[keyword] = _within(value, formats)
    if checks:
        made["allOf"] = [*made.get("allOf", ()), *checks]
    return made


def _within(value: Any, formats: dict[str, Callable[[str], bool]]) -> Any:
    """Return what a keyword holds, a schema or several, with each of them rewritten; names are left alone."""
    if isinstance(value, list):
        return [inner if isinstance(inner, str) else _rewritten(inner, formats) for inner in value]
    return _rewritten(value, formats)


def _checked(name: str, check: Callable[[str], bool], formats: dict[str, Callable[[str], bool]]) -> str:
    formats[name] = check
    return name


def _exact(value: Any) -> Any:
    """Return what a value is to be equal to, unless doubles and integers would compare it in two ways."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, int | float) and abs(found) >= _EXACT:
            raise _Unlike
        waiting += found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return value
