"""Reading back: calls of both fakes from the newest on, as many as a page shows and no more than it has time for.

Nothing is read that is not shown or looked at for a filter, however long the journals are, and nothing is kept.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.live.filters import FAKES, KEPT_APART, Filters
from console.live.places import Place
from console.live.rows import CallRow, call_row
from mock_core.journal import Entry, Journal

if TYPE_CHECKING:
    from console.desk import Desk

PAGE = 50
PATIENCE = 0.3  # seconds that a page may look for calls that fit
_CHUNK, _CHUNK_BYTES = 200, 1_000_000
_LATE = 180_000  # milliseconds that a call may take until it is written down


@dataclass(frozen=True, slots=True)
class Found:
    """Calls, the newest first, and the place before which older ones may lie; None when there are none.

    `looked_at` is how many calls were read for them, `last_at` when the oldest of those came, in milliseconds.
    """

    rows: list[CallRow]
    before: Place | None
    looked_at: int = 0
    last_at: int | None = None


def look_back(
    desk: Desk,
    filters: Filters,
    before: Place,
    after: Place | None = None,
    *,
    most: int = PAGE,
    patience: float = PATIENCE,
    most_bytes: int = 16_000_000,
) -> Found:
    """Return calls up to `before` and beyond `after`, the newest first: `most` of them, or what can be found in time.

    `patience` is in real seconds; as many as are wanted are looked at whatever it takes. What is looked at is
    bounded by `most_bytes` of bodies as well.
    """
    deadline = time.monotonic() + patience
    since, until = filters.span()
    rows: list[CallRow] = []
    place, looked_at, read, last_at = before, 0, 0, None
    for fake, entry in _merged(desk, filters, before, after):
        if len(rows) >= most or read >= most_bytes or (looked_at >= most and time.monotonic() > deadline):
            return Found(rows, place, looked_at, last_at)
        place = place.before(fake, entry.seq)
        looked_at, last_at = looked_at + 1, entry.at
        if not since <= entry.at < until or not filters.may_hold(entry):
            continue
        read += len(entry.body or b"")
        row = call_row(desk, fake, entry, filters)
        if row is not None:
            rows.append(replace(row, before=str(place)))
    return Found(rows, None, looked_at, last_at)


def _merged(desk: Desk, filters: Filters, before: Place, after: Place | None) -> Iterator[tuple[str, Entry]]:
    """Yield calls of both fakes, the newest first by the lab's time, those of each fake in their order."""
    ways = []
    for fake in FAKES:
        if filters.fake not in {"", fake}:
            continue
        state = desk.amplitude if fake == "amplitude" else desk.segment
        least = max(state.captured_since, 0 if after is None else after.of(fake))
        if fake == "segment" and filters.verdict in KEPT_APART:
            ways.append(_exceptional(desk, filters, before.of(fake) + 1, least))
        elif fake == "amplitude" and filters.are_about_events:
            continue
        else:
            journal = state.workspace.journal
            first = _first_before(journal, filters.span()[1], before.of(fake) + 1, least)
            ways.append(_back(fake, journal, first, least))
    return heapq.merge(*ways, key=lambda each: -each[1].at)


def _exceptional(desk: Desk, filters: Filters, before: int, after: int) -> Iterator[tuple[str, Entry]]:
    """Yield the calls whose events delivery keeps apart for what became of them: no other is read."""
    journal, most = desk.segment.workspace.journal, 60
    while found := desk.segment.exceptional(filters.verdict, filters.code, before=before, most=most):
        for seq in found:
            entry = journal.entry(seq) if seq > after else None
            if entry is None:
                return
            yield "segment", entry
        before, most = found[-1], _CHUNK


def _first_before(journal: Journal, until: int, before: int, after: int) -> int:
    """Return the number from which on to read back for what came before a moment, in milliseconds.

    Entries stand in the order of time unless somebody moved the clock; then all of them are read. A call may be written
    down a while after it came, so it is looked for a little later.
    """
    if until >= 1 << 62 or journal.newest.get("clock"):
        return before
    low, high = after, before - 1  # of the entries up to `low` it is known that they came before
    while low < high:
        middle = (low + high + 1) // 2
        found = journal.rows("SELECT at FROM journal WHERE seq = ?", (middle,))
        if found and found[0][0] >= until + _LATE:
            high = middle - 1
        else:
            low = middle
    return low + 1


def _back(fake: str, journal: Journal, before: int, after: int) -> Iterator[tuple[str, Entry]]:
    most = 60  # a page wants about so many; a search goes on with more at once
    while before > after + 1:
        entries = journal.read_back(before, after=after, kind="request", most=most, max_bytes=_CHUNK_BYTES)
        if not entries:
            return
        yield from ((fake, entry) for entry in entries)
        before, most = entries[-1].seq, _CHUNK
