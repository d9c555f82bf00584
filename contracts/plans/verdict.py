"""What a tracking plan does to an event: violations, names that are stripped, and whether it is blocked.

Standard controls come first (unplanned names, then the rule's own schema), then the common rule; identify and
group calls are never blocked by their own rule, only by the common one (segment facts 5.6 [doc]).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.errors import BadPlan
from contracts.plans.plan import Plan, PlanRule
from contracts.plans.words import PlanViolation, unplanned, worded

Settings = Mapping[str, Any]

_PLANNED: Final = ("track", "identify", "group", "page", "screen")
_ALLOW: Final[Settings] = {
    "track": {
        "allowUnplannedEvents": True,
        "allowUnplannedEventProperties": True,
        "allowEventOnViolations": True,
        "allowPropertiesOnViolations": True,
        "commonEventOnViolations": "ALLOW",
    },
    "identify": {"allowUnplannedTraits": True, "allowTraitsOnViolations": True, "commonEventOnViolations": "ALLOW"},
    "group": {"allowUnplannedTraits": True, "allowTraitsOnViolations": True, "commonEventOnViolations": "ALLOW"},
}
_OMIT: Final[Settings] = {
    "track": {
        "allowUnplannedEventProperties": False,
        "allowPropertiesOnViolations": False,
        "commonEventOnViolations": "OMIT_PROPERTIES",
    },
    "identify": {
        "allowUnplannedTraits": False,
        "allowTraitsOnViolations": False,
        "commonEventOnViolations": "OMIT_TRAITS",
    },
    "group": {
        "allowUnplannedTraits": False,
        "allowTraitsOnViolations": False,
        "commonEventOnViolations": "OMIT_TRAITS",
    },
}
_BLOCK: Final[Settings] = {
    "track": {"allowUnplannedEvents": False, "allowEventOnViolations": False, "commonEventOnViolations": "BLOCK"},
    "identify": {"allowUnplannedTraits": False, "allowTraitsOnViolations": False, "commonEventOnViolations": "BLOCK"},
    "group": {"allowUnplannedTraits": False, "allowTraitsOnViolations": False, "commonEventOnViolations": "BLOCK"},
}
_CHOICES: Final = {"commonEventOnViolations": ("ALLOW", "BLOCK", "OMIT_PROPERTIES", "OMIT_TRAITS")}
ENFORCEMENTS: Final[Mapping[str, Settings]] = {"allow": {}, "omit": _OMIT, "block": _BLOCK}
"""Segment's `schemaSettings` for the three ways to enforce a plan; what is not named is allowed."""


@dataclass(slots=True)
class PlanVerdict:
    """Hold what becomes of an event. `delivered` is the event as destinations get it, or None when it is blocked."""

    rule: PlanRule | None
    is_planned: bool
    wrong_version: bool
    violations: list[PlanViolation] = field(default_factory=list)
    unplanned: list[PlanViolation] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)
    omitted_on_violation: list[str] = field(default_factory=list)
    is_blocked: bool = False
    delivered: dict[str, Any] | None = None

    def protocols(self, source_id: str = "") -> dict[str, Any]:
        """Return what Segment writes into `context.protocols`."""
        return {
            "omitted": self.omitted,
            "omitted_on_violation": self.omitted_on_violation,
            "sourceId": source_id,
            "violations": [violation.as_dict() for violation in self.violations],
        }


class PlanJudge:
    """Hold events to a plan under given settings."""

    def __init__(self, plan: Plan, settings: Settings | None = None) -> None:
        self.plan = plan
        self.settings = {call: {**defaults, **(settings or {}).get(call, {})} for call, defaults in _ALLOW.items()}
        self._names: dict[tuple[PlanRule | None, str], frozenset[str]] = {}

    def judge(self, event: dict[str, Any]) -> PlanVerdict:
        """Return what becomes of one event."""
        call = event.get("type")
        if call not in _PLANNED:
            return PlanVerdict(None, True, False, delivered=event)
        group = call if call in ("identify", "group") else "track"
        settings = self.settings[group]
        part = "traits" if group != "track" else "properties"
        versions = self.plan.versions(event)
        rule, wrong = _version(versions, event)
        verdict = PlanVerdict(rule, bool(versions), wrong)
        if rule is None and group == "track":
            verdict.is_blocked = not settings["allowUnplannedEvents"]
        else:
            self._standard(verdict, event, part, settings)
        self._common(verdict, event, part, settings)
        verdict.delivered = None if verdict.is_blocked else _without(event, part, verdict)
        return verdict

    def _standard(self, verdict: PlanVerdict, event: dict[str, Any], part: str, settings: Settings) -> None:
        values = event.get(part)
        planned = self._planned(verdict.rule, part)
        for name in values if isinstance(values, dict) else ():
            if name not in planned:
                verdict.unplanned.append(unplanned(part, name))
        if not settings["allowUnplannedEventProperties" if part == "properties" else "allowUnplannedTraits"]:
            verdict.omitted += [found.name for found in verdict.unplanned if found.name]
        if verdict.rule is None:
            return
        found = [worded(one) for one in verdict.rule.schema.refusals(event)]
        verdict.violations += found
        if found and part == "properties" and not settings["allowEventOnViolations"]:
            verdict.is_blocked = True
        if not settings["allowPropertiesOnViolations" if part == "properties" else "allowTraitsOnViolations"]:
            _omit(verdict, found, values)

    def _common(self, verdict: PlanVerdict, event: dict[str, Any], part: str, settings: Settings) -> None:
        common = self.plan.common()
        if common is None:
            return
        found = [worded(one) for one in common.schema.refusals(event)]
        verdict.violations += found
        if found and settings["commonEventOnViolations"] == "BLOCK":
            verdict.is_blocked = True
        elif settings["commonEventOnViolations"] != "ALLOW":
            _omit(verdict, found, event.get(part))

    def _planned(self, rule: PlanRule | None, part: str) -> frozenset[str]:
        """Return the names that a rule and the common rule plan, once for each rule."""
        if (rule, part) not in self._names:
            both = (found for found in (rule, self.plan.common()) if found is not None)
            self._names[rule, part] = frozenset().union(*(found.names(part) for found in both))
        return self._names[rule, part]


def settings_of(document: Any) -> Settings:
    """Check `schemaSettings` as Segment's Public API gives them; raise `BadPlan` when they are not."""
    if not isinstance(document, dict):
        detail = "plan settings must be an object with `track`, `identify` and `group`, as Segment's schemaSettings"
        raise BadPlan(detail)
    for call, chosen in document.items():
        if call not in _ALLOW:
            continue  # forwardingViolationsTo and its like
        if not isinstance(chosen, dict):
            detail = f"plan settings: {call} is not an object with Segment's switches, {', '.join(_ALLOW[call])}"
            raise BadPlan(detail)
        for name, value in chosen.items():
            if name not in _ALLOW[call] or value not in _CHOICES.get(name, (True, False)):
                known = ", ".join(_ALLOW[call])
                detail = f"plan settings: {call}.{name} = {value!r} is not one of Segment's; known: {known}"
                raise BadPlan(detail)
    return document


def _version(versions: list[PlanRule], event: dict[str, Any]) -> tuple[PlanRule | None, bool]:
    """Return the rule of the version that the event names, or the oldest; and whether the name was wrong."""
    if not versions:
        return None, False
    context = event.get("context")
    protocols = context.get("protocols") if isinstance(context, dict) else None
    wanted = protocols.get("event_version") if isinstance(protocols, dict) else None
    exact = [rule for rule in versions if rule.version == wanted and isinstance(wanted, int)]
    return (exact or versions)[0], wanted is not None and not exact


def _omit(verdict: PlanVerdict, found: list[PlanViolation], values: Any) -> None:
    present = values if isinstance(values, dict) else {}
    known = {*verdict.omitted, *verdict.omitted_on_violation}
    names = dict.fromkeys(violation.name for violation in found if violation.name is not None)
    verdict.omitted_on_violation += [name for name in names if name in present and name not in known]


def _without(event: dict[str, Any], part: str, verdict: PlanVerdict) -> dict[str, Any]:
    gone = {*verdict.omitted, *verdict.omitted_on_violation}
    if not gone:
        return event
    return {**event, part: {name: value for name, value in event[part].items() if name not in gone}}
