"""What is live: calls of both fakes read from the end, filtered, sent to pages as they come, drawn over time."""

from __future__ import annotations

from console.live.bodies import plain_body
from console.live.chart import chart
from console.live.filters import FAKES, TYPES, VERDICTS, Filters, NotAFilter
from console.live.places import Place, end_of, place_in
from console.live.reading import Found, look_back
from console.live.rows import CallRow, EventLine, call_row, caller, event_line
from console.live.stream import MOST_STREAMS, Streams, Update

__all__ = [
    "FAKES",
    "MOST_STREAMS",
    "TYPES",
    "VERDICTS",
    "CallRow",
    "EventLine",
    "Filters",
    "Found",
    "NotAFilter",
    "Place",
    "Streams",
    "Update",
    "call_row",
    "caller",
    "chart",
    "end_of",
    "event_line",
    "look_back",
    "place_in",
    "plain_body",
]
