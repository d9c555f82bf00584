"""The smallest payload that probably meets a schema: where the search for witnesses starts."""

from __future__ import annotations

from typing import Any

from contracts.evolution.assertions import resolved


def smallest(schema: Any, root: Any, depth: int = 0, *, containers: bool = False) -> Any:
    """Return a small value that probably meets a schema; with `containers` optional objects are there too."""
    merged = _merged(schema, root, 0)
    if depth > 12:
        return "x"
    if "const" in merged:
        return merged["const"]
    if merged.get("enum"):
        return merged["enum"][0]
    kinds = merged.get("type", "object" if "properties" in merged or "required" in merged else "string")
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "object":
            described = merged.get("properties") or {}
            names = dict.fromkeys(merged.get("required") or ())
            if containers:
                names |= {name: None for name, inner in described.items() if _is_container(inner, root)}
            return {name: smallest(described.get(name), root, depth + 1, containers=containers) for name in names}
        case "array":
            return [smallest(merged.get("items"), root, depth + 1, containers=containers)] * (
                merged.get("minItems") or 0
            )
        case "integer" | "number":
            return max(merged.get("minimum", 0), merged.get("exclusiveMinimum", -1) + 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "x" * max(1, merged.get("minLength") or 0)


def _is_container(schema: Any, root: Any) -> bool:
    merged = _merged(schema, root, 0)
    return merged.get("type") == "object" or (merged.get("type") is None and "properties" in merged)


def _merged(schema: Any, root: Any, depth: int) -> dict[str, Any]:
    """Join a schema with what it refers to and all its parts, as far as one object can say it."""
    joined: dict[str, Any] = dict(schema) if isinstance(schema, dict) else {}
    if depth > 8:
        return joined
    parts = [*joined.get("allOf", []), *joined.get("anyOf", [])[:1], *joined.get("oneOf", [])[:1]]
    if "$ref" in joined:
        parts.append(resolved(joined["$ref"], root))
    for part in parts:
        other = _merged(part, root, depth + 1)
        for keyword, value in other.items():
            joined[keyword] = _joined(keyword, joined[keyword], value) if keyword in joined else value
    return joined


def _joined(keyword: str, one: Any, other: Any) -> Any:
    """Join two values of the same keyword so that both hold, where that is easy to say."""
    match keyword:
        case "required":
            return [*one, *other]
        case "properties":
            both = {name: {"allOf": [one[name], other[name]]} for name in one.keys() & other.keys()}
            return {**one, **other, **both}
        case "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties":
            return max(one, other)
        case "enum":
            return [value for value in one if value in other] or one
        case "type":
            kinds = [[kind] if isinstance(kind, str) else kind for kind in (one, other)]
            shared = [kind for kind in kinds[0] if kind in kinds[1]]
            return shared or ("integer" if "integer" in (*kinds[0], *kinds[1]) else one)
        case _:
            return one
