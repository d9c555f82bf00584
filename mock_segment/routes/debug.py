"""The debug routes: what Segment's own debug API told until 2020, with nothing delivered (segment facts 1.8 [doc])."""

from __future__ import annotations

from typing import Any

from mock_core.exchange import Call, Exchange, Reply
from mock_segment.edge import SUCCESS, Refused, inflate, parse_object, write_key
from mock_segment.errors import refusal
from mock_segment.state import SegmentState

_MAX_BODY = 1024 * 1024


def debug(kind: str, state: SegmentState, exchange: Exchange) -> Reply:
    """Judge one call and store nothing (segment facts 1.8 [doc]; the page says so in a comment that is not shown)."""
    message = _complaint(kind, state, exchange.call)
    if message is None:
        return SUCCESS
    exchange.record["debug"] = message
    return refusal(400, message)


def _complaint(kind: str, state: SegmentState, call: Call) -> str | None:
    try:
        payload = parse_object(inflate(call, _MAX_BODY))
    except Refused:
        return "Invalid JSON"
    try:
        key = write_key(call, payload, state.settings)
    except Refused:
        return "Missing writeKey"
    verdict = state.verdict_on(key)
    if verdict is not None:
        return "Disabled event" if verdict.code == "source_disabled" else "Invalid writeKey"
    return _about_event(kind, payload)


def _about_event(kind: str, event: dict[str, Any]) -> str | None:
    if kind == "track":
        if event.get("event") is None:
            return "Missing event key for track call"
        if not isinstance(event["event"], str):
            return "Event must be a string"
    if not event.get("userId") and not event.get("anonymousId"):
        return "Missing userId or anonymousId"
    if not isinstance(event.get("integrations", {}), dict):
        return "context integrations must be an object"
    return None
