"""What the Segment fake delivered, as a warehouse takes it: events with their source, in the order of delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from downstream.warehouse.kinds import storable
from downstream.warehouse.layout import Delivered
from mock_segment import Event, SegmentSettings, SegmentState
from mock_segment.delivery import DEEP, Place, id_text, moments_of, project_id, stored

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Lot:
    """Events of one call: the place after it, when they were delivered (milliseconds), and whose they are."""

    place: Place
    delivered_at: int
    source: str
    source_name: str
    events: Sequence[Delivered]


def lots(state: SegmentState, place: Place) -> Iterator[Lot]:
    """Yield what was delivered beyond a place, as far as the lab's clock has come; calls without events are passed."""
    settings = state.settings
    for after, events in state.deliveries(place):
        if not events:
            continue
        capture = events[0].capture
        source = state.source(capture.write_key)
        name = source.name if source is not None else f"source {capture.write_key[:4]}"
        delivered_at = max(event.delivered_at or capture.at for event in events)
        yield Lot(
            after, delivered_at, project_id(capture.write_key), name, [_delivered(each, settings) for each in events]
        )


def _delivered(event: Event, settings: SegmentSettings) -> Delivered:
    capture = event.capture
    content = stored(
        capture,
        event.index,
        merge_depth=DEEP if settings.batch_merge == "deep" else 0,
        batch_wins=settings.batch_precedence == "batch",
        text_ids=settings.numeric_ids == "coerce",
    )
    moments = moments_of(capture, event.raw)
    return Delivered(
        content,
        content.get("context"),
        _text(content["messageId"]) or "",
        _text(content.get("userId")),
        _text(content.get("anonymousId")),
        moments.received,
        moments.sent,
        moments.original,
        moments.timestamp,
    )


def _text(value: Any) -> str | None:
    """Return an id as a text column takes it; an empty one is none."""
    text = id_text(value)
    if text is None and value is not None and not isinstance(value, (dict, list)):
        text = str(value)
    return storable(text) or None if text is not None else None


def mark_of(state: SegmentState, seq: int) -> str:
    """Return what tells the entry of a number from that of another journal; the beginning's for number 0."""
    journal = state.workspace.journal
    if not seq:
        return ""
    entry = journal.entry(seq)
    return "" if entry is None else blake2b(f"{entry.at} {entry.kind}".encode() + (entry.body or b"")).hexdigest()[:32]


def stream_of(state: SegmentState) -> str:
    """Return what names a journal that is kept: its beginning and its first entry."""
    journal = state.workspace.journal
    return blake2b(f"{sorted(journal.beginning.items())} {mark_of(state, 1)}".encode()).hexdigest()[:32]


def shortest_window(state: SegmentState) -> int:
    """Return for how many milliseconds at least no messageId was delivered twice, whatever was set meanwhile."""
    hours = [SegmentSettings().dedupe_hours]
    for entry in state.workspace.journal.walk(kind="control"):
        if entry.data["op"] == "reset.captures":  # what was remembered is forgotten with them
            return 0
        if entry.data["op"] == "settings.set":
            hours.append(int(entry.data["changes"].get("dedupe_hours", hours[0])))
    return min(hours) * _HOUR_MS
