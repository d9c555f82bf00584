"""Refusals: uploads that stored nothing, read back from the journal as the events that were in them.

The edge refused them, a fault did, or they missed their route. What Segment would not parse is still read as far as
Python's more patient decoder gets: a single NaN loses a whole batch, and whose events were in it is what one wants to
know. What neither reads is told as the call it was.
"""

from __future__ import annotations

import json
from typing import Any

from contracts.errors import MalformedJSON
from contracts.reading import parse_json
from mock_core.deep_json import write_json
from mock_core.exchange import Call
from mock_core.journal import Entry
from mock_segment.delivery.captures import PLACES, Capture
from mock_segment.delivery.verdicts import REFUSED, Verdict
from mock_segment.edge import ANY_EVENT, LARGEST, Refused, inflate, items_of, pixel_payload


def read_refusal(entry: Entry) -> Capture | None:
    """Read an entry of an upload that stored nothing; without events where it cannot be read; None for any other."""
    data = entry.data
    if "upload" not in data or "stored" in data or "refused" not in data:
        return None
    kind = data["upload"]
    payload = sent_in(data["method"], data["path"], data["query"], data["headers"], entry.body or b"")
    sent: list[Any] = [payload] if kind == ANY_EVENT else items_of(payload or {}, kind)[:PLACES]
    if payload is None:
        sent = []
    return Capture(
        entry.seq, entry.at, data.get("write_key", ""), kind, payload or {}, b"", sent, sent, max(1, len(sent))
    )


def refusal_of(entry: Entry) -> Verdict:
    """Return the verdict on every event of an upload that stored nothing."""
    refused = entry.data["refused"]
    return Verdict(REFUSED, refused["code"], refused["message"])


def sent_in(method: str, path: str, query: str, headers: Any, body: bytes) -> dict[str, Any] | None:
    """Return the object that a call carries, as far as anybody can read it."""
    if method == "GET" and not body:
        try:
            return pixel_payload(query)
        except Refused:
            return None
    try:
        text = inflate(Call(method, path, headers=headers, body=body), LARGEST)
    except Refused:
        return None
    payload = _patiently(text) if len(text) <= LARGEST else None
    return payload if isinstance(payload, dict) else None


def _patiently(text: bytes) -> Any:
    try:
        return parse_json(text)
    except MalformedJSON:
        pass
    try:
        payload = json.loads(text.decode("utf-8-sig"), parse_constant=lambda _: None)
        write_json(payload)  # half a surrogate pair can be read so, and shown to nobody
    except (ValueError, TypeError, RecursionError):
        return None
    return payload
