"""Batches: the events of a run cut into requests that Segment takes, always at the same places.

Where a batch ends depends only on the events from its own beginning on, so a resumed run cuts at the same places and
sends the same bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from contracts.limits import EVENT_BYTES
from syncer.delivery.identify import EventTemplate
from syncer.difference import Change
from syncer.limits import CLOSING, OPENING, BatchLimits


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold changes that stand next to each other in their run, and their events as sent."""

    first: int
    changes: Sequence[Change] = field(repr=False)
    events: Sequence[bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.events)

    @property
    def last(self) -> int:
        return self.first + len(self.events) - 1

    @property
    def body(self) -> bytes:
        """Return the request body, to the byte."""
        return OPENING + b",".join(self.events) + CLOSING

    @property
    def is_too_large(self) -> bool:
        """Say whether this is one event that Segment would refuse for its size."""
        return len(self.events) == 1 and len(self.events[0]) > EVENT_BYTES

    def halves(self) -> tuple[Batch, Batch]:
        """Cut the batch in two, to find out which event is refused."""
        middle = len(self.events) // 2
        return (
            Batch(self.first, self.changes[:middle], self.events[:middle]),
            Batch(self.first + middle, self.changes[middle:], self.events[middle:]),
        )

    def __getitem__(self, span: slice) -> Batch:
        start = span.indices(len(self.events))[0]
        return Batch(self.first + start, self.changes[span], self.events[span])


def cut(sizes: Sequence[int], limits: BatchLimits) -> Iterator[slice]:
    """Yield the slices of events, given by their sizes in bytes, that fill one request each.

    An event too large for Segment is a slice of its own, so that it takes no other down with it.
    """
    room = limits.bytes - len(OPENING + CLOSING) + 1  # every event is counted with a comma; the last has none
    ends = list(accumulate(size + 1 for size in sizes))
    oversized = [index for index, size in enumerate(sizes) if size > EVENT_BYTES]
    oversized.append(len(sizes))
    start = 0
    for barrier in oversized:
        while start < barrier:
            sent = ends[start - 1] if start else 0
            end = min(bisect_right(ends, sent + room, lo=start), start + limits.events, barrier)
            yield slice(start, end)
            start = end
        if start < len(sizes):
            yield slice(start, start + 1)
            start += 1


def batches(
    first: int, chunks: Iterable[Sequence[Change]], template: EventTemplate, limits: BatchLimits
) -> Iterator[Batch]:
    """Yield the batches of changes that come in chunks; `first` is the position of the first change.

    How the changes are chunked makes no difference to the batches.
    """
    waiting = Batch(first, [], [])
    for chunk in chunks:
        position = waiting.first + len(waiting)
        waiting = Batch(
            waiting.first,
            [*waiting.changes, *chunk],
            [*waiting.events, *template.events(position, chunk)],
        )
        slices = list(cut([len(event) for event in waiting.events], limits))
        for span in slices[:-1]:
            yield waiting[span]
        waiting = waiting[slices[-1]] if slices else waiting
    if len(waiting):
        yield waiting
