"""The edge: what Segment answers at once, knowing only the bytes of one request."""

from __future__ import annotations

from mock_segment.edge.accepting import (
    BATCH,
    LARGEST,
    SUCCESS,
    Accepted,
    Refused,
    accept,
    header_key,
    inflate,
    items_of,
    parse_object,
    query_key,
    write_key,
)
from mock_segment.edge.paths import (
    ANY_EVENT,
    BATCH_PATHS,
    EVENT_PATHS,
    EVENT_TYPES,
    NOWHERE,
    PIXEL_PATHS,
    misdirected_kind,
    upload_kind,
)
from mock_segment.edge.pixel import PIXEL, pixel_payload
from mock_segment.edge.ratelimit import FixedWindow
from mock_segment.edge.sizes import oversize_places

__all__ = [
    "ANY_EVENT",
    "BATCH",
    "BATCH_PATHS",
    "EVENT_PATHS",
    "EVENT_TYPES",
    "LARGEST",
    "NOWHERE",
    "PIXEL",
    "PIXEL_PATHS",
    "SUCCESS",
    "Accepted",
    "FixedWindow",
    "Refused",
    "accept",
    "header_key",
    "inflate",
    "items_of",
    "misdirected_kind",
    "oversize_places",
    "parse_object",
    "pixel_payload",
    "query_key",
    "upload_kind",
    "write_key",
]
