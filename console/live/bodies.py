"""Bodies of calls as they read."""

from __future__ import annotations

from mock_core.inflating import inflated
from mock_core.journal import Entry

LONGEST = 4 * 1024 * 1024  # of one body, unpacked: more than the largest that a vendor takes


def plain_body(entry: Entry) -> bytes:
    """Return a call's body, unpacked where it came packed; as it came where that cannot be done."""
    body = entry.body or b""
    if "gzip" not in entry.data["headers"].get("content-encoding", "").lower():
        return body
    try:
        return inflated(body, LONGEST)
    except ValueError:
        return body
