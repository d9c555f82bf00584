"""Notes: what is odd about an event that Segment takes without a word and a person would want to know."""

from __future__ import annotations

from collections.abc import Iterator

from mock_segment.captures import Capture
from mock_segment.edge import BATCH
from mock_segment.normalise import parse_time
from mock_segment.unify import unify_drops


def notes_on(capture: Capture, index: int) -> Iterator[str]:
    """Yield what is odd about one event, each as a sentence."""
    item = capture.items[index]
    if capture.keys_differ:
        yield "The body and the Authorization header name different write keys."
    if not isinstance(item, dict):
        return
    if capture.kind != BATCH and item.get("type") != capture.kind:
        yield f"Its type is {item.get('type')!r}, but it came to the route of {capture.kind}."
    if item.get("timestamp") is not None and parse_time(item["timestamp"]) is None:
        yield "Its timestamp cannot be read; the time it was received counts."
    dropped = unify_drops(item)
    if dropped is not None:
        yield f"Delivered, but Unify drops it: {dropped}."
