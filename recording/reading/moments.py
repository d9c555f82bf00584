"""Moments as recorders write them, in milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LATEST = 253_402_300_799_999  # the end of the year 9999
_SECONDS = 100_000_000_000  # what is below is no count of milliseconds, or of 1973


def moment(written: object) -> int | None:
    """Read ISO 8601, an HTTP date, or a count of seconds or milliseconds; None for anything else."""
    try:
        if isinstance(written, bool):
            return None
        if isinstance(written, int | float):
            found = round(written * 1000 if abs(written) < _SECONDS else written)
        elif isinstance(written, datetime):
            found = _milliseconds(written)
        elif isinstance(written, str):
            try:
                found = _milliseconds(datetime.fromisoformat(written.strip()))
            except ValueError:
                found = _milliseconds(parsedate_to_datetime(written))
        else:
            return None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if 0 <= found <= LATEST else None


def _milliseconds(when: datetime) -> int:
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
