"""What the Segment fake delivered, as a warehouse takes it: events with their source, in the order of delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol
from uuid import uuid4

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


class Source(Protocol):
    """Where delivered events are read from, on from a place."""

    def stream(self) -> str | None:
        """Return what names it, the same each time it is read; None as long as there is nothing to read."""
        ...

    def lots(self, place: Place) -> Iterator[Lot]:
        """Yield what was delivered beyond a place, in the order of delivery."""
        ...

    def mark(self, place: Place) -> str:
        """Return what tells the entry at a place from that of another source that began alike."""
        ...

    def window(self) -> int:
        """Return for how many milliseconds at least no messageId was delivered twice, 0 when that is not known."""
        ...


class JournalSource:
    """The journal of a workspace; `by_content` says that one in memory is the same each time it is made."""

    def __init__(self, state: SegmentState, *, by_content: bool = False) -> None:
        self._state = state
        self._name = None if by_content or state.workspace.journal.path is not None else uuid4().hex

    def stream(self) -> str | None:
        """Name a journal that is kept by its beginning and its first entry."""
        journal = self._state.workspace.journal
        if not journal.last:
            return None
        return self._name or _digest(f"{sorted(journal.beginning.items())} {self.mark(Place(1))}".encode())

    def lots(self, place: Place) -> Iterator[Lot]:
        """Yield what was delivered beyond a place, as far as the lab's clock has come."""
        state, settings = self._state, self._state.settings
        for after, events in state.deliveries(place):
            if not events:
                continue
            capture = events[0].capture
            source = state.source(capture.write_key)
            name = source.name if source is not None else f"source {capture.write_key[:4]}"
            delivered_at = max(event.delivered_at or capture.at for event in events)
            delivered = [_delivered(each, settings) for each in events]
            yield Lot(after, delivered_at, project_id(capture.write_key), name, delivered)

    def mark(self, place: Place) -> str:
        entry = self._state.workspace.journal.entry(place.seq)
        return "" if entry is None else _digest(f"{entry.at} {entry.kind}".encode() + (entry.body or b""))

    def window(self) -> int:
        """Return the shortest window of deduplication, whatever was set meanwhile."""
        hours = [SegmentSettings().dedupe_hours]
        for entry in self._state.workspace.journal.walk(kind="control"):
            if entry.data["op"] == "reset.captures":  # what was remembered is forgotten with them
                return 0
            if entry.data["op"] == "settings.set":
                hours.append(int(entry.data["changes"].get("dedupe_hours", hours[0])))
        return min(hours) * _HOUR_MS


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()


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
        text_id(content["messageId"]) or "",
        text_id(content.get("userId")),
        text_id(content.get("anonymousId")),
        moments.received,
        moments.sent,
        moments.original,
        moments.timestamp,
    )


def text_id(value: Any) -> str | None:
    """Return an id as a text column takes it; an empty one is none."""
    if type(value) is str and value.isascii() and "\0" not in value:  # nearly all of them
        return value or None
    text = id_text(value)
    if text is None and value is not None and not isinstance(value, (dict, list)):
        text = str(value)
    return storable(text) or None if text is not None else None
