"""Files of events, one to a line: each becomes the call that brought it, at the time it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from recording.errors import NotReadable
from recording.material import RecordedCall
from recording.reading.moments import moment

_TIMES = ("receivedAt", "received_at", "sentAt", "sent_at", "timestamp", "originalTimestamp", "time")
_TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})


def is_event(value: object) -> bool:
    """Say whether a JSON value is an event."""
    return isinstance(value, dict) and (value.get("type") in _TYPES or bool({"userId", "anonymousId"} & value.keys()))


def event_calls(events: Iterable[tuple[int, Mapping[str, Any], bytes]], file: str) -> Iterator[RecordedCall]:
    """Yield an upload for each event, given with its line and text; raise `NotReadable` for what is none."""
    for line, event, text in events:
        kind = event.get("type", "identify" if "traits" in event else None)
        if kind not in _TYPES:
            raise NotReadable(
                f"{file}: the event in line {line} has no type; expected one of {', '.join(sorted(_TYPES))}."
            )
        at = next((found for name in _TIMES if (found := moment(event.get(name))) is not None), None)
        if at is None:
            raise NotReadable(f"{file}: the event in line {line} has no time; expected one of {', '.join(_TIMES)}.")
        headers = {"content-type": "application/json"}
        yield RecordedCall(at, "POST", f"https://api.segment.io/v1/{kind}", headers, text, 200)


def read_lines(data: bytes, file: str) -> Iterator[tuple[int, Mapping[str, Any], bytes]]:
    """Yield the events of NDJSON, with their lines and texts."""
    for line, text in enumerate(data.splitlines(), 1):
        if not text.strip():
            continue
        try:
            value = orjson.loads(text)
        except ValueError as error:
            raise NotReadable(f"{file}: line {line} is no JSON ({error}); a cut file ends with such a line.") from error
        if not is_event(value):
            raise NotReadable(f"{file}: line {line} is no event: it has no type, userId or anonymousId.")
        yield line, value, text
