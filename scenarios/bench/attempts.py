"""Attempts: the uploads a subject made, read back from Segment's journal, taken or not, wherever they were sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mock_segment import SegmentState
from mock_segment.delivery import sent_in
from mock_segment.edge import BATCH, EVENT_TYPES, items_of


@dataclass(frozen=True, slots=True)
class Attempt:
    """One upload: entry number, time in milliseconds, status (0: the connection was lost), and its events as sent.

    `is_stored` says whether Segment kept the events, whatever the caller was told; `refused` why it did not, in words.
    The write key is known as far as it could be read.
    """

    entry: int
    at: int
    path: str
    status: int
    events: tuple[dict[str, Any], ...]
    size: int
    faults: tuple[str, ...]
    is_stored: bool
    write_key: str
    refused: str = ""

    @property
    def is_misdirected(self) -> bool:
        """Whether no route took it, or none by that method."""
        return not self.faults and self.status in {404, 405}


def attempts(segment: SegmentState, after: int = 0) -> Iterator[Attempt]:
    """Yield every upload beyond an entry, in the order of arrival."""
    for entry in segment.workspace.journal.walk(after, kind="request", saying=("stored", "upload")):
        data = entry.data
        if "pixel" in data:
            continue
        payload = sent_in(data["method"], data["path"], data["query"], data["headers"], entry.body or b"")
        kind = data.get("stored") or data["upload"]
        events = () if payload is None else items_of(payload, kind) if kind in {BATCH, *EVENT_TYPES} else (payload,)
        yield Attempt(
            entry.seq,
            entry.at,
            data["path"],
            0 if data.get("reset") else data["status"],
            tuple(event for event in events if isinstance(event, dict)),
            len(entry.body or b""),
            tuple(data.get("faults", ())),
            "stored" in data,
            data.get("write_key", ""),
            data.get("refused", {}).get("message", ""),
        )
