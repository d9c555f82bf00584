"""Evolution: what breaks between two versions of a contract or plan, each break with a payload that proves it.

Producers break where the old version takes a payload that the new one refuses, consumers where the new version
lets through what the old one kept away. A claim is only made with a witness that was judged by both versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import BadInput
from contracts.evolution.assertions import Assertion, assertions, unfolds_beyond
from contracts.evolution.budget import PLAN, SCHEMA, Budget
from contracts.evolution.sides import (
    DRAFT_7,
    UNFOLDED,
    RuleSide,
    Schema,
    Side,
    proof,
    proof_of_rules,
    read,
    schema_side,
)
from contracts.evolution.witness import Witnesses
from contracts.explain import pointer
from contracts.plans import Plan, PlanRule, plan


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
    """Hold what breaks; `proven` says that nothing else does, for producers and for consumers.

    `skipped` are rules that could not be compared, in words; `is_whole` says that every change was looked at.
    """

    breaks: tuple[Break, ...]
    proven: dict[str, bool]
    skipped: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Sides:
    """Hold two versions and what judges by them."""

    old: Any
    new: Any
    takes_old: Side
    takes_new: Side

    def directions(self) -> tuple[tuple[str, Side, Side], ...]:
        """Return who breaks when the one version takes what the other refuses."""
        return (("producers", self.takes_old, self.takes_new), ("consumers", self.takes_new, self.takes_old))


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
    return compare_plans(plan(old), plan(new)) if plans[0] else compare_schemas(old, new)


def compare_schemas(old: Any, new: Any) -> Comparison:
    """Compare two JSON Schemas; raise `BadInput` when one is no schema."""
    before, after = read(old, "old"), read(new, "new")
    sides = _Sides(before, after, schema_side(before, "old"), schema_side(after, "new"))
    proven, search = proof(before, after), _Search(sides, {}, Budget(SCHEMA))
    breaks = list(search.breaks(""))
    for who, takes, refuses in sides.directions():
        if not proven[who] and not any(found.who == who for found in breaks):
            witness = search.witnesses.any(takes, refuses)
            if witness is not None:
                breaks.append(Break(who, "/", "several keywords together", witness.payload, _WHY[who]))
    return Comparison(tuple(breaks), proven, (), search.is_whole)


def compare_plans(old: Plan, new: Plan) -> Comparison:
    """Compare two tracking plans, newest versions of each rule: events that are planned, valid and kept whole."""
    breaks: list[Break] = []
    skipped = [*_unread(old, "old"), *_unread(new, "new")]
    before, after = _newest(old), _newest(new)
    proven, is_whole, budget = {"producers": not skipped, "consumers": not skipped}, True, Budget(PLAN)
    for key in sorted({*before, *after}, key=str):
        name = " ".join(filter(None, key))
        pair = {"old": before.get(key), "new": after.get(key)}
        if pair["old"] and pair["new"] and pair["old"].document == pair["new"].document:
            continue
        faults = [found for which, rule in pair.items() if rule is not None for found in _faults(rule, which, name)]
        if faults:
            skipped += faults
            proven = dict.fromkeys(proven, False)
            continue
        versions = [_whole(rule) for rule in pair.values()]
        sides = _Sides(versions[0], versions[1], RuleSide(versions[0]), RuleSide(versions[1]))
        search = _Search(sides, _shell(*key), budget.part(SCHEMA))
        if pair["old"] and pair["new"]:
            breaks += search.breaks(name)
            proven = {who: proven[who] and yes for who, yes in proof_of_rules(sides.old, sides.new).items()}
        elif key[0] != "COMMON" and not (new if pair["new"] is None else old).missing:
            breaks += search.presence(name)
        is_whole = is_whole and search.is_whole
    return Comparison(tuple(breaks), proven, tuple(skipped), is_whole)


class _Search:
    """Look for breaks between two versions."""

    def __init__(self, sides: _Sides, shell: dict[str, Any], budget: Budget) -> None:
        self._sides, self._budget = sides, budget
        (before, is_old_whole), (after, is_new_whole) = assertions(sides.old), assertions(sides.new)
        self._before, self._after = set(before), set(after)
        self._are_all = is_old_whole and is_new_whole
        self.witnesses = Witnesses(sides.old, sides.new, self._before | self._after, shell, budget)

    @property
    def is_whole(self) -> bool:
        """Say whether every change was looked at as long as it takes."""
        return self._are_all and not self._budget.is_short

    def breaks(self, prefix: str) -> Iterator[Break]:
        """Yield a break for each changed assertion that a witness can be found for, in either direction."""
        told: set[tuple[str, str, str, str]] = set()
        twins = {(fact.path, fact.keyword, fact in self._before): fact for fact in self._before ^ self._after}
        for changed in sorted(self._before ^ self._after, key=Assertion.sort_key):
            if self._budget.is_over:
                self._budget.miss()
                return
            was_there = changed in self._before
            twin = twins.get((changed.path, changed.keyword, not was_there))
            for who, takes, refuses in self._sides.directions():
                name = changed.value if changed.keyword == "required" else ""
                place = (who, changed.where(), changed.keyword, name)
                witness = None if place in told else self.witnesses.find(changed, takes, refuses)
                if witness is not None:
                    told.add(place)
                    where = " ".join(filter(None, (prefix, changed.where())))
                    change = _change(changed, was_there, None if changed.keyword == "required" else twin)
                    yield Break(who, where, change, witness.payload, _WHY[who])

    def presence(self, name: str) -> Iterator[Break]:
        """Yield the break of a rule that only one of the plans has."""
        changes = {"producers": "planned before, unplanned now", "consumers": "new in the plan"}
        for who, takes, _ in self._sides.directions():
            witness = self.witnesses.taken(takes)
            if witness is not None:
                yield Break(who, name, changes[who], witness.payload, _WHY[who])


def _change(changed: Assertion, was_there: bool, twin: Assertion | None) -> str:
    if changed.keyword == "described":
        return "named before, not now" if was_there else "named now, not before"
    other = twin.shown() if twin else "nothing"
    old, new = (changed.shown(), other) if was_there else (other, changed.shown())
    return f"{changed.keyword}: {old} before, {new} now"


def _unread(version: Plan, which: str) -> Iterator[str]:
    """Yield, in words, what of a plan is not there to be compared."""
    for bad in version.bad_rules:
        yield f"{which} version, {pointer([*bad.path])}: {bad.reason}"
    if version.missing is not None:
        yield f"{which} version: the file holds {version.missing}"


def _faults(rule: PlanRule, which: str, name: str) -> Iterator[str]:
    if unfolds_beyond(rule.document, UNFOLDED):
        yield f"{which} version, {name}: its references unfold into more than {UNFOLDED:,} schemas for one value"
    for fault in rule.schema.faults:
        if not fault.is_clear:
            where = pointer([*rule.schema_path, *fault.path])
            yield f"{which} version, {name}, {where}: found {fault.found}; expected {fault.expected}"


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
    document = {**rule.document, "$schema": DRAFT_7}
    if rule.kind == "COMMON":
        return document
    part = "traits" if rule.kind in ("IDENTIFY", "GROUP") else "properties"
    properties = document.get("properties") or {}
    described = properties.get(part, True)
    closed = {"additionalProperties": False, **({} if described is True else described)} if described else False
    return {**document, "properties": {**properties, part: closed}}
