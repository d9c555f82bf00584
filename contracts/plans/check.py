"""Plan verdicts as violations of rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from contracts.catalogue import rule
from contracts.explain import describe, pointer, quote, resolve
from contracts.plans.plan import Plan
from contracts.plans.verdict import PlanJudge, PlanVerdict
from contracts.rule import Observation, Violation
from contracts.sequences import read_key
from contracts.trait_key import TraitKeyFormat

_CODES: Final = {"Required": "P805", "Invalid Type": "P806"}


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
        count = len(verdict.violations)
        why = f"{count} violation" + "s" * (count > 1) if count else "an unplanned event"
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


def _versions(read: Plan, event: dict[str, Any]) -> str:
    return ", ".join(str(entry.version) for entry in read.versions(event))


def _broken(code: str, where: str, found: str, expected: str | None = None) -> Violation:
    return Violation.of(rule(code), Observation(where, found, expected))
