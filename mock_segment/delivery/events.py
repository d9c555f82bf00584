"""An event with what became of it, as the control plane shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.limits import BATCH_BYTES
from mock_core.clock import iso
from mock_core.exchange import Call
from mock_core.journal import Entry
from mock_segment.delivery.captures import PLACES, Capture
from mock_segment.delivery.normalise import API_VERSION, DEEP, message_id_of, normalise
from mock_segment.delivery.notes import notes_on
from mock_segment.delivery.verdicts import DELIVERED, EMPTY_BATCH, REFUSED, Verdict
from mock_segment.edge import BATCH, Refused, inflate, parse_object, pixel_payload


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

    def as_dict(self, *, merge_depth: int = DEEP, version: int = API_VERSION) -> dict[str, Any]:
        """Say all of it: what became of it, what Segment would hand on, what is odd about it."""
        event = normalise(self.capture, self.index, merge_depth=merge_depth, version=version)
        return {
            **self.outcome(),
            "event": event,
            "notes": list(notes_on(self.capture, self.index)),
        }


def lost_events(capture: Capture, status: int) -> Iterator[Event]:
    """Yield the events of a call that a fault did not store although it stored others."""
    lost = capture.sent[capture.kept :]
    if not lost:
        return
    whole = replace(capture, items=[*capture.items, *lost])
    reason = f"a fault stored the first {capture.kept} of {len(capture.sent)} events"
    for index in range(len(capture.items), len(whole.items)):
        yield Event(whole, index, None, Verdict(REFUSED, str(status), reason))


def empty_batch_outcome(capture: Capture) -> dict[str, Any]:
    """Say what became of a batch of nothing."""
    return _of_a_call(capture.seq, capture.at, EMPTY_BATCH, write_key=capture.write_key)


def refusal_outcome(entry: Entry) -> dict[str, Any] | None:
    """Say what became of an upload that the edge, or a fault before it, did not take; None for any other call.

    Whose it was is told as far as it could be read; an upload of one event tells of the event.
    """
    data = entry.data
    refused = data.get("refused")
    if "stored" in data or refused is None:
        return None
    kind = data.get("upload")
    event = {} if kind is None or kind == BATCH else {"type": kind, **_event_sent(entry)}
    return _of_a_call(
        entry.seq,
        entry.at,
        Verdict(REFUSED, refused["code"], refused["message"]),
        write_key=data.get("write_key"),
        type=event.get("type"),
        user_id=event.get("userId"),
        message_id=event.get("messageId"),
    )


def _event_sent(entry: Entry) -> dict[str, Any]:
    data = entry.data
    call = Call(data["method"], data["path"], headers=data["headers"], body=entry.body or b"")
    try:
        event = pixel_payload(data["query"]) if data["method"] == "GET" else parse_object(inflate(call, BATCH_BYTES))
    except Refused:
        return {}
    return {name: value for name, value in event.items() if value is not None}


def _of_a_call(seq: int, at: int, verdict: Verdict, **known: Any) -> dict[str, Any]:
    return {
        "position": seq * PLACES,
        "entry": seq,
        "index": None,
        "received_at": iso(at),
        "delivered_at": None,
        "write_key": None,
        "type": None,
        "user_id": None,
        "message_id": None,
        **known,
        **verdict.as_dict(),
    }
