"""An event with what became of it, as the control plane shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mock_core.clock import iso
from mock_core.journal import Entry
from mock_segment.delivery.captures import PLACES, Capture
from mock_segment.delivery.normalise import API_VERSION, DEEP, dated, message_id_of, normalise
from mock_segment.delivery.notes import notes_on
from mock_segment.delivery.reading import id_text
from mock_segment.delivery.refusals import read_refusal, refusal_of
from mock_segment.delivery.verdicts import DELIVERED, EMPTY_BATCH, REFUSED, Verdict, unjudged
from mock_segment.edge import ANY_EVENT, BATCH


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
    def user_id(self) -> str | None:
        """The user it names, as text; None when it names none."""
        return id_text(self.raw.get("userId"))

    @property
    def dated(self) -> int:
        """The timestamp that Segment stores of it, in milliseconds."""
        return dated(self.capture, self.raw)

    @property
    def message_id(self) -> Any:
        """The messageId it was sent with, or the one that ingest gave it; None for an item that is no object."""
        item = self.capture.items[self.index]
        if not isinstance(item, dict):
            return None
        return item.get("messageId") if self.verdict.verdict == REFUSED else message_id_of(item, self.position)

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
            "write_key": self.capture.write_key or None,
            "type": raw.get("type"),
            "user_id": raw.get("userId"),
            "message_id": self.message_id,
            **self.verdict.as_dict(),
        }

    def as_dict(
        self,
        *,
        merge_depth: int = DEEP,
        version: int = API_VERSION,
        batch_wins: bool = False,
        text_ids: bool = False,
        notes: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Say all of it: what became of it, what Segment would hand on, what is odd about it beside other `notes`."""
        event = normalise(
            self.capture, self.index, merge_depth=merge_depth, version=version, batch_wins=batch_wins, text_ids=text_ids
        )
        return {
            **self.outcome(),
            "event": event,
            "notes": [*notes_on(self.capture, self.index), *notes],
        }


def refused_events(entry: Entry, capture: Capture | None) -> Iterator[Event]:
    """Yield the events of an upload that Segment never had: all of a refused one, the rest of one half stored.

    `capture` is what was stored of it.
    """
    if capture is None:
        refusal = read_refusal(entry)
        if refusal is not None:
            verdict = refusal_of(entry)
            for index in range(len(refusal.items)):
                yield Event(refusal, index, None, verdict)
        return
    lost = capture.sent[capture.kept :] if "keep" in entry.data else []
    whole = replace(capture, items=[*capture.items, *lost])
    reason = f"a fault stored the first {capture.kept} of {len(capture.sent)} events"
    for index in range(len(capture.items), len(whole.items)):
        yield Event(whole, index, None, Verdict(REFUSED, str(entry.data["status"]), reason))


def empty_batch_outcome(capture: Capture) -> dict[str, Any]:
    """Say what became of a batch of nothing."""
    return _of_a_call(capture.seq, capture.at, EMPTY_BATCH, write_key=capture.write_key)


def unreadable_outcome(capture: Capture) -> dict[str, Any]:
    """Say what became of an accepted call of which the journal no longer has the events."""
    return _of_a_call(capture.seq, capture.at, unjudged(capture.unreadable), write_key=capture.write_key)


def refusal_outcome(entry: Entry) -> dict[str, Any] | None:
    """Say what became of a refused upload in which no event can be read; None for any other call."""
    refusal = read_refusal(entry)
    if refusal is None or refusal.items:
        return None
    kind = None if refusal.kind in {BATCH, ANY_EVENT} else refusal.kind
    return _of_a_call(entry.seq, entry.at, refusal_of(entry), write_key=refusal.write_key or None, type=kind)


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
