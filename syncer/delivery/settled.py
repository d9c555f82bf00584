"""Which positions of a run are settled: a set of numbers kept as ranges.

A position is settled when Segment acknowledged its change, or refused it for good.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable


class Settled:
    """Remember ranges of positions, both ends included, and merge those that touch."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._ranges: list[tuple[int, int]] = []
        for first, last in ranges:
            self.add(first, last)

    def add(self, first: int, last: int) -> None:
        """Settle every position from `first` to `last`."""
        at = bisect_right(self._ranges, (first, -1))
        if at and self._ranges[at - 1][1] >= first - 1:
            at -= 1
        end = at
        while end < len(self._ranges) and self._ranges[end][0] <= last + 1:
            first = min(first, self._ranges[end][0])
            last = max(last, self._ranges[end][1])
            end += 1
        self._ranges[at:end] = [(first, last)]

    @property
    def first_open(self) -> int:
        """Return the lowest position that is not settled."""
        if self._ranges and self._ranges[0][0] == 0:
            return self._ranges[0][1] + 1
        return 0

    @property
    def last(self) -> int:
        """Return the highest position that is settled, -1 when none is."""
        return self._ranges[-1][1] if self._ranges else -1

    def __contains__(self, position: int) -> bool:
        at = bisect_right(self._ranges, (position, position))
        if at < len(self._ranges) and self._ranges[at][0] == position:
            return True
        return at > 0 and self._ranges[at - 1][1] >= position

    def covers(self, first: int, last: int) -> bool:
        """Say whether every position from `first` to `last` is settled."""
        return any(low <= first and last <= high for low, high in self._ranges)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self._ranges)
