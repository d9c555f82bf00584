"""The two versions that are compared, and what judges payloads by each.

A rule of a plan is judged as plans are (draft-07, RE2, formats as Segment takes them). A JSON Schema is judged by
jsonschema-rs in the draft that it names; without `$schema` that is draft-07, as in plans, unless it says something
that only later drafts know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jsonschema_rs

from contracts.errors import BadInput
from contracts.evolution.assertions import BY_NAME, LISTED, SINGLE, subschemas, unfolds_beyond
from contracts.evolution.budget import size
from contracts.plans import FORMATS, PlanSchema

Schema = dict[str, Any]

DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
_LATEST: Final = "https://json-schema.org/draft/2020-12/schema"
_DEEPEST: Final = 100
UNFOLDED: Final = 10_000
_PROVABLE: Final = 5_000
"""Nodes of a schema beyond which the library may take minutes for a proof."""
_LATER: Final = frozenset(
    (
        "$anchor",
        "$defs",
        "$dynamicRef",
        "dependentRequired",
        "dependentSchemas",
        "maxContains",
        "minContains",
        "prefixItems",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_KEYWORDS: Final = {
    "Constant": "const",
    "FalseSchema": "not allowed",
    "OneOfNotValid": "oneOf",
    "OneOfMultipleValid": "oneOf",
}
_OUTER: Final = frozenset(("allOf", "then", "else"))


@dataclass(frozen=True, slots=True)
class Blame:
    """Say which keyword refuses a payload, where, and for which names there."""

    path: tuple[str, ...]
    keyword: str
    names: tuple[str, ...] = ()


class Side(Protocol):
    """Judge payloads by one version."""

    def is_valid(self, payload: Any) -> bool:
        """Say whether the version takes a payload."""

    def blames(self, payload: Any) -> Iterator[Blame]:
        """Yield what refuses a payload; of alternatives that all fail, that they do."""


class SchemaSide:
    """Judge by a JSON Schema of any draft."""

    def __init__(self, schema: Schema) -> None:
        self._judge = jsonschema_rs.validator_for(schema, offline=True)

    def is_valid(self, payload: Any) -> bool:
        """Say whether the schema takes a payload."""
        return bool(self._judge.is_valid(payload))

    def blames(self, payload: Any) -> Iterator[Blame]:
        """Yield what refuses a payload."""
        for error in self._judge.iter_errors(payload):
            kind: Any = error.kind
            name = type(kind).__name__
            keyword = _KEYWORDS.get(name, name[0].lower() + name[1:])
            names = [kind.property] if keyword == "required" else getattr(kind, "unexpected", ())
            yield Blame(tuple(map(str, error.instance_path)), keyword, tuple(map(str, names)))


class RuleSide:
    """Judge by a rule of a tracking plan."""

    def __init__(self, schema: Any) -> None:
        self._schema = PlanSchema(schema)

    def is_valid(self, payload: Any) -> bool:
        """Say whether the rule takes an event."""
        return not self._schema.refusals(payload)

    def blames(self, payload: Any) -> Iterator[Blame]:
        """Yield what refuses an event."""
        for found in self._schema.refusals(payload):
            if not found.is_inner and found.keyword not in _OUTER:
                keyword = "not allowed" if found.keyword == "false" else found.keyword
                names = (found.name or found.said,) if found.keyword in _NAMING else ()
                yield Blame(tuple(map(str, found.path)), keyword, names)


_NAMING: Final = frozenset(("required", "additionalProperties", "dependencies"))


def read(schema: Any, which: str) -> Schema:
    """Return a schema with the draft that it is read as; raise `BadInput` when it is none."""
    if isinstance(schema, bool):
        schema = {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        raise BadInput(f"the {which} version is neither a tracking plan nor a JSON Schema; expected an object")
    if _depth_beyond(schema, _DEEPEST):
        raise BadInput(f"the {which} version nests more than {_DEEPEST} levels; versions are not compared so deep")
    if unfolds_beyond(schema, UNFOLDED):
        raise BadInput(f"the {which} version unfolds into more than {UNFOLDED:,} schemas for one value")
    named = schema
    if "$schema" not in schema:
        is_later = any(_LATER & part.keys() for part in subschemas(schema))
        named = {"$schema": _LATEST if is_later else DRAFT_7, **schema}
    return named


def schema_side(schema: Schema, which: str) -> SchemaSide:
    """Return what judges by a schema; raise `BadInput` when it is none."""
    try:
        return SchemaSide(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise BadInput(f"the {which} version is not a JSON Schema: {first}") from None


def proof(old: Schema, new: Schema) -> dict[str, bool]:
    """Say, where the library can, that one version takes everything the other takes; large ones are not asked."""
    if max(size(old), size(new)) > _PROVABLE:
        return {"producers": False, "consumers": False}
    try:
        before, after = jsonschema_rs.canonicalize(old), jsonschema_rs.canonicalize(new)
        yes = jsonschema_rs.canonical.Containment.YES
        return {"producers": after.covers(before) == yes, "consumers": before.covers(after) == yes}
    except (ValueError, TypeError):
        return {"producers": False, "consumers": False}


def proof_of_rules(old: Schema, new: Schema) -> dict[str, bool]:
    """Say the same of two rules of a plan."""
    if any(part.get("format") == "uuid" for schema in (old, new) for part in subschemas(schema)):
        return {"producers": False, "consumers": False}  # an unknown word to the library's draft-07
    return proof(_as_judged(old), _as_judged(new))


def _as_judged(schema: Any) -> Any:
    """Return a rule's schema without what only describes, and with what formats say of numbers."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in BY_NAME and isinstance(value, dict):
            made[keyword] = {name: _as_judged(inner) for name, inner in value.items()}
        elif keyword in LISTED and isinstance(value, list):
            made[keyword] = [_as_judged(inner) for inner in value]
        elif keyword in SINGLE:
            made[keyword] = _as_judged(value)
        elif not keyword.startswith("content") and (keyword != "format" or value in FORMATS):
            made[keyword] = value
    if "format" in made and "$ref" not in made:
        made["allOf"] = [*made.get("allOf", ()), {"not": {"type": "number"}}]
    return made


def _depth_beyond(document: Any, limit: int) -> bool:
    level = [document]
    for _ in range(limit):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return False
    return True
