"""The pixel routes: an event in the address of an image, for e-mails (segment facts 1.2 [doc])."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

from mock_core.exchange import Reply
from mock_segment.edge.accepting import Refused, parse_object
from mock_segment.errors import MALFORMED_JSON

_MAX_FIELDS = 1_000
_MAX_DEPTH = 16
# One transparent pixel, in GIF89a.
PIXEL = Reply(
    200,
    base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    (("Content-Type", "image/gif"), ("Cache-Control", "no-cache, max-age=0")),
)


def pixel_payload(query: str) -> dict[str, Any]:
    """Read the event: `data` is base64 of JSON, URL-safe or not; without it dotted names build it, as strings."""
    try:
        fields = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise Refused(MALFORMED_JSON) from error
    if "data" not in fields:
        return _undotted(fields)
    encoded = fields["data"].replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return parse_object(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refused(MALFORMED_JSON) from error


def _undotted(fields: dict[str, str]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for name, value in fields.items():
        *way, last = name.split(".", _MAX_DEPTH)
        holder = payload
        for step in way:
            inner = holder.setdefault(step, {})
            if not isinstance(inner, dict):
                inner = holder[step] = {}
            holder = inner
        holder[last] = value
    return payload
