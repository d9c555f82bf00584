"""The plain way from delivered events to tables, value by value: slow, and what the quick way is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from downstream.warehouse.reading import text_id
from mock_core.deep_json import write_json
from mock_segment import SegmentSettings
from mock_segment.delivery import DEEP, Capture, moments_of, stored

DEEPEST = 16
FIELDS = ("type", "traits", "properties", "event", "name", "category", "groupId", "previousId")


def told(capture: Capture, index: int, settings: SegmentSettings) -> dict[str, Any]:
    """Return what a warehouse takes of one event; times in microseconds."""
    content = stored(
        capture,
        index,
        merge_depth=DEEP if settings.batch_merge == "deep" else 0,
        batch_wins=settings.batch_precedence == "batch",
        text_ids=settings.numeric_ids == "coerce",
    )
    moments = moments_of(capture, capture.items[index])
    return {
        **{name: content.get(name) for name in FIELDS},
        "context": content.get("context"),
        "message_id": text_id(content["messageId"]) or "",
        "user_id": text_id(content.get("userId")),
        "anonymous_id": text_id(content.get("anonymousId")),
        "received": moments.received * 1000,
        "sent": None if moments.sent is None else moments.sent * 1000,
        "original": moments.original * 1000,
        "timestamp": moments.timestamp * 1000,
    }


class Flattened:
    """Objects of rows, one row after the other, as names with the values of some rows."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, tuple[list[int], list[Any]]]] = {}

    def take(self, row: int, prefix: str, part: Any, level: int = 1) -> None:
        """Take what one row has under a prefix."""
        found = self._found.setdefault(prefix, {})
        for key, value in part.items():
            if isinstance(value, dict) and level < DEEPEST:
                self.take(row, f"{prefix}{key}.", value, level + 1)
                continue
            rows, values = found.setdefault(key, ([], []))
            rows.append(row)
            values.append(write_json(value).decode() if isinstance(value, (list, dict)) else value)

    def names(self) -> Iterator[tuple[str, list[int], list[Any]]]:
        """Yield the names in the order in which they came first."""
        for prefix, found in self._found.items():
            for key, (rows, values) in found.items():
                yield f"{prefix}{key}", rows, values


def latest(
    rows: Sequence[tuple[str | None, int, dict[str, Any]]], *, null_clears: bool
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """Return when each key was last heard of, and the last value of each column by key."""
    received: dict[str, int] = {}
    values: dict[str, dict[str, Any]] = {}
    for key, at, row in rows:
        if key is None:
            continue
        received[key] = max(at, received.get(key, at))
        for name, value in row.items():
            if value is not None or null_clears:
                values.setdefault(name, {})[key] = value
    return received, values
