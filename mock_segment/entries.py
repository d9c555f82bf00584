"""What the entries of a Segment journal hold beside what every fake's do, for a journal that somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mock_core.journal import CORE_SHAPES, Shapes, shape
from mock_segment.edge import BATCH, EVENT_TYPES

_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
_MOST_COPIES: Final = 2  # the fault that stores twice
_CENTURY_MS: Final = 3_155_760_000_000

_TOLD: Mapping[str, Mapping[str, Any]] = {
    "request": {
        **shape(
            stored={"enum": [BATCH, *EVENT_TYPES]},
            write_key=_TEXT,
            client=_TEXT,
            upload=_TEXT,
            keep={"type": "integer", "minimum": 0},
            copies={"type": "integer", "minimum": 1, "maximum": _MOST_COPIES},
            late_ms={"type": "integer", "minimum": 0, "maximum": _CENTURY_MS},
            overtaken=_FLAG,
        ),
        "dependentRequired": {"stored": ["write_key"]},
    },
    "source.put": shape(
        *("write_key", "name"),
        write_key=_TEXT,
        name=_TEXT,
        region={"enum": ["us", "eu"]},
        enabled=_FLAG,
        oauth=_FLAG,
        cdn={"type": "object"},
    ),
    "oauth.app.put": shape(*("client_id", "key_id", "public_key"), client_id=_TEXT, key_id=_TEXT, public_key=_TEXT),
    "oauth.assertion": shape("jti", jti=_TEXT),
}
SEGMENT_SHAPES = Shapes(CORE_SHAPES, _TOLD)
