"""A tracking plan as Segment exports it: rules, each a draft-07 schema over the whole event.

Read from the Public API's answers, from Typewriter's plan.json, or from the older Config API shape (segment facts
5.6 [sdk]).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import jsonschema_rs

from contracts.errors import BadPlan

KINDS: Final = ("TRACK", "IDENTIFY", "GROUP", "PAGE", "SCREEN", "COMMON")
_VIEWED: Final = {"page": "Page Viewed", "screen": "Screen Viewed"}


@dataclass(frozen=True, slots=True, eq=False)
class PlanRule:
    """Hold one rule of a plan."""

    kind: str
    key: str | None
    version: int
    schema: dict[str, Any]

    def validator(self) -> jsonschema_rs.Draft7Validator:
        """Compile the rule's schema; raise `BadPlan` when it is no schema."""
        try:
            return jsonschema_rs.Draft7Validator(self.schema, offline=True)
        except (jsonschema_rs.ValidationError, ValueError) as error:
            first = str(error).partition("\n")[0]
            detail = f"the jsonSchema of {self} is not a valid draft-07 schema: {first}. Correct the plan."
            raise BadPlan(detail) from None

    def names(self, name_field: str) -> frozenset[str]:
        """Return the names that the rule plans in `properties` or `traits`."""
        part = self.schema.get("properties", {}).get(name_field, {})
        properties = part.get("properties", {}) if isinstance(part, dict) else {}
        return frozenset(properties) if isinstance(properties, dict) else frozenset()

    def __str__(self) -> str:
        key = f" {self.key!r}" if self.key else ""
        return f"{self.kind}{key} version {self.version}"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Hold a plan's rules by what they are for, oldest version first."""

    name: str
    rules: tuple[PlanRule, ...]
    plan_id: str = ""
    _index: dict[tuple[str, str | None], list[PlanRule]] = field(default_factory=dict)

    def versions(self, event: dict[str, Any]) -> list[PlanRule]:
        """Return the rules for an event's call and name, oldest version first; empty when it is unplanned."""
        call = event.get("type")
        if call == "track":
            return self._index.get(("TRACK", _text(event.get("event"))), [])
        if call in ("identify", "group"):
            return self._index.get((call.upper(), None), [])
        if call in _VIEWED:
            wanted = ((call.upper(), _text(event.get("name"))), (call.upper(), None), ("TRACK", _VIEWED[call]))
            return next((self._index[key] for key in wanted if key in self._index), [])
        return []

    def common(self) -> PlanRule | None:
        """Return the rule that every event is held to, if there is one."""
        found = self._index.get(("COMMON", None), [])
        return found[0] if found else None


def plan(document: Any) -> Plan:
    """Read a plan; raise `BadPlan` with the place of what is wrong."""
    name, plan_id, entries = _unwrap(document)
    rules = tuple(_rule(index, entry) for index, entry in enumerate(entries))
    index: dict[tuple[str, str | None], list[PlanRule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.version):
        keyless = rule.kind in ("IDENTIFY", "GROUP", "COMMON")
        index.setdefault((rule.kind, None if keyless else rule.key or None), []).append(rule)
    return Plan(name, rules, plan_id, index)


def _unwrap(document: Any) -> tuple[str, str, list[Any]]:
    """Find the rules in any of the shapes in which they are exported."""
    name = plan_id = ""
    for _ in range(4):  # data, trackingPlan, rules
        if isinstance(document, list):
            return name, plan_id, document
        if not isinstance(document, dict):
            break
        name = str(document.get("name") or document.get("display_name") or name)
        plan_id = str(document.get("resourceSchemaId") or document.get("id") or plan_id)
        inner = document.get("rules")
        if isinstance(inner, dict):
            return name, plan_id, list(_old_rules(inner))
        document = inner if inner is not None else document.get("data", document.get("trackingPlan"))
    detail = "the file is not a tracking plan: expected `rules`, as the Public API or Typewriter export them"
    raise BadPlan(detail)


def _old_rules(rules: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Turn the Config API's shape into rules."""
    for event in rules.get("events") or ():
        if isinstance(event, dict):
            yield {
                "type": "TRACK",
                "key": event.get("name"),
                "version": event.get("version", 1),
                "jsonSchema": event.get("rules"),
            }
    for kind, name in (("IDENTIFY", "identify"), ("GROUP", "group"), ("COMMON", "global")):
        if rules.get(name):
            yield {"type": kind, "key": None, "version": 1, "jsonSchema": rules[name]}


def _rule(index: int, entry: Any) -> PlanRule:
    if not isinstance(entry, dict) or entry.get("type") not in KINDS:
        detail = f"rules[{index}] has no type of {', '.join(KINDS)}"
    elif not isinstance(entry.get("jsonSchema"), dict):
        detail = f"rules[{index}] has no jsonSchema object"
    elif entry["type"] == "TRACK" and not isinstance(entry.get("key"), str):
        detail = f"rules[{index}] is of type TRACK and its key is not the name of an event"
    elif not isinstance(entry.get("version", 1), int):
        detail = f"rules[{index}] has a version that is not an integer"
    else:
        return PlanRule(entry["type"], entry.get("key"), entry.get("version", 1), entry["jsonSchema"])
    raise BadPlan(f"{detail}; export the plan's rules with the Public API")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
