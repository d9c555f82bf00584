"""A structured log of a run: a listener that writes each event as one line of JSON."""

from __future__ import annotations

from typing import IO

import orjson

from contracts.foreign import in_json
from syncer.telling.events import Event, Listener


def json_log(out: IO[str]) -> Listener:
    """Write every event to `out`; no event holds a key."""

    def write(event: Event) -> None:
        out.write(in_json(orjson.dumps(event.as_dict()).decode()) + "\n")
        out.flush()

    return write
