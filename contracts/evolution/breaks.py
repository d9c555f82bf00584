"""Evolution: what breaks between two versions of a contract or plan, each break with a payload that proves it.

Producers break where the old version takes a payload that the new one refuses, consumers where the new version
lets through what the old one kept away. A claim is only made with a witness that was judged by both versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from contracts.errors import BadInput
from contracts.evolution.assertions import Assertion, assertions
from contracts.evolution.witness import Witnesses
from contracts.plans import Plan, PlanRule, plan

Verdict = Callable[[Any], bool]
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """Hold one break: for whom, where, what changed, and a payload on which the versions differ."""

    who: str
    where: str
    change: str
    witness: Any
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "breaks": self.who,
            "where": self.where,
            "change": self.change,
            "why": self.why,
            "witness": self.witness,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold what breaks; `proven` says that nothing else does, for producers and for consumers."""

    breaks: tuple[Break, ...]
    proven: dict[str, bool]


_WHY: Final = {
    "producers": "valid before, refused now",
    "consumers": "refused before, let through now",
}


def compare(old: Any, new: Any) -> Comparison:
    """Compare two documents, both JSON Schemas or both tracking plans; raise `BadInput` when they are not."""
    plans = [
        isinstance(it, list) or (isinstance(it, dict) and bool(it.keys() & {"rules", "data"})) for it in (old, new)
    ]
    if plans[0] != plans[1]:
        raise BadInput("one version is a tracking plan and the other a schema; compare two of a kind")
    if plans[0]:
        return compare_plans(plan(old), plan(new))
    if not isinstance(old, dict) or not isinstance(new, dict):
        raise BadInput("a version is neither a tracking plan nor a JSON Schema; expected an object")
    return compare_schemas(old, new)


def compare_schemas(old: Schema, new: Schema) -> Comparison:
    """Compare two JSON Schemas; raise `BadInput` when one is no schema."""
    sides, proven = _sides(old, new), _proof(old, new)
    breaks = list(_breaks(sides, {}, ""))
    for who, takes, refuses in sides.directions():
        if not proven[who] and not any(found.who == who for found in breaks):
            witness = Witnesses(old, new, {}).any(takes, refuses)
            if witness is not None:
                breaks.append(Break(who, "/", "several keywords together", witness.payload, _WHY[who]))
    return Comparison(tuple(breaks), proven)


def compare_plans(old: Plan, new: Plan) -> Comparison:
    """Compare two tracking plans, newest versions of each rule: events that are planned, valid and kept whole."""
    breaks: list[Break] = []
    before, after = _newest(old), _newest(new)
    proven = {"producers": True, "consumers": True}
    for key in sorted({*before, *after}, key=str):
        name = " ".join(filter(None, key))
        schemas = [_whole(rules.get(key)) for rules in (before, after)]
        if key not in before or key not in after:
            present = _whole(before.get(key) or after.get(key))
            who, change = (
                ("producers", "planned before, unplanned now") if key in before else ("consumers", "new in the plan")
            )
            witness = Witnesses(present, present, _shell(*key)).taken(_judge(present, "plan's"))
            if witness is not None and key[0] != "COMMON":
                breaks.append(Break(who, name, change, witness.payload, _WHY[who]))
            continue
        sides = _Sides(schemas[0], schemas[1], _judge(schemas[0], "old"), _judge(schemas[1], "new"))
        breaks += _breaks(sides, _shell(*key), name)
        proven = {who: proven[who] and yes for who, yes in _proof(schemas[0], schemas[1]).items()}
    return Comparison(
        tuple(breaks), {who: yes or (not any(b.who == who for b in breaks) and yes) for who, yes in proven.items()}
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Hold two versions and what judges by them."""

    old: Any
    new: Any
    takes_old: Any
    takes_new: Any

    def directions(self) -> tuple[tuple[str, Any, Any], ...]:
        """Return who breaks when the one version takes what the other refuses."""
        return (("producers", self.takes_old, self.takes_new), ("consumers", self.takes_new, self.takes_old))


def _sides(old: Schema, new: Schema) -> _Sides:
    return _Sides(old, new, _judge(old, "old"), _judge(new, "new"))


def _breaks(sides: _Sides, shell: dict[str, Any], prefix: str) -> Iterator[Break]:
    """Yield a break for each changed assertion that a witness can be found for, in either direction."""
    before, after = set(assertions(sides.old)), set(assertions(sides.new))
    witnesses = Witnesses(sides.old, sides.new, shell)
    told: set[tuple[str, str, str, str]] = set()
    for changed in sorted(before ^ after, key=Assertion.sort_key):
        others = before if changed in after else after
        twin = next((found for found in others - (before & after) if found.same_place(changed)), None)
        for who, takes, refuses in sides.directions():
            witness = witnesses.find(changed, takes, refuses)
            name = changed.value if changed.keyword == "required" else ""
            place = (who, changed.where(), changed.keyword, name)
            if witness is not None and place not in told:
                told.add(place)
                change = _change(changed, changed in before, None if changed.keyword == "required" else twin)
                where = " ".join(filter(None, (prefix, changed.where())))
                yield Break(
                    who,
                    where,
                    change if changed.keyword == "described" else f"{changed.keyword}: {change}",
                    witness.payload,
                    _WHY[who],
                )


def _change(changed: Assertion, was_there: bool, twin: Assertion | None) -> str:
    if changed.keyword == "described":
        return "named before, not now" if was_there else "named now, not before"
    other = twin.shown() if twin else "nothing"
    old, new = (changed.shown(), other) if was_there else (other, changed.shown())
    return f"{old} before, {new} now"


def _proof(old: Schema, new: Schema) -> dict[str, bool]:
    """Say, where the library can, that one version takes everything the other takes."""
    try:
        before, after = jsonschema_rs.canonicalize(old), jsonschema_rs.canonicalize(new)
        yes = jsonschema_rs.canonical.Containment.YES
        return {"producers": after.covers(before) == yes, "consumers": before.covers(after) == yes}
    except (ValueError, TypeError):
        return {"producers": False, "consumers": False}


def _judge(schema: Schema, which: str) -> Any:
    try:
        return jsonschema_rs.validator_for(schema, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise BadInput(f"the {which} version is not a JSON Schema: {first}") from None


def _newest(version: Plan) -> dict[tuple[str, str | None], PlanRule]:
    return {(rule.kind, rule.key): rule for rule in sorted(version.rules, key=lambda rule: rule.version)}


def _shell(kind: str, key: str | None) -> dict[str, Any]:
    """Return the event around what a rule describes."""
    event: dict[str, Any] = {"type": kind.lower() if kind != "COMMON" else "track", "userId": "user-001"}
    return {**event, "event": key} if kind == "TRACK" else event


def _whole(rule: PlanRule | None) -> Schema:
    """Return a rule's schema that also refuses names that are not planned; no rule takes nothing."""
    if rule is None:
        return {"not": {}}
    if rule.kind == "COMMON":
        return rule.schema
    part = "traits" if rule.kind in ("IDENTIFY", "GROUP") else "properties"
    properties = rule.schema.get("properties") or {}
    closed = {"additionalProperties": False, **(properties.get(part) or {})}
    return {**rule.schema, "properties": {**properties, part: closed}}
