"""Notes: what is odd about an event that Segment takes without a word and a person would want to know.

Each is a question to one event and the fact it rests on; `contracts` has a rule for most, with examples and a fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.near import near_misses
from mock_core.credentials import mistaken
from mock_segment.delivery.captures import Capture
from mock_segment.delivery.normalise import sent_at_of
from mock_segment.delivery.reading import parse_time
from mock_segment.delivery.unify import unify_drops
from mock_segment.edge import BATCH

_NO_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?", re.ASCII)


def notes_on(capture: Capture, index: int) -> Iterator[str]:
    """Yield what is odd about one event, each as a sentence."""
    item = capture.items[index]
    if capture.keys_differ:
        yield "The body and the Authorization header name different write keys."
    what = mistaken(capture.write_key)
    if what is not None:
        yield f"Its write key is none: {what}."
    if not isinstance(item, dict):
        return
    if capture.kind != BATCH and item.get("type") != capture.kind:
        yield f"Its type is {item.get('type')!r}, but it came to the route of {capture.kind}."
    yield from _on_times(item, sent_at_of(capture, item))
    yield from _on_ids(item)
    yield from (str(miss) for miss in near_misses(item))
    yield from _on_traits(item)
    dropped = unify_drops(item)
    if dropped is not None:
        yield f"Delivered, but Unify drops it: {dropped}."


def _on_times(item: Mapping[str, Any], sent_at: object) -> Iterator[str]:
    """What is wrong with its times (segment facts 1.7 [doc] before 1970; 1.11 [inferred] what cannot be read)."""
    timestamp = parse_time(item.get("timestamp"))
    if item.get("timestamp") is not None and timestamp is None:
        yield "Its timestamp cannot be read; the time it was received counts."
    if timestamp is not None and timestamp < 0:
        yield "Its timestamp lies before 1970; Engage may not take it."
    if sent_at is not None and parse_time(sent_at) is None:
        yield "Its sentAt cannot be read; its timestamp is not corrected."


def _on_ids(item: Mapping[str, Any]) -> Iterator[str]:
    """Which ids it lacks (segment facts 2.2 [doc]; that previousId is required is doubtful, conflict 8)."""
    if item.get("messageId") is not None and not isinstance(item["messageId"], str):
        yield "Its messageId is no string; no repeat of it is recognised."
    if item.get("type") == "alias" and item.get("previousId") is None:
        yield "An alias without a previousId joins nothing."
    if item.get("type") == "group" and item.get("groupId") is None:
        yield "A group call without a groupId names no group."


def _on_traits(item: Mapping[str, Any]) -> Iterator[str]:
    """What of its traits goes nowhere (segment facts 2.6 [doc] and [inferred], 1.11 [doc] Engage, facts 6 (21))."""
    traits, kind = item.get("traits"), item.get("type")
    if kind == "identify" and not traits and isinstance(item.get("properties"), Mapping) and item["properties"]:
        yield "An identify with properties and no traits tells nothing: its traits are what counts."
    context = item.get("context")
    in_context = context.get("traits") if isinstance(context, Mapping) else None
    for told in (traits if kind in ("identify", "group") else None, in_context):
        if not isinstance(told, Mapping):
            continue
        zoneless = [name for name, value in told.items() if isinstance(value, str) and _NO_ZONE.fullmatch(value)]
        if zoneless:
            named = ", ".join(repr(name) for name in zoneless)
            yield f"A time without a zone is not saved by Engage: {named}."
