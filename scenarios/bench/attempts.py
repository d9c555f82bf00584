"""Attempts: the uploads a subject made, read back from Segment's journal, taken or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.limits import BATCH_BYTES
from mock_core.exchange import Call
from mock_segment import SegmentState
from mock_segment.edge import EVENT_TYPES, Refused, inflate

_INFLATED = BATCH_BYTES * 8  # an upload that was refused for its size is still looked into


@dataclass(frozen=True, slots=True)
class Attempt:
    """One upload: entry number, time in milliseconds, status (0: the connection was lost), and its events as sent.

    `is_stored` says whether Segment kept the events, whatever the caller was told; only then the write key is known.
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


def attempts(segment: SegmentState, after: int = 0) -> Iterator[Attempt]:
    """Yield every upload beyond an entry, in the order of arrival."""
    for entry in segment.workspace.journal.walk(after, kind="request"):
        data = entry.data
        if data["method"] != "POST" or not _is_upload(data["path"]):
            continue
        call = Call("POST", data["path"], headers=data["headers"], body=entry.body or b"")
        yield Attempt(
            entry.seq,
            entry.at,
            data["path"],
            0 if data.get("reset") else data["status"],
            _events(call),
            len(call.body),
            tuple(data.get("faults", ())),
            "stored" in data,
            data.get("write_key", ""),
        )


_KINDS = {word for kind in EVENT_TYPES for word in (kind, kind[0])} | {"batch", "b", "import"}


def _is_upload(path: str) -> bool:
    root, _, kind = path.strip("/").rpartition("/")
    return root == "v1" and kind in _KINDS


def _events(call: Call) -> tuple[dict[str, Any], ...]:
    try:
        payload = orjson.loads(inflate(call, _INFLATED))
    except (Refused, orjson.JSONDecodeError):
        return ()
    if not isinstance(payload, dict):
        return ()
    batch = payload.get("batch")
    if not isinstance(batch, list):
        return ({"type": _kind(call.path), **payload},)
    return tuple(event for event in batch if isinstance(event, dict))


def _kind(path: str) -> str:
    word = path.rstrip("/").rpartition("/")[2]
    return next((kind for kind in EVENT_TYPES if word in {kind, kind[0]}), word)
