"""The shortest renames that give every cohort of a set a column of its own.

A cheapest matching of cohorts with columns: each cohort may stay as it is, or take one of its edited names at what the
edit costs; no column is taken twice. Found by shortest augmenting paths, so the sum is the smallest there is among the
edits offered, as long as some seventy cohorts at most contend for the same columns. Of a greater crowd each that comes
later takes the cheapest column that a search of bounded length finds: still its own, perhaps not the best for all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

_LOOKED_AT: Final = 5_000
"""Edits of other cohorts that are looked at to place one: seventy cohorts with seventy columns."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Offer a name, the column it would have, and what the change costs; staying costs nothing."""

    name: str
    column: str
    cost: int


def cheapest(offers: Sequence[Iterator[Edit]]) -> list[Edit | None]:
    """Choose one edit for each cohort so that no two have a column in common and the sum of costs is smallest.

    Each iterator yields a cohort's edits, the cheapest first. A cohort for which nothing is left is told with None.
    """
    return _Matching(offers).solve()


class _Matching:
    """Match one cohort after the other, moving earlier ones where that is cheaper."""

    def __init__(self, offers: Sequence[Iterator[Edit]]) -> None:
        self._streams = offers
        self._seen: list[dict[str, Edit]] = [{} for _ in offers]
        self._taken: dict[str, int] = {}
        self._chosen: list[Edit | None] = [None] * len(offers)

    def solve(self) -> list[Edit | None]:
        """Return what each cohort is given."""
        for place in range(len(self._streams)):
            self._place(place)
        return self._chosen

    def _edits(self, place: int) -> Iterator[Edit]:
        """Yield the cheapest edits of a cohort with columns of their own, drawn no further than they are needed."""
        seen = self._seen[place]
        yield from list(seen.values())
        for edit in self._streams[place]:
            if edit.column not in seen:
                seen[edit.column] = edit
                yield edit

    def _place(self, start: int) -> None:
        """Find the cheapest way to a free column, over cohorts that move on to another one.

        Of a cohort's edits those behind the first with a free column need no look: a way over one of them costs at
        least what the edit costs, for cohorts hold columns that they could not give up at a gain.
        """
        best: dict[str, int] = {}
        came: dict[str, tuple[int, Edit]] = {}
        order = count()
        waiting: list[tuple[int, int, int]] = [(0, next(order), start)]
        free: tuple[int, str] | None = None
        left = _LOOKED_AT
        while waiting and left > 0:
            spent, _, place = heapq.heappop(waiting)
            held = self._chosen[place]
            if held is not None and best[held.column] != spent + held.cost:
                continue  # reached more cheaply since
            for edit in self._edits(place):
                left -= place != start
                price, owner = spent + edit.cost, self._taken.get(edit.column)
                if price < best.get(edit.column, price + 1):
                    best[edit.column], came[edit.column] = price, (place, edit)
                    if owner is None:
                        free = (price, edit.column) if free is None or price < free[0] else free
                    else:
                        heapq.heappush(waiting, (price - self._cost(owner), next(order), owner))
                if owner is None:
                    break
        if free is not None:
            self._take(free[1], came, start)

    def _cost(self, place: int) -> int:
        held = self._chosen[place]
        return held.cost if held is not None else 0

    def _take(self, column: str, came: dict[str, tuple[int, Edit]], start: int) -> None:
        """Give each cohort on the way its new column, from the free one back to where the way began."""
        while True:
            place, edit = came[column]
            left = self._chosen[place]
            self._taken[column], self._chosen[place] = place, edit
            if place == start or left is None:
                return
            column = left.column
