"""Plan verdicts as violations of rules, and what is wrong with a plan itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from contracts.catalogue import rule
from contracts.errors import BadPlan
from contracts.explain import describe, pointer, quote, resolve
from contracts.plans.plan import Plan, plan
from contracts.plans.verdict import PlanJudge, PlanVerdict
from contracts.rule import Observation, Violation
from contracts.sequences import read_key
from contracts.trait_key import TraitKeyFormat

_CODES: Final = {"Required": "P805", "Invalid Type": "P806"}
_NOT_RE2: Final = re.compile(r"\(\?[=!]|\(\?<[=!]|\\[1-9]")
_UPDATE: Final = 200


def plan_violations(judge: PlanJudge, event: dict[str, Any], spelling: TraitKeyFormat) -> Iterator[Violation]:
    """Yield what a plan has against an event, and what it does to it."""
    verdict = judge.judge(event)
    if verdict.rule is None and not verdict.is_planned and event.get("type") == "track":
        yield _broken("P801", "/event", describe(event.get("event")))
    if verdict.wrong_version:
        where = "/context/protocols/event_version"
        yield _broken("P809", where, describe(resolve(event, where)), f"one of {_versions(judge.plan, event)}")
    for found in verdict.violations:
        yield _broken(
            _CODES.get(found.type, "P807"), found.pointer, describe(resolve(event, found.pointer)), found.description
        )
    yield from _stripped(verdict, event, spelling)
    if verdict.is_blocked:
        why = f"{len(verdict.violations)} violations" if verdict.violations else "an unplanned event"
        yield _broken("P808", "", why)


def _stripped(verdict: PlanVerdict, event: dict[str, Any], spelling: TraitKeyFormat) -> Iterator[Violation]:
    part = "traits" if event.get("type") in ("identify", "group") else "properties"
    reasons = dict.fromkeys(verdict.omitted, "it is not planned")
    reasons |= dict.fromkeys(verdict.omitted_on_violation, "it violates the plan")
    for name, reason in reasons.items():
        where = pointer([part, name])
        cohort = part == "traits" and read_key(name, spelling)[0] is not None
        found = f"{quote(name)} = {describe(resolve(event, where))}, stripped because {reason}"
        yield _broken("P804" if cohort else "P803", where, found)
    for kept in verdict.unplanned:
        if kept.name not in reasons and not verdict.is_blocked:
            yield _broken("P802", kept.pointer, quote(kept.name or ""))


def plan_faults(document: Any, spelling: TraitKeyFormat) -> Iterator[Violation]:
    """Yield what is wrong with a plan."""
    try:
        read = plan(document)
    except BadPlan as error:
        yield _broken("P811", "", str(error))
        return
    seen: set[tuple[str, str | None, int]] = set()
    for index, entry in enumerate(read.rules):
        where: list[str | int] = ["rules", index]
        try:
            entry.validator()
        except BadPlan as error:
            yield _broken("P812", pointer([*where, "jsonSchema"]), str(error))
        identity = (entry.kind, entry.key, entry.version)
        if identity in seen:
            yield _broken("P814", pointer(where), str(entry))
        seen.add(identity)
        for path, pattern in _patterns(entry.schema, [*where, "jsonSchema"]):
            if _NOT_RE2.search(pattern):
                yield _broken("P813", pointer(path), f"the pattern {quote(pattern)}")
        if entry.kind == "IDENTIFY":
            yield from _identify_faults(entry.schema, [*where, "jsonSchema", "properties", "traits"], spelling)
    if len(read.rules) > _UPDATE:
        yield _broken("P817", "/rules", f"{len(read.rules)} rules")


def _identify_faults(schema: dict[str, Any], where: list[str | int], spelling: TraitKeyFormat) -> Iterator[Violation]:
    traits = (schema.get("properties") or {}).get("traits")
    if not isinstance(traits, dict):
        return
    for name in traits.get("required") or ():
        yield _broken("P815", pointer([*where, "required"]), f"the trait {quote(str(name))}")
    if traits.get("patternProperties"):
        yield _broken("P818", pointer([*where, "patternProperties"]), describe(traits["patternProperties"]))
    for name, planned in (traits.get("properties") or {}).items():
        kinds = planned.get("type", "boolean") if isinstance(planned, dict) else "boolean"
        allowed = {"boolean", "null"}.issuperset([kinds] if isinstance(kinds, str) else kinds)
        if not allowed and read_key(name, spelling)[0] is not None:
            yield _broken("P816", pointer([*where, "properties", name, "type"]), describe(kinds))


def _patterns(schema: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    pending = [(path, schema)]
    while pending:
        where, value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                yield [*where, "pattern"], value["pattern"]
            for name in value.get("patternProperties") or ():
                yield [*where, "patternProperties", name], name
            pending.extend(([*where, name], inner) for name, inner in value.items())
        elif isinstance(value, list):
            pending.extend(([*where, index], inner) for index, inner in enumerate(value))


def _versions(read: Plan, event: dict[str, Any]) -> str:
    return ", ".join(str(entry.version) for entry in read.versions(event))


def _broken(code: str, where: str, found: str, expected: str | None = None) -> Violation:
    return Violation.of(rule(code), Observation(where, found, expected))
