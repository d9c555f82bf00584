"""Moments as SDKs write them, made comparable."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: object) -> datetime | None:
    """Read an ISO 8601 moment with 0 to 9 fractional digits and any offset; None when it is not one.

    Without an offset it is taken as UTC (segment facts 1.11 [sdk-run]: what the SDKs write).
    """
    if not isinstance(text, str):
        return None
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    try:
        read = datetime.fromisoformat(head + dot + rest[:digits][:6].ljust(6, "0") * bool(dot) + rest[digits:])
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
