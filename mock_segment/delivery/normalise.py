"""Normalise an event: what Segment stores of it, with the batch's context merged and the server's fields added.

Facts: 1.10 merging, 1.11 timestamps, 1.12 server fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from mock_core.clock import iso
from mock_segment.delivery.captures import Capture
from mock_segment.delivery.reading import EARLIEST, LATEST, parse_time, with_text_ids

DEEP = 100  # levels of context that are merged; far more than anybody sends, far less than the stack holds
_CHANNELS = {  # by the name in context.library (segment facts 3.1 [sdk])
    "analytics.js": "browser",
    "analytics-ios": "mobile",
    "analytics-swift": "mobile",
    "analytics-kotlin": "mobile",
    "analytics-android": "mobile",
    "Analytics-CSharp": "mobile",  # in the client-side family, beside Kotlin and Swift (segment facts 3.2 [sdk])
}
API_VERSION = 2  # documented as a Number, shown as 2, 1 and "1.1" (segment facts 1.12, conflict 7)


def normalise(
    capture: Capture,
    index: int,
    *,
    merge_depth: int = DEEP,
    version: int = API_VERSION,
    batch_wins: bool = False,
    text_ids: bool = False,
) -> dict[str, Any]:
    """Return the event at `index` as Segment would hand it on; the rest are choices of the settings."""
    item = capture.items[index]
    if not isinstance(item, dict):
        return {"type": None, "malformed": item}
    event = stored(capture, index, merge_depth=merge_depth, batch_wins=batch_wins, text_ids=text_ids)
    moments = moments_of(capture, item)
    event["receivedAt"] = iso(moments.received)
    if moments.sent is not None:
        event["sentAt"] = iso(moments.sent)
    event["originalTimestamp"] = iso(moments.original)
    event["timestamp"] = iso(moments.timestamp)
    event["version"] = version
    event["projectId"] = project_id(capture.write_key)
    return event


def stored(
    capture: Capture, index: int, *, merge_depth: int = DEEP, batch_wins: bool = False, text_ids: bool = False
) -> dict[str, Any]:
    """Return the event at `index`, an object, with what the server adds to it but for times and numbers of its own."""
    item = capture.items[index]
    event = {name: value for name, value in item.items() if name not in {"writeKey", "sentAt"}}
    if text_ids:
        event = with_text_ids(event)
    for name in ("context", "integrations"):
        together = _shared(capture, item, name, merge_depth, batch_wins=batch_wins)
        if together is not None:
            event[name] = together
    event["messageId"] = message_id_of(item, capture.position(index))
    _fill_context(event, capture.client)
    _fill_name(event)
    return event


def context_of(capture: Capture, item: Mapping[str, Any], *, merge_depth: int = DEEP, batch_wins: bool = False) -> Any:
    """Return the context of `stored` alone; it is the same for all events of a call that have none of their own."""
    together = _shared(capture, item, "context", merge_depth, batch_wins=batch_wins)
    event = {} if together is None else {"context": together}
    _fill_context(event, capture.client)
    return event.get("context")


def with_name(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with the name trait that `stored` makes."""
    result = dict(event)
    _fill_name(result)
    return result


def _shared(capture: Capture, item: Mapping[str, Any], name: str, depth: int, *, batch_wins: bool) -> Any:
    """Return an event's `context` or `integrations` together with its batch's; None where there is neither."""
    own = item.get(name)
    in_batch = None if capture.envelope is item else capture.envelope.get(name)
    if not isinstance(in_batch, dict) or not (own is None or isinstance(own, dict)):
        return own
    below, above = (own or {}, in_batch) if batch_wins else (in_batch, own or {})
    return merged(below, above, depth)


class Moments(NamedTuple):
    """The four times of an event, in milliseconds; `sent` is None where nobody says it (segment facts 1.11 [doc])."""

    received: int
    sent: int | None
    original: int
    timestamp: int


def moments_of(capture: Capture, item: Mapping[str, Any]) -> Moments:
    """Return the times that Segment stores of an event."""
    received = capture.at
    sent = parse_time(sent_at_of(capture, item))
    original = parse_time(item.get("timestamp"))
    return Moments(received, sent, received if original is None else original, corrected(received, sent, original))


def sent_at_of(capture: Capture, item: Mapping[str, Any]) -> object:
    """Return when an event says it was sent: by its envelope, or by itself (segment facts 1.10 [sdk])."""
    envelope = capture.envelope if capture.envelope is not item else {}
    said = envelope.get("sentAt") or item.get("sentAt")
    return None if said == "" else said


def project_id(write_key: str) -> str:
    """Return the id of a write key's source, which every event carries as `projectId` (segment facts 1.12 [sdk]).

    What such an id looks like is not told: ours is the same for the same key, and does not tell it [inferred].
    """
    return blake2b(write_key.encode(), digest_size=11).hexdigest()


def _fill_context(event: dict[str, Any], client: str) -> None:
    """Add what the server knows of the sender: the channel, and the address where it is asked for (1.12 [doc])."""
    context = event.get("context")
    context = context if isinstance(context, dict) else {}
    library = context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    channel = _CHANNELS.get(name, "server") if isinstance(name, str) else "server"
    event.setdefault("channel", channel)
    is_client_side = channel != "server" or context.get("direct") is True
    if is_client_side and "ip" not in context and ":" not in client:  # IPv6 is not collected
        event["context"] = {**context, "ip": client}


def _fill_name(event: dict[str, Any]) -> None:
    """Make the name trait of an identify out of first and last name, where it is missing (1.12 [doc])."""
    traits = event.get("traits")
    if event.get("type") != "identify" or not isinstance(traits, dict) or traits.get("name"):
        return
    first, last = traits.get("firstName"), traits.get("lastName")
    if isinstance(first, str) and isinstance(last, str) and first and last:
        event["traits"] = {**traits, "name": f"{first} {last}"}


def merged(shared: Mapping[str, Any], own: Mapping[str, Any], depth: int = DEEP) -> dict[str, Any]:
    """Merge the batch's object into the event's, deeply; the second wins (segment facts 1.10 [inferred], 0.7 [sdk])."""
    result = dict(shared)
    for name, value in own.items():
        below = result.get(name)
        if depth and isinstance(below, Mapping) and isinstance(value, Mapping):
            result[name] = merged(below, value, depth - 1)
        else:
            result[name] = value
    return result


def dated(capture: Capture, item: Mapping[str, Any]) -> int:
    """Return the timestamp that Segment stores of an event, in milliseconds."""
    return moments_of(capture, item).timestamp


def corrected(received: int, sent: int | None, original: int | None) -> int:
    """Return the stored timestamp: receivedAt - (sentAt - originalTimestamp), in milliseconds (facts 1.11 [doc], 0.6).

    Whoever sends an old sentAt moves the event to now (6 (20)). Without a timestamp it is the server's now; without
    sentAt there is no correction.
    """
    if original is None:
        return received
    if sent is None:
        return original
    result = received - (sent - original)
    return result if EARLIEST <= result <= LATEST else received  # no calendar has it: as good as unreadable


def message_id_of(item: Mapping[str, Any], position: int) -> Any:
    """Return an event's messageId, or the one that ingest gives it where it has none (segment facts 1.12 [doc]).

    Null and an empty string count as none, like a null id [inferred]. What is given is the same for the same place in a
    journal.
    """
    message_id = item.get("messageId")
    return str(UUID(int=position, version=4)) if message_id is None or message_id == "" else message_id
