"""An event with what became of it, as the control plane shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_core.clock import iso
from mock_core.journal import Entry
from mock_segment.captures import PLACES, Capture
from mock_segment.normalise import DEEP, message_id_of, normalise
from mock_segment.notes import notes_on
from mock_segment.verdicts import DELIVERED, REFUSED, Verdict


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its verdict: where it lies in the journal, when it came, what it is and became.

    `delivered_at` is in milliseconds, None as long as the event is held back or when it never will be.
    """

    capture: Capture
    index: int
    delivered_at: int | None
    verdict: Verdict

    @property
    def position(self) -> int:
        return self.capture.position(self.index)

    @property
    def raw(self) -> dict[str, Any]:
        """The event as it was sent; an empty object for an item that is none."""
        item = self.capture.items[self.index]
        return item if isinstance(item, dict) else {}

    @property
    def message_id(self) -> Any:
        """The messageId it was sent with, or the one that ingest gave it; None for an item that is no object."""
        item = self.capture.items[self.index]
        return message_id_of(item, self.position) if isinstance(item, dict) else None

    def outcome(self) -> dict[str, Any]:
        """Say what became of it, without the event itself."""
        raw = self.raw
        is_delivered = self.verdict.verdict == DELIVERED and self.delivered_at is not None
        return {
            "position": self.position,
            "entry": self.capture.seq,
            "index": self.index,
            "received_at": iso(self.capture.at),
            "delivered_at": iso(self.delivered_at) if is_delivered and self.delivered_at is not None else None,
            "write_key": self.capture.write_key,
            "type": raw.get("type"),
            "user_id": raw.get("userId"),
            "message_id": self.message_id,
            **self.verdict.as_dict(),
        }

    def as_dict(self, *, merge_depth: int = DEEP) -> dict[str, Any]:
        """Say all of it: what became of it, what Segment would hand on, what is odd about it."""
        event = normalise(self.capture, self.index, merge_depth=merge_depth)
        return {
            **self.outcome(),
            "event": event,
            "notes": list(notes_on(self.capture, self.index)),
        }


def refusal_outcome(entry: Entry) -> dict[str, Any] | None:
    """Say what became of an upload that the edge, or a fault before it, did not take; None for any other call."""
    data = entry.data
    if "stored" in data:
        return None
    refused = data.get("refused")
    if refused is None:
        if not data.get("faults") or data["method"] != "POST" or 200 <= data["status"] < 300:
            return None
        refused = {"code": str(data["status"] or "reset"), "message": f"a fault: {', '.join(data['faults'])}"}
    return {
        "position": entry.seq * PLACES,
        "entry": entry.seq,
        "index": None,
        "received_at": iso(entry.at),
        "delivered_at": None,
        "write_key": None,
        "type": None,
        "user_id": None,
        "message_id": None,
        "verdict": REFUSED,
        "code": refused["code"],
        "reason": refused["message"],
    }
