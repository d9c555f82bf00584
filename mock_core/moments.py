"""Times as one may write them to a lab: milliseconds since 1970, or ISO 8601 with a zone."""

from __future__ import annotations

from datetime import datetime

from mock_core.errors import BadControl

_DIGITS = 17  # more make no time that a calendar has


def milliseconds(text: str) -> int:
    """Read a time into milliseconds since 1970."""
    if text.isdecimal() and text.isascii() and len(text) <= _DIGITS:
        return int(text)
    return round(iso_seconds(text, "milliseconds since 1970 or ISO 8601 with a zone") * 1000)


def iso_seconds(text: str, expected: str) -> float:
    """Read an ISO 8601 time into seconds since 1970, or say that it is not what was `expected`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadControl(f"{text!r} is no time, expected {expected}.") from error
    if moment.tzinfo is None:
        raise BadControl(f"{text!r} has no time zone: end it in Z.")
    return moment.timestamp()
