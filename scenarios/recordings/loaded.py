"""What became of a user's trait in a warehouse: a station of the way for every row, and one for the user's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from downstream.warehouse import JournalSource, Stop, Warehouse, WarehouseTrouble, stops
from mock_core.annexe import addition
from mock_segment import SegmentState
from mock_segment.delivery import PLACES
from scenarios.recordings.mark import Mark

if TYPE_CHECKING:
    from downstream.warehouse import Target


def in_warehouse(
    segment: SegmentState, user_id: str, traits: Collection[str], target: Target | None = None
) -> Iterator[Mark]:
    """Yield where each value of these traits ended.

    Looked into is `target`, which was loaded from this journal, or else the lab's own warehouse, if it has one.
    """
    if target is not None:
        stream = JournalSource(segment, by_content=True).stream()
        found = list(stops(target.query, stream, segment, user_id, traits))
    else:
        try:
            warehouse = addition(segment, Warehouse)
        except LookupError:  # a fake that stands alone
            return
        if not traits or not (warehouse.is_wanted or warehouse.is_told):
            return
        try:
            found = warehouse.trace(user_id, traits)
        except WarehouseTrouble as error:
            last = segment.workspace.journal.last
            yield Mark(segment.workspace.clock.now_ms(), "warehouse", last, "table", f"cannot be asked: {error}")
            return
    for stop in found:
        yield _mark(segment, stop)


def _mark(segment: SegmentState, stop: Stop) -> Mark:
    entry = stop.position // PLACES
    sent = segment.workspace.journal.entry(entry)
    at = stop.loaded_at if stop.loaded_at is not None else 0 if sent is None else sent.at
    return Mark(at, "warehouse", entry, "table", stop.words)
