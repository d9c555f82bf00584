"""The edge: what Segment answers at once, knowing only the bytes of one request."""

from __future__ import annotations

from mock_segment.edge.accepting import (
    BATCH,
    SUCCESS,
    Accepted,
    Refused,
    accept,
    header_key,
    inflate,
    items_of,
    parse_object,
    write_key,
)
from mock_segment.edge.paths import BATCH_PATHS, EVENT_PATHS, EVENT_TYPES, PIXEL_PATHS, upload_kind
from mock_segment.edge.pixel import PIXEL, pixel_payload
from mock_segment.edge.ratelimit import FixedWindow
from mock_segment.edge.sizes import oversize_places

__all__ = [
    "BATCH",
    "BATCH_PATHS",
    "EVENT_PATHS",
    "EVENT_TYPES",
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
    "oversize_places",
    "parse_object",
    "pixel_payload",
    "upload_kind",
    "write_key",
]
