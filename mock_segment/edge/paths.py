"""The paths that events come by, and what each takes (segment facts 1.2, 3.3): the six calls, batches, pixels.

An upload that misses them is one all the same: it is recognised by the last word of its path, or by what it carries.

Ten SDKs use four of them for batches and the six short ones for single calls (0.3 [sdk], 3.1 [sdk]).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_segment.edge.accepting import BATCH

EVENT_TYPES = ("identify", "track", "page", "screen", "group", "alias")
EVENT_PATHS: Mapping[str, str] = {path: kind for kind in EVENT_TYPES for path in (f"/v1/{kind}", f"/v1/{kind[0]}")}
BATCH_PATHS = ("/v1/batch", "/v1/b", "/v1/import")
PIXEL_PATHS: Mapping[str, str] = {f"/v1/pixel/{kind}": kind for kind in EVENT_TYPES}

_UPLOADS: Mapping[tuple[str, str], str] = {
    **{("POST", path): kind for path, kind in EVENT_PATHS.items()},
    **{("POST", path): BATCH for path in BATCH_PATHS},
    **{("GET", path): kind for path, kind in PIXEL_PATHS.items()},
}


ANY_EVENT = "event"  # what a call carries that is an event of no known type
# Who answers a call there with a refusal, whatever it carries: nobody, or a route that takes another method.
NOWHERE = frozenset({"", *EVENT_PATHS, *BATCH_PATHS})
_WORDS: Mapping[str, str] = {**{kind: kind for kind in EVENT_TYPES}, "batch": BATCH, "import": BATCH}
# Names that stand in an event and in nothing else that is sent to these hosts.
_OF_AN_EVENT = frozenset(
    {"anonymousId", "messageId", "originalTimestamp", "previousId", "properties", "traits", "userId"}
)


def upload_kind(method: str, route: str) -> str | None:
    """Return what a call carries by its route, an event type or 'batch'; None when it carries no events."""
    return _UPLOADS.get((method, route))


def misdirected_kind(path: str, payload: Mapping[str, Any] | None) -> str | None:
    """Return what a call carries that missed every route; None when it carries no events.

    `payload` is the object it carries, None when there is none to be read.
    """
    if payload and isinstance(payload.get("batch"), list):
        return BATCH
    word = path.rstrip("/").rpartition("/")[2].lower()
    if word in _WORDS:
        return _WORDS[word]
    if payload and payload.keys() & _OF_AN_EVENT:
        said = payload.get("type")
        return said if said in EVENT_TYPES else ANY_EVENT
    return None
