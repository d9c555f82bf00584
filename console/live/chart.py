"""The chart: how many events became what over time, in as many spans as a picture has room for.

Read from what delivery counted by the second: nothing is looked through for it, however many events there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.live.filters import VERDICTS

if TYPE_CHECKING:
    from mock_segment import SegmentState

SPANS = 120
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
_DAY = 86_400
LEAST = 60  # seconds that are drawn, however few had events


def chart(segment: SegmentState, since: int | None = None, until: int | None = None) -> dict[str, Any]:
    """Return the spans between two moments, in seconds, or from the first events to the last.

    `at` holds the beginnings of all spans of `width` seconds, empty ones too, and each verdict a number for each.
    """
    extent = segment.extent()
    if extent is None and (since is None or until is None):
        return {"width": 1, "at": [], **{verdict: [] for verdict in VERDICTS}}
    first, last = extent or (since or 0, until or 0)
    begin = first if since is None else since
    end = max(last + 1, begin + LEAST) if until is None else max(until, begin + 1)
    if since is None and until is None:
        begin = min(begin, end - LEAST)
    width = _width(end - begin)
    begin -= begin % width
    found = segment.timeline(begin, end, width)
    at = list(range(begin, end, width))
    return {"width": width, "at": at, **{each: [found.get(one, {}).get(each, 0) for one in at] for each in VERDICTS}}


def _width(seconds: int) -> int:
    for width in _WIDTHS:
        if seconds / width <= SPANS:
            return width
    return -(-seconds // (SPANS * _DAY)) * _DAY
