"""Violations in Segment's own words: `{type, field, description}` as in `context.protocols.violations`.

The published messages are those of the Go library gojsonschema (segment facts 5.6 [doc] strings, [inferred]
library). Two violation types are published, `Required` and `Invalid Type`; the others are named alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from contracts.explain import pointer
from contracts.plans.looking import Refusal
from contracts.plans.node import Path

_ROOT: Final = "(root)"
_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "required": ("Required", "{field} is required"),
        "type": ("Invalid Type", "Invalid type. Expected: {said}"),
        "enum": ("Enum", "{field} must be one of the following: {said}"),
        "const": ("Const", "{field} does not match: {said}"),
        "pattern": ("Does Not Match Pattern", "Does not match pattern '{said}'"),
        "format": ("Does Not Match Format", "Does not match format '{said}'"),
        "minLength": ("String Gte", "String length must be greater than or equal to {said}"),
        "maxLength": ("String Lte", "String length must be less than or equal to {said}"),
        "minimum": ("Number Gte", "Must be greater than or equal to {said}"),
        "maximum": ("Number Lte", "Must be less than or equal to {said}"),
        "exclusiveMinimum": ("Number Gt", "Must be greater than {said}"),
        "exclusiveMaximum": ("Number Lt", "Must be less than {said}"),
        "multipleOf": ("Multiple Of", "Must be a multiple of {said}"),
        "minItems": ("Array Min Items", "Array must have at least {said} items"),
        "maxItems": ("Array Max Items", "Array must have at most {said} items"),
        "uniqueItems": ("Unique", "array items[{said}] must be unique"),
        "additionalItems": ("Array No Additional Items", "No additional items allowed on array"),
        "contains": ("Contains", "At least one of the items must match"),
        "minProperties": ("Array Min Properties", "Must have at least {said} properties"),
        "maxProperties": ("Array Max Properties", "Must have at most {said} properties"),
        "additionalProperties": ("Additional Property Not Allowed", "Additional property {said} is not allowed"),
        "propertyNames": ("Invalid Property Name", 'Property name of "{said}" does not match'),
        "dependencies": ("Missing Dependency", "Has a dependency on {said}"),
        "anyOf": ("Number Any Of", "Must validate at least one schema (anyOf)"),
        "oneOf": ("Number One Of", "Must validate one and only one schema (oneOf)"),
        "allOf": ("Number All Of", "Must validate all the schemas (allOf)"),
        "not": ("Number Not", "Must not validate the schema (not)"),
        "then": ("Condition Then", 'Must validate "then" as "if" was valid'),
        "else": ("Condition Else", 'Must validate "else" as "if" was not valid'),
        "false": ("False", "False always fails validation"),
        "internal": ("Internal", "Internal Error the event was not looked at {said}"),
    }
)


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


def worded(found: Refusal) -> PlanViolation:
    """Return a refusal in Segment's words."""
    title, message = _WORDS[found.keyword]
    place = found.path if found.name is None else (*found.path, found.name)
    field = _field(place if found.keyword == "required" else found.path)
    named = len(place) > 1 and place[0] in ("properties", "traits")
    description = message.format(field=field, said=found.said)
    return PlanViolation(title, field, description, pointer([*place]), str(place[1]) if named else None)


def unplanned(part: str, name: str) -> PlanViolation:
    """Return the violation of a name that the plan does not know."""
    return replace(worded(Refusal((part,), "additionalProperties", name, name)), field=_field((part, name)))


def _field(path: Path) -> str:
    return ".".join(map(str, path)) or _ROOT
