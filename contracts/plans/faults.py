"""What is wrong with a plan itself, each at its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from contracts.catalogue import rule
from contracts.errors import BadPlan
from contracts.explain import describe, pointer, quote
from contracts.plans.node import Path
from contracts.plans.plan import Plan, PlanRule, plan
from contracts.rule import Observation, Violation
from contracts.sequences import read_key
from contracts.trait_key import TraitKeyFormat

_UPDATE: Final = 200
_EVENT: Final = frozenset(
    (
        *("type", "messageId", "userId", "anonymousId", "timestamp", "sentAt", "originalTimestamp", "receivedAt"),
        *("context", "integrations", "version", "channel", "writeKey", "projectId", "_metadata"),
    )
)
_FIELDS: Final = {
    "TRACK": {"event", "properties"},
    "IDENTIFY": {"traits"},
    "GROUP": {"groupId", "traits"},
    "PAGE": {"name", "category", "properties"},
    "SCREEN": {"name", "category", "properties"},
    "COMMON": {"event", "properties", "traits", "groupId", "previousId", "name", "category"},
}
"""Names at the root of an event, of every call and of each (segment facts 1.2, 2.1 [doc])."""


def plan_faults(document: Any, spelling: TraitKeyFormat) -> list[Violation]:
    """Return what is wrong with a plan."""
    return read_plan(document, spelling)[1]


def read_plan(document: Any, spelling: TraitKeyFormat) -> tuple[Plan | None, list[Violation]]:
    """Return a plan, None when the document is none, with what is wrong with it."""
    try:
        read = plan(document)
    except BadPlan as error:
        return None, [_broken("P811", (), str(error))]
    return read, list(_faults(read, spelling))


def _faults(read: Plan, spelling: TraitKeyFormat) -> Iterator[Violation]:
    if read.missing is not None:
        yield _broken("P819", (), read.missing)
    for bad in read.bad_rules:
        yield _broken("P811", bad.path, bad.reason)
    seen: set[tuple[str, str | None, int]] = set()
    for entry in read.rules:
        for fault in entry.schema.faults:
            code = "P813" if fault.is_pattern else "P812"
            yield _broken(code, (*entry.schema_path, *fault.path), fault.found, fault.expected)
        identity = (entry.kind, entry.key, entry.version)
        if identity in seen:
            yield _broken("P814", entry.path, str(entry))
        seen.add(identity)
        yield from _misplaced(entry)
        if entry.kind == "IDENTIFY":
            yield from _identify_faults(entry, spelling)
    if len(read.rules) > _UPDATE:
        yield _broken("P817", (), f"{len(read.rules)} rules")


def _misplaced(entry: PlanRule) -> Iterator[Violation]:
    """Find a schema that describes properties where the event stands."""
    parts, fields = {"properties", "traits"} & _FIELDS[entry.kind], _EVENT | _FIELDS[entry.kind]
    described = entry.document.get("properties")
    if not isinstance(described, dict) or parts & described.keys():
        return
    strangers = [name for name in described if name not in fields]
    if strangers:
        where = (*entry.schema_path, "properties", strangers[0])
        part = min(parts)
        found = f"{quote(strangers[0])} at the root of the event, and nothing about `{part}`"
        yield _broken("P820", where, found, f"a schema over the event: {part} -> {strangers[0]}")


def _identify_faults(entry: PlanRule, spelling: TraitKeyFormat) -> Iterator[Violation]:
    properties = entry.document.get("properties")
    traits = properties.get("traits") if isinstance(properties, dict) else None
    if not isinstance(traits, dict):
        return
    where = (*entry.schema_path, "properties", "traits")
    required, patterns, planned = (traits.get(name) for name in ("required", "patternProperties", "properties"))
    for name in required if isinstance(required, list) else ():
        yield _broken("P815", (*where, "required"), f"the trait {quote(str(name))}")
    if patterns and isinstance(patterns, dict):
        yield _broken("P818", (*where, "patternProperties"), describe(patterns))
    for name, schema in planned.items() if isinstance(planned, dict) else ():
        kinds = schema.get("type", "boolean") if isinstance(schema, dict) else "boolean"
        named = [kinds] if isinstance(kinds, str) else kinds
        allowed = isinstance(named, list) and all(kind in ("boolean", "null") for kind in named)
        if not allowed and read_key(name, spelling)[0] is not None:
            yield _broken("P816", (*where, "properties", name, "type"), describe(kinds))


def _broken(code: str, where: Path, found: str, expected: str | None = None) -> Violation:
    return Violation.of(rule(code), Observation(pointer([*where]), found, expected))
