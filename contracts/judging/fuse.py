"""Fusing: many small schemas that must all hold become one that looks at each place once.

The result means the same and is several times faster; only gates use it. A property test holds it against the plain
`allOf`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_OBJECT: Final = {"type": "object"}
_WORDS: Final = ("title", "description")


def fuse(schemas: Iterable[Schema]) -> dict[str, Any]:
    """Return a schema that holds when all of these hold."""
    fields: dict[str, list[Schema]] = {}
    conditional: list[Schema] = []
    barred: list[str] = []
    parts: list[Schema] = []
    for schema in _flat(schemas):
        if schema.keys() == {"type", "properties"} and schema["type"] == "object":
            for name, inner in schema["properties"].items():
                fields.setdefault(name, []).append(inner)
        elif schema == _OBJECT:
            fields.setdefault("", [])
        elif schema.keys() == {"if", "then"} and schema["if"] == _OBJECT:
            conditional.append({name: inner for name, inner in schema["then"].items() if name != "type"})
        elif schema.keys() == {"not"} and _is_pattern(schema["not"]):
            barred.append(schema["not"]["pattern"])
        elif schema not in parts:
            parts.append(schema)
    if fields:
        inner = {name: fuse(found) for name, found in fields.items() if found}
        parts.insert(0, {"type": "object", **({"properties": inner} if inner else {})})
    if conditional:
        parts.append({"if": _OBJECT, "then": _all([{"type": "object", **part} for part in _keywords(conditional)])})
    if barred:
        parts.append({"not": {"type": "string", "pattern": "|".join(f"(?:{pattern})" for pattern in barred)}})
    return _all(parts)


def _keywords(bodies: list[Schema]) -> list[dict[str, Any]]:
    """Join what is said about one object: fields, names and values each in one place."""
    fields: dict[str, list[Schema]] = {}
    names: list[Schema] = []
    values: list[Schema] = []
    others: list[dict[str, Any]] = []
    for body in bodies:
        if body.keys() == {"properties"}:
            for name, inner in body["properties"].items():
                fields.setdefault(name, []).append(inner)
        elif body.keys() == {"propertyNames"}:
            names.append(body["propertyNames"])
        elif body.keys() == {"additionalProperties"}:
            values.append(body["additionalProperties"])
        else:
            others.append(dict(body))
    if fields:
        others.append({"properties": {name: fuse(found) for name, found in fields.items()}})
    if names:
        others.append({"propertyNames": fuse(names)})
    if values:
        others.append({"additionalProperties": fuse(values)})
    return others


def _flat(schemas: Iterable[Schema]) -> Iterable[Schema]:
    """Take nested `allOf` apart, and leave out what only describes."""
    for schema in schemas:
        bare = {keyword: value for keyword, value in schema.items() if keyword not in _WORDS}
        if bare.keys() == {"allOf"}:
            yield from _flat(bare["allOf"])
        elif bare.keys() >= {"type", "properties"} and bare["type"] == "object" and len(bare) > 2:
            yield {"type": "object", "properties": bare.pop("properties")}
            yield from _flat([bare])
        elif bare:
            yield bare


def _is_pattern(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.keys() == {"type", "pattern"} and schema["type"] == "string"


def _all(parts: list[Any]) -> dict[str, Any]:
    if len(parts) == 1:
        return dict(parts[0])
    return {"allOf": parts} if parts else {}
