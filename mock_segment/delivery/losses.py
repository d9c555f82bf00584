"""Losses: events that a client sent, that Segment never had, and that never came again.

An attempt that was refused is no loss as long as a later one arrives, and one that arrived before is none either. Two
attempts are of one event when they have one messageId, as Segment itself would say (segment facts 1.9 [doc]); without
one, when they are the same to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from mock_core.deep_json import write_json
from mock_segment.delivery.events import Event
from mock_segment.delivery.verdicts import DELIVERED, DUPLICATE

_BY_THE_ATTEMPT = frozenset({"sentAt", "writeKey"})


@dataclass(frozen=True, slots=True)
class LostEvent:
    """An event that is lost: its last attempt, how that was refused, how many attempts there were, and what it was."""

    position: int
    entry: int
    index: int
    received_at: str
    write_key: str | None
    type: str | None
    user_id: Any
    message_id: Any
    code: str
    reason: str
    attempts: int
    event: Mapping[str, Any] = field(default_factory=dict)


def lost(refused: Iterable[Event], all_events: Iterable[Event]) -> list[LostEvent]:
    """Return the refused events, each by its last attempt, of which none of `all_events` is one that arrived."""
    last: dict[object, Event] = {}
    attempts: dict[object, int] = {}
    for event in refused:
        identity = _identity(event)
        last.pop(identity, None)  # or it would keep the place of its first attempt
        last[identity] = event
        attempts[identity] = attempts.get(identity, 0) + 1
    if last:
        for event in all_events:
            if event.verdict.verdict in {DELIVERED, DUPLICATE}:
                last.pop(_identity(event), None)
    return [_told(event, attempts[identity]) for identity, event in last.items()]


def _identity(event: Event) -> object:
    message_id = event.raw.get("messageId")
    if isinstance(message_id, str) and message_id:
        return message_id
    item = event.capture.items[event.index]
    if isinstance(item, dict):
        item = {name: value for name, value in sorted(item.items()) if name not in _BY_THE_ATTEMPT}
    return blake2b(write_json(item), digest_size=16).digest()


def _told(event: Event, attempts: int) -> LostEvent:
    outcome = event.outcome()
    for name in ("delivered_at", "verdict"):
        del outcome[name]
    return LostEvent(**outcome, attempts=attempts, event=event.raw)
