"""The smallest payload that probably meets a schema: where the search for witnesses starts."""

from __future__ import annotations

import json
from typing import Any, Final

from contracts.evolution.assertions import resolved

LONGEST: Final = 10_000
"""Characters, elements or names that a witness has at most; what asks for more is not looked for."""
_LEVELS: Final = 12
_PARTS: Final = 8
_NODES: Final = 2_000


def smallest(schema: Any, root: Any, *, containers: bool = False) -> Any:
    """Return a small value that probably meets a schema; with `containers` optional objects are there too."""
    return _Maker(root, containers=containers).value(schema, 0)


class _Maker:
    """Make values; references that multiply are not followed for ever."""

    def __init__(self, root: Any, *, containers: bool) -> None:
        self._root = root
        self._containers = containers
        self._left = _NODES

    def value(self, schema: Any, depth: int) -> Any:
        """Return a small value for one schema."""
        self._left -= 1
        if depth > _LEVELS or self._left < 0:
            return "x"
        merged = self._merged(schema, 0)
        if "const" in merged:
            return merged["const"]
        if merged.get("enum"):
            return merged["enum"][0]
        kinds = merged.get("type", "object" if "properties" in merged or "required" in merged else "string")
        match kinds[0] if isinstance(kinds, list) and kinds else kinds:
            case "object":
                return self._object(merged, depth)
            case "array":
                return self._array(merged, depth)
            case "integer" | "number":
                return max(merged.get("minimum", 0), merged.get("exclusiveMinimum", -1) + 1)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return "x" * max(1, _count(merged.get("minLength")))

    def _object(self, merged: dict[str, Any], depth: int) -> dict[str, Any]:
        described = merged.get("properties") or {}
        names = dict.fromkeys(merged.get("required") or ())
        if self._containers:
            names |= {name: None for name, inner in described.items() if self._is_container(inner)}
        return {name: self.value(described.get(name), depth + 1) for name in names}

    def _array(self, merged: dict[str, Any], depth: int) -> list[Any]:
        items = merged.get("items")
        if isinstance(items, list):  # one schema for each place
            return [self.value(inner, depth + 1) for inner in items[: _count(merged.get("minItems"))]]
        return [self.value(items, depth + 1)] * _count(merged.get("minItems"))

    def _is_container(self, schema: Any) -> bool:
        merged = self._merged(schema, 0)
        return merged.get("type") == "object" or (merged.get("type") is None and "properties" in merged)

    def _merged(self, schema: Any, depth: int) -> dict[str, Any]:
        """Join a schema with what it refers to and all its parts, as far as one object can say it."""
        self._left -= 1
        joined: dict[str, Any] = dict(schema) if isinstance(schema, dict) else {}
        if depth > _PARTS or self._left < 0:
            return joined
        parts = [*joined.get("allOf", []), *joined.get("anyOf", [])[:1], *joined.get("oneOf", [])[:1]]
        if "$ref" in joined:
            parts.append(resolved(joined["$ref"], self._root))
        for part in parts:
            other = self._merged(part, depth + 1)
            for keyword, value in other.items():
                joined[keyword] = _joined(keyword, joined[keyword], value) if keyword in joined else value
        return joined


def _count(least: Any) -> int:
    """Return how many there must be, or none when that is more than a witness has."""
    return int(least) if least is not None and least <= LONGEST else 0


def _joined(keyword: str, one: Any, other: Any) -> Any:
    """Join two values of the same keyword so that both hold, where that is easy to say."""
    match keyword:
        case "required":
            return [*dict.fromkeys((*one, *other))]
        case "properties":
            both = {name: {"allOf": [one[name], other[name]]} for name in one.keys() & other.keys()}
            return {**one, **other, **both}
        case "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties":
            return max(one, other)
        case "enum":
            known = {json.dumps(value, sort_keys=True) for value in other}
            return [value for value in one if json.dumps(value, sort_keys=True) in known] or one
        case "type":
            kinds = [[kind] if isinstance(kind, str) else kind for kind in (one, other)]
            shared = [kind for kind in kinds[0] if kind in kinds[1]]
            return shared or ("integer" if "integer" in (*kinds[0], *kinds[1]) else one)
        case _:
            return one
