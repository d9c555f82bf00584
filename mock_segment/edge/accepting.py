"""The edge: what Segment answers at once, knowing only the bytes of one request.

It is nearly stateless: what parses, is small enough and carries some write key is answered 200, whatever
becomes of it later (segment facts 0.1 [doc][obs], 6 (3, 4), conflict 2). Pure functions; the order of the checks is
the order of the questions the real edge can answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from contracts.errors import MalformedJSON
from contracts.reading import parse_json
from mock_core.credentials import told_of
from mock_core.exchange import Call, Reply
from mock_core.inflating import inflated
from mock_core.redaction import basic_credentials
from mock_segment.edge.sizes import oversize_places
from mock_segment.errors import EXCEED_PAYLOAD_LIMIT, INVALID_WRITE_KEY, MALFORMED_JSON, refusal
from mock_segment.settings import SegmentSettings

BATCH = "batch"
LARGEST = 16 * 1024 * 1024  # bytes of an inflated body that are looked into, whatever is allowed
_KEY_NAMES = frozenset({"apikey", "key", "segmentwritekey", "token", "write", "writekey", "writetoken"})
# Segment's answer to everything it takes, to the byte (segment facts 1.6 [obs] P 54); exactly 200 and a JSON object, or
# PHP, Ruby and Java retry (0.5 [sdk], 3.3 [inferred], segment facts 6 (37)).
SUCCESS = Reply(200, b'{"success": true}', (("Content-Type", "application/json"),))


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the edge took: the write key, the parsed body, and the text it was parsed from."""

    write_key: str
    payload: dict[str, Any]
    text: bytes

    def keys_differ(self, call: Call) -> bool:
        """Say whether body and header name different write keys."""
        in_body, in_header = self.payload.get("writeKey"), header_key(call)
        return bool(in_body and in_header and in_body != in_header)


class Refused(Exception):
    """The edge's answer is a refusal with this message and code."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_request", told: str = "") -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.told = message, code, status, told

    def as_dict(self) -> dict[str, str]:
        """Say it as the journal does: the edge's words, and ours beside them."""
        return {"code": self.code, "message": f"{self.message}: {self.told}" if self.told else self.message}

    @property
    def reply(self) -> Reply:
        return refusal(self.status, self.message, self.code)


def accept(call: Call, kind: str, settings: SegmentSettings) -> Accepted:
    """Take a call of `kind` ('batch' or an event type), or raise `Refused` with Segment's answer.

    Sizes: segment facts 1.6 [doc][obs], 1.7 [doc][obs], 6 (8, 9).
    """
    limit = settings.batch_bytes if kind == BATCH else settings.event_bytes
    if call.body_too_large:
        raise Refused(EXCEED_PAYLOAD_LIMIT)
    most = limit if settings.sizes_count == "inflated" else LARGEST
    body = inflate(call, most)
    if len(body) > most or (most != limit and len(call.body) > limit):
        raise Refused(EXCEED_PAYLOAD_LIMIT)
    payload = parse_object(body)
    key = write_key(call, payload, settings)
    if kind == BATCH:
        items = items_of(payload, BATCH)
        if settings.oversize_item == "refuse-batch" and oversize_places(body, items, settings.event_bytes):
            raise Refused(EXCEED_PAYLOAD_LIMIT)  # the limit has no documented status for an item: conflict 5
        if not items and settings.empty_batch == "refuse":
            raise Refused("The batch is empty")
    return Accepted(key, payload, body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse a body that must be a JSON object, whatever its Content-Type says (segment facts 1.4 [sdk], conflict 3).

    Strictly: NaN, empty elements and padding are refused (6 (11, 12)). A JSON value that is no object holds no event;
    nothing tells how Segment words it [inferred].
    """
    try:
        payload = parse_json(body)
    except MalformedJSON as error:
        raise Refused(MALFORMED_JSON) from error
    if not isinstance(payload, dict):
        raise Refused(MALFORMED_JSON)
    return payload


def inflate(call: Call, limit: int) -> bytes:
    """Return the body as JSON text, inflating gzip no further than just beyond `limit` bytes.

    gzip counts when it is declared (segment facts 1.4 [sdk]). A body that lies about its encoding is
    malformed; limits apply to the inflated body [inferred].
    """
    if call.header("content-encoding").strip().lower() not in {"gzip", "x-gzip"}:
        return call.body
    try:
        return inflated(call.body, limit)
    except ValueError as error:
        raise Refused(MALFORMED_JSON) from error


def write_key(call: Call, payload: dict[str, Any], settings: SegmentSettings) -> str:
    """Find the write key: in the body, or as the user name of Basic authorization (segment facts 1.3, 0.4, 6 (2))."""
    in_body = payload.get("writeKey")
    in_body = in_body if isinstance(in_body, str) else ""
    in_header = header_key(call)
    first, second = (in_body, in_header) if settings.write_key_precedence == "body" else (in_header, in_body)
    key = first or second or (query_key(call) if settings.query_write_key else "")
    if not key or len(key) < settings.min_write_key_length:
        raise Refused(INVALID_WRITE_KEY, told=_instead_of_a_key(call, payload, key))
    return key


def _instead_of_a_key(call: Call, payload: dict[str, Any], key: str) -> str:
    """Say what an upload without a usable write key has in its place."""
    if key:
        return f"it has {len(key)} characters, fewer than min_write_key_length"
    if "writeKey" in payload and not isinstance(payload["writeKey"], str):
        return f"the writeKey in the body is no text: {type(payload['writeKey']).__name__}"
    other = next((name for name in payload if name != "writeKey" and _bare(name) in _KEY_NAMES), None)
    if other is not None:
        return f"the body has {other!r}, and only writeKey is looked at"
    if query_key(call):
        return "the writeKey in the address is not looked at (query_write_key)"
    return told_of(call, "a write key stands in the body, or is the user of Basic authorization")


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def header_key(call: Call) -> str:
    """Return the write key of the Authorization header, empty when there is none."""
    credentials = basic_credentials(call.header("authorization"))
    return credentials[0] if credentials else ""


def query_key(call: Call) -> str:
    """Return the write key of the address, empty when there is none."""
    found = re.search(r"(?:^|&)writeKey=([^&]*)", call.query)
    return unquote_plus(found[1]) if found else ""


def items_of(payload: dict[str, Any], kind: str) -> list[Any]:
    """Return the events of an accepted body, each with the type its route implies (segment facts 1.2 [inferred]).

    A type of null counts as none, like a null id (1.12 [inferred]).
    """
    if kind == BATCH:
        batch = payload.get("batch")
        return batch if isinstance(batch, list) else []
    if payload.get("type") is None:
        payload["type"] = kind
    return [payload]
