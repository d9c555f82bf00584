"""What the Segment fake delivered, as a warehouse takes it: events with their source, in the order of delivery.

The events of a call are read by column. Most of what Segment stores of an event is the same for all events of a call,
or the same for all that say the same, and is found once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol
from uuid import uuid4

from downstream.warehouse.kinds import are_storable, storable
from downstream.warehouse.layout import Delivered, said
from mock_segment import SegmentSettings, SegmentState
from mock_segment.delivery import (
    DEEP,
    Capture,
    Place,
    context_of,
    corrected,
    id_text,
    message_id_of,
    moments_of,
    parse_time,
    project_id,
    sent_at_of,
    with_name,
)

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Lot:
    """Events of one call: the place after it, when they were delivered (milliseconds), and whose they are."""

    place: Place
    delivered_at: int
    source: str
    source_name: str
    events: Delivered


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
        for after, delivered_at, capture, indexes in state.delivered_calls(place):
            source = state.source(capture.write_key)
            name = source.name if source is not None else f"source {capture.write_key[:4]}"
            events = delivered_of(capture, indexes, settings)
            yield Lot(after, delivered_at, project_id(capture.write_key), name, events)

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


def delivered_of(capture: Capture, indexes: Sequence[int], settings: SegmentSettings) -> Delivered:
    """Return the events of a call that were delivered, as Segment stores them; `indexes` say which, ascending."""
    items: list[Mapping[str, Any]] = [capture.items[index] for index in indexes]
    names = set[str]().union(*items)
    received, sent, original, timestamp = _moments(capture, items, names)
    message_ids = _texts(items, "messageId", names)
    if None in message_ids:
        given = [message_id_of(item, capture.position(index)) for item, index in zip(items, indexes, strict=True)]
        message_ids = [text_id(each) for each in given]
    return Delivered(
        _with_names(capture, items),
        _contexts(capture, items, names, settings),
        [each or "" for each in message_ids] if None in message_ids else message_ids,  # type: ignore[arg-type]
        _texts(items, "userId", names),
        _texts(items, "anonymousId", names),
        received,
        sent,
        original,
        timestamp,
    )


def _with_names(capture: Capture, items: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return events with the name that is made of a first and a last one; nearly no call says any."""
    text = capture.text
    if text and b"lastName" not in text and b"\\u" not in text:  # where it may be written in another way
        return items
    return [with_name(item) for item in items]


def _contexts(
    capture: Capture, items: Sequence[Mapping[str, Any]], names: set[str], settings: SegmentSettings
) -> list[tuple[Any, int]]:
    depth, batch_wins = DEEP if settings.batch_merge == "deep" else 0, settings.batch_precedence == "batch"
    if "context" not in names:
        return [(context_of(capture, items[0], merge_depth=depth, batch_wins=batch_wins), len(items))]
    return [(context_of(capture, item, merge_depth=depth, batch_wins=batch_wins), 1) for item in items]


_Times = tuple[list[int], list[int | None], list[int], list[int]]


def _moments(capture: Capture, items: Sequence[Mapping[str, Any]], names: set[str]) -> _Times:
    """Return the four times of each event, in microseconds."""
    count, received = len(items), capture.at
    is_single = capture.envelope is items[0]
    dated = said(items, "timestamp") if "timestamp" in names else []
    if is_single or (not capture.envelope.get("sentAt") and "sentAt" in names) or not _are_hashable(dated):
        moments = [moments_of(capture, item) for item in items]
        return (
            [each.received * 1000 for each in moments],
            [None if each.sent is None else each.sent * 1000 for each in moments],
            [each.original * 1000 for each in moments],
            [each.timestamp * 1000 for each in moments],
        )
    sent = parse_time(sent_at_of(capture, {}))
    sent_us = None if sent is None else sent * 1000
    times = [received * 1000] * count
    if not dated:
        return times, [sent_us] * count, times, times
    original: dict[Any, int] = {}
    timestamp: dict[Any, int] = {}
    for each in set(dated):
        moment = parse_time(each)
        original[each] = (received if moment is None else moment) * 1000
        timestamp[each] = corrected(received, sent, moment) * 1000
    return times, [sent_us] * count, list(map(original.__getitem__, dated)), list(map(timestamp.__getitem__, dated))


def _are_hashable(values: Sequence[Any]) -> bool:
    """Say whether values can be told apart by a set: 1 and true could not."""
    return set(map(type, values)) <= {str, type(None)}


def _texts(items: Sequence[Mapping[str, Any]], name: str, names: set[str]) -> list[str | None]:
    """Return an id of each event as a text column takes it."""
    if name not in names:
        return [None] * len(items)
    values = said(items, name)
    return values if are_storable(values) and all(values) else [text_id(value) for value in values]


def text_id(value: Any) -> str | None:
    """Return an id as a text column takes it; an empty one is none."""
    if type(value) is str and value.isascii() and "\0" not in value:  # nearly all of them
        return value or None
    text = id_text(value)
    if text is None and value is not None and not isinstance(value, (dict, list)):
        text = str(value)
    return storable(text) or None if text is not None else None
