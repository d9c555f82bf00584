"""A file of events as a source of a warehouse: NDJSON or one JSON document, as a lab or anybody else wrote it.

Taken are events as they were sent or as Segment hands them on, calls with a `batch`, and rows of a lab's
`/__lab/events`, of which those that were delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from contracts.foreign import shown
from contracts.reading import Fault, Record, read
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.kinds import microseconds
from downstream.warehouse.layout import Delivered
from downstream.warehouse.reading import Lot, text_id
from mock_segment.delivery import DELIVERED, Place

_TOGETHER: Final = 500
"""Records of one lot; a load may stop after each."""


class EventsFile:
    """Events of a file, as those of one source; `now` is when events that say no time are received (milliseconds)."""

    def __init__(self, path: Path, source_name: str, now: int) -> None:
        self._path = path
        self._name = source_name
        self._now = now

    def stream(self) -> str | None:
        first = next(self._records(), None)
        return None if first is None else _digest(self._name.encode() + b"\n" + first.text.strip())

    def mark(self, place: Place) -> str:
        for number, record in enumerate(self._records(), 1):
            if number == place.seq:
                return _digest(record.text.strip())
        return ""

    def window(self) -> int:
        """Nothing is known of who told the events apart."""
        return 0

    def lots(self, place: Place) -> Iterator[Lot]:
        """Yield the events of the records beyond a place, which is the number of a record from 1."""
        events = Delivered.none()
        number = 0
        for number, record in enumerate(self._records(), 1):
            if number > place.seq:
                self._take(record, events)
                if len(events) >= _TOGETHER:
                    yield self._lot(number, events)
                    events = Delivered.none()
        if number > place.seq:
            yield self._lot(number, events)

    def _lot(self, number: int, events: Delivered) -> Lot:
        return Lot(Place(number), self._now, _digest(self._name.encode()), self._name, events)

    def _records(self) -> Iterator[Record]:
        try:
            with self._path.open("rb") as stream:
                for found in read(stream):
                    if isinstance(found, Fault):
                        if found.code == "J012":
                            raise WarehouseTrouble(f"{self._path} is empty: events are expected, one to a line.")
                        if found.code != "J016":  # how lines end tells nothing of events
                            raise WarehouseTrouble(f"{self._path}:{found.line}:{found.column}: {shown(found.reason)}.")
                        continue
                    yield found
        except OSError as error:
            raise WarehouseTrouble(f"{self._path} cannot be read: {error.strerror or error}.") from error

    def _take(self, record: Record, events: Delivered) -> None:
        value = record.value
        if isinstance(value, dict) and isinstance(value.get("event"), dict) and "verdict" in value:
            if value["verdict"] == DELIVERED:
                self._add(value["event"], record, 0, events)
            return
        batch = value.get("batch") if isinstance(value, dict) and "type" not in value else None
        if isinstance(value, dict) and isinstance(batch, list):
            shared = {name: value[name] for name in ("context", "sentAt") if name in value}
            for index, item in enumerate(batch):
                self._add({**shared, **item} if isinstance(item, dict) else item, record, index, events)
            return
        self._add(value, record, 0, events)

    def _add(self, event: Any, record: Record, index: int, events: Delivered) -> None:
        if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
            raise WarehouseTrouble(
                f"{self._path}:{record.line}: an event with a type is expected, such as an identify."
            )
        times = {name: _moment(event.get(name)) for name in _TIMES}
        received = next((at for at in (times[name] for name in _RECEIVED) if at is not None), self._now * 1000)
        timestamp = times["timestamp"] if times["timestamp"] is not None else received
        original = times["originalTimestamp"] if times["originalTimestamp"] is not None else timestamp
        events.add(
            event,
            text_id(event.get("messageId")) or f"{_digest(record.text)[:24]}-{index}",
            text_id(event.get("userId")),
            text_id(event.get("anonymousId")),
            (received, times["sentAt"], original, timestamp),
        )


_TIMES: Final = ("receivedAt", "sentAt", "timestamp", "originalTimestamp")
_RECEIVED: Final = ("receivedAt", "sentAt", "timestamp")
"""When an event was received, the first of these that it says."""


def _moment(value: Any) -> int | None:
    """Read a moment as Segment keeps it: whole milliseconds, in microseconds."""
    moment = microseconds(value) if isinstance(value, str) else None
    return None if moment is None else moment // 1000 * 1000


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()
