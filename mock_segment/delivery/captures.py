"""Captures: what a journal entry of an accepted call holds, read back as events.

A position numbers an event for ever: the entry's number and the event's place in its batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_core.exchange import Call
from mock_core.journal import Entry, Journal
from mock_segment.edge import BATCH, LARGEST, Refused, inflate, items_of, parse_object, pixel_payload

PLACES = 1 << 20  # more than the events that fit in the largest body
_KEPT = 4  # parsed calls kept; each is at most half a megabyte of JSON


@dataclass(frozen=True, slots=True)
class Capture:
    """An accepted call: its entry, write key, kind of call, envelope, the text they were parsed from, and events.

    `sent` are the events as they came, `items` those that were stored: the first `kept` of them when a fault lost the
    rest, and all of these twice when a fault stored them twice. `unreadable` says why there are none of an accepted
    call: the journal is not as it was written.
    """

    seq: int
    at: int
    write_key: str
    kind: str
    envelope: dict[str, Any]
    text: bytes
    sent: list[Any]
    items: list[Any]
    kept: int
    client: str = "127.0.0.1"
    keys_differ: bool = False
    unreadable: str = ""

    @property
    def is_empty_batch(self) -> bool:
        """Whether it was sent as a batch of nothing."""
        return self.kind == BATCH and not self.sent and not self.unreadable

    def place(self, index: int) -> int:
        """Return where the stored event at `index` stood when it was sent."""
        return index % self.kept

    def position(self, index: int) -> int:
        """Return the lasting number of the event at `index`."""
        return self.seq * PLACES + index


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a body holds: the JSON text and the envelope in it."""

    body: bytes
    text: bytes
    envelope: dict[str, Any]


def read_capture(entry: Entry, parsed: Parsed | None = None) -> Capture | None:
    """Read an entry of an accepted call, None for one that stored nothing; a body that is `parsed` is not so again."""
    data = entry.data
    if "stored" not in data:
        return None
    unreadable = ""
    try:
        text, payload = _payload(entry, parsed)
    except Refused as error:
        text, payload, unreadable = b"", {"batch": []}, str(error)
    if "retype" in data:
        payload["type"] = data["stored"]
    sent = items_of(payload, BATCH if unreadable else data["stored"])
    kept = sent[: int(data.get("keep", len(sent)))]
    return Capture(
        entry.seq,
        entry.at,
        data["write_key"],
        data["stored"],
        payload,
        text,
        sent,
        kept * int(data.get("copies", 1)),
        len(kept),
        data.get("client", "127.0.0.1"),
        "keys_differ" in data,
        unreadable,
    )


def _payload(entry: Entry, parsed: Parsed | None) -> tuple[bytes, dict[str, Any]]:
    """Return the text of an accepted call and the envelope in it."""
    data = entry.data
    if "pixel" in data:
        return b"", pixel_payload(data["query"])
    if parsed is not None and parsed.body == entry.body:
        return parsed.text, parsed.envelope
    call = Call(data["method"], data["path"], headers=data["headers"], body=entry.body or b"")
    text = inflate(call, LARGEST)
    return text, parse_object(text)


class Captures:
    """The captures of a journal, to be read only; the last few are kept, for what is read once is soon read again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._generation = journal.generation
        self._kept: dict[int, Capture | None] = {}
        self._parsed: Parsed | None = None

    def foresee(self, parsed: Parsed) -> None:
        """Take over what the edge has just parsed: the call that came last is often the one to be read next."""
        self._parsed = parsed

    def of(self, entry: Entry) -> Capture | None:
        """Read an entry; None for one that stored nothing."""
        if self._generation != self._journal.generation:
            self._kept.clear()
            self._generation = self._journal.generation
        if entry.seq not in self._kept:
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[entry.seq] = read_capture(entry, self._parsed)
        return self._kept[entry.seq]

    def at(self, seq: int) -> Capture | None:
        """Return the capture of an entry by its number."""
        if seq in self._kept and self._generation == self._journal.generation:
            return self._kept[seq]
        entry = self._journal.entry(seq)
        return None if entry is None else self.of(entry)
