"""The paths that events come by, and what each takes (segment facts 1.2, 3.3): the six calls, batches, pixels.

Ten SDKs use four of them for batches and the six short ones for single calls (0.3 [sdk], 3.1 [sdk]).
"""

from __future__ import annotations

from collections.abc import Mapping

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


def upload_kind(method: str, route: str) -> str | None:
    """Return what a call carries by its route, an event type or 'batch'; None when it carries no events."""
    return _UPLOADS.get((method, route))
