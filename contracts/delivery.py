"""Delivery: would Segment keep this event, or discard it without a word?

The edge answers 200 either way (segment facts 0 [doc][obs]). An event has its `type` set here; a null id counts
as absent (segment facts 1.12 [inferred]).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.judging import Judge
    from contracts.rule import Violation

__all__ = ["are_deliverable", "discard_reason", "is_deliverable"]

Gate = Callable[[object], bool]


# Rules are read and compiled when the first event is judged: a lab that only answers is up a tenth sooner.
@cache
def _judges() -> tuple[Mapping[str, Judge], Judge]:
    """Return who judges calls of each type, and who judges any other."""
    from contracts.catalogue import rules_of  # noqa: PLC0415 - as said above
    from contracts.judging import CALLS, Judge  # noqa: PLC0415
    from contracts.rule import Frame  # noqa: PLC0415
    from contracts.trait_key import trait_key_format  # noqa: PLC0415

    def judge(contract: str) -> Judge:
        discards = tuple(rule for rule in rules_of(contract) if rule.code.startswith("D"))
        return Judge(discards, Frame(None, trait_key_format()))

    return {call: judge(call) for call in CALLS}, judge("event")


@cache
def _gates() -> tuple[Mapping[object, Gate], Gate]:
    judges, anybody = _judges()
    return {call: judge.gate.is_valid for call, judge in judges.items()}, anybody.gate.is_valid


@cache
def _batch_gate() -> Gate:
    from contracts.catalogue import all_rules  # noqa: PLC0415 - as above
    from contracts.explain import validator  # noqa: PLC0415
    from contracts.judging import by_type  # noqa: PLC0415
    from contracts.rule import Frame  # noqa: PLC0415
    from contracts.trait_key import trait_key_format  # noqa: PLC0415

    discards = [rule for rule in all_rules() if rule.code[0] == "D" and "batch" not in rule.contracts]
    items = by_type(discards, Frame(None, trait_key_format()))
    return validator({"$defs": items.pop("$defs"), "type": "array", "items": items}).is_valid


def is_deliverable(event: dict[str, Any]) -> bool:
    """Say whether Segment would keep the event; one call of a compiled validator."""
    gates, any_gate = _gates()
    try:
        return gates.get(event.get("type"), any_gate)(event)
    except TypeError:  # a `type` that is an array or an object
        return any_gate(event)


def are_deliverable(events: Sequence[dict[str, Any]]) -> bool:
    """Say whether Segment would keep every one of these events; one call for the whole batch."""
    return _batch_gate()(events)


def discard_reason(event: dict[str, Any]) -> Violation | None:
    """Return the first reason for which Segment would discard the event, or None.

    Segment publishes the codes and not the order in which it looks; ours is type, ids, then fields [inferred].
    """
    kind = event.get("type")
    judges, anybody = _judges()
    judge = judges.get(kind, anybody) if isinstance(kind, str) else anybody
    return next(judge.violations(event), None)
