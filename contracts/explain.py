"""From a failed schema fragment to what a person wants to know: where, and what stands there.

The engine that judges also explains, so that the two can never disagree. jsonschema is the reference that the
tests hold it against.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

from contracts.rule import Observation, Schema

_SHOWN: Final = 80
_EXPLAINED: Final = 200  # levels; jsonschema-rs explains 254


def validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    """Compile a schema for the hot path; nothing is ever fetched."""
    return jsonschema_rs.Draft202012Validator(dict(schema), offline=True)


def observe(judge: jsonschema_rs.Draft202012Validator, payload: object, at: str, limit: int) -> Iterator[Observation]:
    """Yield where `payload` fails, at most `limit` places; `at` is used when something is absent at the root."""
    kinds = jsonschema_rs.ValidationErrorKind
    seen: set[str] = set()
    for error in _errors(judge, payload, limit):
        path, kind, found = list(error.instance_path), error.kind, None
        if isinstance(kind, kinds.Required):
            path.append(kind.property)
            found = "nothing"
        elif isinstance(kind, kinds.PropertyNames):
            name = str(kind.error.instance)
            path.append(name)
            found = f"the name {quote(name)}"
        elif isinstance(kind, kinds.AdditionalProperties | kinds.UnevaluatedProperties):
            path.append(kind.unexpected[0])
            found = f"the name {quote(kind.unexpected[0])}"
        where = pointer(path) or at
        if where not in seen:
            seen.add(where)
            yield Observation(where, found or describe(resolve(payload, where)))


def _errors(
    judge: jsonschema_rs.Draft202012Validator, payload: object, limit: int
) -> list[jsonschema_rs.ValidationError]:
    """Return what is wrong, at most `limit` of it; the engine that judges any depth explains some levels only."""
    try:
        return list(itertools.islice(judge.iter_errors(payload), limit))
    except ValueError:
        return list(itertools.islice(judge.iter_errors(_shallow(payload, _EXPLAINED)), limit))


def _shallow(value: Any, levels: int) -> Any:
    """Return a copy of a JSON value in which what lies deeper than so many levels is empty."""
    if isinstance(value, dict):
        return {name: _shallow(inner, levels - 1) for name, inner in value.items()} if levels else {}
    if isinstance(value, list | tuple):
        return [_shallow(inner, levels - 1) for inner in value] if levels else []
    return value


def pointer(path: list[str | int]) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


class _Absent:
    """Stand for a value that is not there."""


ABSENT: Final = _Absent()


def resolve(payload: object, where: str) -> object:
    """Return what stands at a JSON pointer, or `ABSENT`."""
    value: Any = payload
    for part in where.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    return value


def describe(value: object) -> str:
    """Say what a value is in a few words, short enough for one line."""
    match value:
        case _Absent():
            return "nothing"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the string {quote(value)}"
        case int() | float():
            return f"the number {value}"[:_SHOWN]
        case list() | tuple():
            return f"an array of {len(value)}"
        case dict():
            names = ", ".join(quote(str(name)) for name in itertools.islice(value, 4))
            more = ", ..." if len(value) > 4 else ""
            return f"an object with {names}{more}" if value else "an empty object"
    return f"a Python {type(value).__name__}"


def quote(text: str) -> str:
    """Quote a string as JSON does, on one line and not too long."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return json.dumps(cut, ensure_ascii=not cut.isprintable())
