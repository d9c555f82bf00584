"""What became of an event at a destination, in one word and in more (segment facts 5.7: the pipeline view)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from downstream.destination import Sent

REACHED: Final = "reached"
WITHOUT: Final = "without the trait"
REFUSED: Final = "refused"
NOT_TRIGGERED: Final = "not triggered"
FILTERED: Final = "filtered"
SWITCHED_OFF: Final = "switched off"
WAITING: Final = "waiting"
RETRYING: Final = "retrying"
GIVEN_UP: Final = "given up"
VERDICTS: Final = (REACHED, WITHOUT, REFUSED, NOT_TRIGGERED, FILTERED, SWITCHED_OFF, RETRYING, GIVEN_UP, WAITING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict and why; `carried` are the traits a vendor took, by the event's key: the vendor's key, the value."""

    verdict: str
    reason: str = ""
    carried: Mapping[str, Any] = field(default_factory=dict)
    missing: Sequence[str] = ()
    actions: Sequence[str] = ()


def judged(
    sent: Sent, carried: Mapping[str, Any], traits: Sequence[str], *, is_called: bool, due: int | None
) -> Outcome:
    """Say what became of an event that a destination was given.

    `is_called` says whether it called its vendor. `carried` is what requests that the vendor took had of its `traits`;
    `due` is when it is tried again, None for never.
    """
    failure = sent.failure
    missing = [trait for trait in traits if trait not in carried]
    actions = tuple(sent.actions)
    if failure is not None:
        status = "" if failure.status is None else f" {failure.status}"
        reason = f"{failure.reason}{status}: {failure.message}"
        if not failure.again:
            who = "the vendor" if failure.status is not None and is_called else "the destination, before it called"
            return Outcome(REFUSED, f"by {who}: {reason}", carried, missing, actions)
        return Outcome(GIVEN_UP if due is None else RETRYING, reason, carried, missing, actions)
    if not is_called:
        why = "its actions called nobody" if actions else "no action of it is set off by this event"
        return Outcome(NOT_TRIGGERED, why, {}, missing, actions)
    if missing:
        what = ", ".join(missing)
        return Outcome(WITHOUT, f"the vendor was called, and {what} was not in it", carried, missing, actions)
    return Outcome(REACHED, "", carried, (), actions)
