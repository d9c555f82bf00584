"""Delivery: would Segment keep this event, or discard it without a word?

The edge answers 200 either way (segment facts 0 [doc][obs]). An event has its `type` set here; a null id counts
as absent (segment facts 1.12 [inferred]).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contracts.catalogue import all_rules, rules_of
from contracts.explain import validator
from contracts.judging import CALLS, Judge, by_type
from contracts.rule import Frame, Rule, Violation
from contracts.trait_key import trait_key_format

__all__ = ["are_deliverable", "discard_reason", "is_deliverable"]


def _discards(contract: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules_of(contract) if rule.code.startswith("D"))


_FRAME = Frame(None, trait_key_format())
_JUDGES = {call: Judge(_discards(call), _FRAME) for call in CALLS}
_ANY_JUDGE = Judge(_discards("event"), _FRAME)
_GATES: dict[object, Callable[[object], bool]] = {call: judge.gate.is_valid for call, judge in _JUDGES.items()}
_ANY_GATE: Callable[[object], bool] = _ANY_JUDGE.gate.is_valid
_ITEMS = by_type([rule for rule in all_rules() if rule.code[0] == "D" and "batch" not in rule.contracts], _FRAME)
_BATCH_GATE: Callable[[object], bool] = validator(
    {"$defs": _ITEMS.pop("$defs"), "type": "array", "items": _ITEMS}
).is_valid


def is_deliverable(event: dict[str, Any]) -> bool:
    """Say whether Segment would keep the event; one call of a compiled validator."""
    try:
        return _GATES.get(event.get("type"), _ANY_GATE)(event)
    except TypeError:  # a `type` that is an array or an object
        return _ANY_GATE(event)


def are_deliverable(events: Sequence[dict[str, Any]]) -> bool:
    """Say whether Segment would keep every one of these events; one call for the whole batch."""
    return _BATCH_GATE(events)


def discard_reason(event: dict[str, Any]) -> Violation | None:
    """Return the first reason for which Segment would discard the event, or None.

    Segment publishes the codes and not the order in which it looks; ours is type, ids, then fields [inferred].
    """
    kind = event.get("type")
    judge = _JUDGES.get(kind, _ANY_JUDGE) if isinstance(kind, str) else _ANY_JUDGE
    return next(judge.violations(event), None)
