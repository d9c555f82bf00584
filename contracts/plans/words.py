"""Violations in Segment's own words: `{type, field, description}` as in `context.protocols.violations`.

The published messages are those of the Go library gojsonschema (segment facts 5.6 [doc] strings, [inferred]
library). Two violation types are published, `Required` and `Invalid Type`; the others are worded alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from contracts.explain import pointer

_ROOT: Final = "(root)"
_MESSAGES: Final = {
    "enum": ("Enum", "{field} must be one of the following: {allowed}"),
    "const": ("Const", "{field} does not match: {allowed}"),
    "pattern": ("Does Not Match Pattern", "Does not match pattern '{limit}'"),
    "format": ("Does Not Match Format", "Does not match format '{limit}'"),
    "minLength": ("String Gte", "String length must be greater than or equal to {limit}"),
    "maxLength": ("String Lte", "String length must be less than or equal to {limit}"),
    "minimum": ("Number Gte", "Must be greater than or equal to {limit}"),
    "maximum": ("Number Lte", "Must be less than or equal to {limit}"),
    "exclusiveMinimum": ("Number Gt", "Must be greater than {limit}"),
    "exclusiveMaximum": ("Number Lt", "Must be less than {limit}"),
    "multipleOf": ("Multiple Of", "Must be a multiple of {limit}"),
    "minItems": ("Array Min Items", "Array must have at least {limit} items"),
    "maxItems": ("Array Max Items", "Array must have at most {limit} items"),
    "uniqueItems": ("Unique", "array items must be unique"),
    "minProperties": ("Array Min Properties", "Must have at least {limit} properties"),
    "maxProperties": ("Array Max Properties", "Must have at most {limit} properties"),
    "additionalProperties": ("Additional Property Not Allowed", "Additional property {property} is not allowed"),
    "anyOf": ("Number Any Of", "Must validate at least one schema (anyOf)"),
    "oneOf": ("Number One Of", "Must validate one and only one schema (oneOf)"),
    "allOf": ("Number All Of", "Must validate all the schemas (allOf)"),
    "not": ("Number Not", "Must not validate the schema (not)"),
    "contains": ("Contains", "At least one of the items must match"),
    "propertyNames": ("Invalid Property Name", 'Property name of "{property}" does not match'),
}


@dataclass(frozen=True, slots=True)
class PlanViolation:
    """Hold a violation as Segment reports it, and where it is. `name` is the property or trait it is about."""

    type: str
    field: str
    description: str
    pointer: str
    name: str | None

    def as_dict(self) -> dict[str, str]:
        """Return what Segment writes into `context.protocols.violations`."""
        return {"type": self.type, "field": self.field, "description": self.description}


def violations(judge: jsonschema_rs.Draft7Validator, event: dict[str, Any]) -> Iterator[PlanViolation]:
    """Yield what a plan's schema finds wrong with an event."""
    kinds = jsonschema_rs.ValidationErrorKind
    for error in judge.iter_errors(event):
        path, kind = list(error.instance_path), error.kind
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        if isinstance(kind, kinds.Required):
            path.append(str(kind.property))
            yield _violation("Required", path, f"{_field(path)} is required")
        elif isinstance(kind, kinds.Type):
            expected = _types(kind.types)
            given = _type_of(error.instance)
            yield _violation("Invalid Type", path, f"Invalid type. Expected: {expected}, given: {given}")
        else:
            title, message = _MESSAGES.get(keyword, (keyword or "Schema", error.message))
            said = {
                "field": _field(path),
                "limit": getattr(kind, "limit", getattr(kind, "pattern", getattr(kind, "format", ""))),
                "allowed": getattr(kind, "options", getattr(kind, "expected_value", "")),
                "property": ", ".join(map(str, getattr(kind, "unexpected", ()))),
            }
            yield _violation(title, path, message.format(**said) if keyword in _MESSAGES else message)


def unplanned(path: list[str | int]) -> PlanViolation:
    """Return the violation of a name that the plan does not know."""
    return _violation("Additional Property Not Allowed", path, f"Additional property {path[-1]} is not allowed")


def _violation(title: str, path: list[str | int], description: str) -> PlanViolation:
    named = len(path) > 1 and path[0] in ("properties", "traits")
    return PlanViolation(title, _field(path), description, pointer(path), str(path[1]) if named else None)


def _field(path: list[str | int]) -> str:
    return ".".join(map(str, path)) or _ROOT


def _types(types: Any) -> str:
    names = [str(name) for name in types] if isinstance(types, list | tuple) else [str(types)]
    return names[0] if len(names) == 1 else f"[{','.join(names)}]"


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
