"""Read what an event says of itself, however it is spelt: times, and ids that are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from mock_core.deep_json import write_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999, in milliseconds
_IDS = ("userId", "anonymousId")
_LONGEST_TIME = 64  # characters; what is longer is no time, and not worth keeping


def parse_time(value: object) -> int | None:
    """Read an ISO 8601 time into milliseconds: any offset, 0 to 9 decimals; None when it is no time.

    A time without a zone is taken as UTC. (segment facts 1.11: the SDKs' spellings [sdk]; the rest [inferred])
    """
    if not isinstance(value, str):
        return None
    return _parse_text(value) if len(value) <= _LONGEST_TIME else None


@lru_cache(maxsize=1024)  # events that are sent together are dated together
def _parse_text(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    milliseconds: int = (moment - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds if EARLIEST <= milliseconds <= LATEST else None


def id_text(value: object) -> str | None:
    """Return an id as text, a number as JSON writes it; None for what is no id."""
    if isinstance(value, str):
        return value
    return write_json(value).decode() if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def with_text_ids(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with ids that are numbers made text."""
    return {
        name: value if name not in _IDS or value is None else id_text(value) or value for name, value in event.items()
    }
