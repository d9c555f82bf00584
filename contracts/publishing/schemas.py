"""The published schemas: each contract's errors as one JSON Schema that any validator can load.

They are draft 2020-12 without private keywords. What JSON Schema has no word for, sizes in bytes above all, is in
the rules only.
"""

from __future__ import annotations

import re
from typing import Any, Final

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, contract_rules
from contracts.errors import UnknownContract
from contracts.judging import CALLS, all_of, by_type
from contracts.publishing.vocabulary import describe_schema
from contracts.rule import Frame, Rule, Severity
from contracts.trait_key import DEFAULT_STYLE, TraitKeyFormat, trait_key_format

SCHEMAS: Final = (*CONTRACTS, "harmless")
"""Names of the published schemas: the contracts, and what is legal but harmful."""

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_DATA: Final = ("enum", "const", "examples")
_TAKES_LINE_BREAKS: Final = re.compile(r"\[(?!\^)[^]]*\\n[^]]*\][*+]?\$\Z")
_LINE_BREAK_AT_END: Final = {"type": "string", "pattern": "\\n$"}


def schema_id(name: str) -> str:
    """Return the `$id` of a published schema."""
    return f"https://cohortlab.dev/schemas/{name}.schema.json"


def schema(name: str, trait_key: str = DEFAULT_STYLE) -> dict[str, Any]:
    """Return a published schema by name; raise `UnknownContract` with the nearest name.

    The file in the wheel is that of the default trait key style; another style gives another cohort-identify.
    """
    if name not in SCHEMAS:
        raise UnknownContract(name, SCHEMAS)
    document: dict[str, Any] = _read_alike(_composed(name, trait_key_format(trait_key)))
    return document


def _composed(name: str, spelling: TraitKeyFormat) -> dict[str, Any]:
    """Return the rules of a schema as one document."""
    head = {
        "$schema": _DRAFT,
        "$id": schema_id(name),
        **describe_schema(name, spelling.format("Power Users", "abc123")),
    }
    frame = Frame(name if name in CALLS else None, spelling)
    if name == "harmless":
        return {**head, **by_type(_rules_of_events(Severity.WARNING, Severity.NOTE), frame)}
    errors = [rule for rule in contract_rules(name) if rule.severity == Severity.ERROR]
    if name == "event":
        return {**head, **by_type(_rules_of_events(Severity.ERROR), frame)}
    if name == "batch":
        envelope, items = all_of(errors, frame), by_type(_rules_of_events(Severity.ERROR), frame)
        definitions = {**envelope["$defs"], **items.pop("$defs", {})}
        head["properties"]["batch"] = {**head["properties"]["batch"], "type": ["array", "null"], "items": items}
        return {**head, "$defs": definitions, "allOf": envelope["allOf"]}
    return {**head, **all_of(errors, frame)}


def _read_alike(schema: Any) -> Any:
    """Return a schema whose patterns every validator reads alike.

    To ECMA-262 and Rust `$` is the end of a text, to Python also a line break before it; so what must match up to
    the end must not end with a line break either.
    """
    if isinstance(schema, list):
        return [_read_alike(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: value if name in ("enum", "const", "examples") else _read_alike(value) for name, value in schema.items()
    }
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and pattern.endswith("$") and not _TAKES_LINE_BREAKS.search(pattern):
        made["not"] = _LINE_BREAK_AT_END
    return made


def _rules_of_events(*severities: Severity) -> list[Rule]:
    return [
        rule
        for rule in all_rules()
        if rule.severity in severities and not rule.pedantic and {*CALLS, "event"} & set(rule.contracts)
    ]
