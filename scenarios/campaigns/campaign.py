"""A campaign: items handed out in pieces that take seconds, results in the order of the items.

What is on its way, and what came before its turn, is bounded, so that memory does not grow with the number of items.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from scenarios.campaigns.code import Code, this_code
from scenarios.campaigns.crews import Crew
from scenarios.campaigns.errors import OtherCode
from scenarios.campaigns.kept import Kept

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Sequence[Result]]
"""From items to their results, one each; it must be the same whoever does it, and a cluster must be able to send it."""

SECONDS: Final = 2.0
"""How long a piece is to keep a worker busy: long against what handing it out costs, short against a worker's life."""
_AHEAD: Final = 2  # pieces for each worker, so that none waits for this process
_EARLY: Final = 32  # pieces for each worker that may have come before their turn
_LOOK: Final = 1.0  # seconds between looks at who is there


def campaign(work: Work[Item, Result], items: Sequence[Item], crew: Crew, kept: Kept | None = None) -> Iterator[Result]:
    """Yield the result of every item, in the order of the items; what `kept` has is not done again.

    Raises what the work raises, and `CampaignError` when the crew is lost.
    """
    pieces = _Pieces(crew, _gaps(len(items), kept))
    on_the_way: dict[Future[Any], range] = {}
    early: dict[int, Sequence[Result]] = {}
    ahead = 1 if crew.most == 1 else _AHEAD
    at = 0
    try:
        while at < len(items):
            if kept is not None and (found := kept.at(at)) is not None:
                at += len(found)
                yield from found
                continue
            while len(on_the_way) < ahead * pieces.workers() and len(early) < _EARLY * pieces.workers():
                piece = pieces.next()
                if piece is None:
                    break
                some = [items[number] for number in piece]
                on_the_way[crew.submit(done, crew.code, work, some)] = piece
            for future in wait(on_the_way, _LOOK, FIRST_COMPLETED).done:
                piece = on_the_way.pop(future)
                seconds, results = crew.result_of(future)
                pieces.took(len(piece), seconds)
                if kept is not None:
                    kept.add(piece.start, results)
                early[piece.start] = results
            while at in early:
                results = early.pop(at)
                at += len(results)
                yield from results
    finally:
        for future in on_the_way:
            future.cancel()


def first_that(holds: Callable[[Item], bool], candidates: Iterable[Item], crew: Crew) -> tuple[int, Item] | None:
    """Return the first of the candidates, in order, of which something holds, and its place.

    As many are asked at once as there are workers; which one is returned does not depend on it.
    """
    left = iter(candidates)
    place = 0
    while some := list(islice(left, max(1, crew.workers()))):
        asked = [crew.submit(done, crew.code, _Each(holds), [each]) for each in some]
        try:
            for number, future in enumerate(asked):
                if crew.result_of(future)[1][0]:
                    return place + number, some[number]
        finally:
            for future in asked:
                future.cancel()
        place += len(some)
    return None


def done(code: Code | None, work: Work[Item, Result], items: Sequence[Item]) -> tuple[float, Sequence[Result]]:
    """Do a piece of work where it was sent to; return the seconds it took, and the results."""
    if code is not None and code != this_code():
        raise OtherCode(f"a worker has {this_code()}; this is {code}.")
    began = time.perf_counter()
    results = work(items)
    return time.perf_counter() - began, results


@dataclass(frozen=True, slots=True)
class _Each:
    """Asks something of items one by one."""

    holds: Callable[[Any], bool]

    def __call__(self, items: Sequence[Any]) -> list[bool]:
        return [self.holds(each) for each in items]


def _gaps(count: int, kept: Kept | None) -> list[range]:
    """Return what is not done yet."""
    gaps, at = [], 0
    for span in kept.spans() if kept is not None else ():
        gaps.append(range(at, span.start))
        at = span.stop
    return [gap for gap in (*gaps, range(at, count)) if gap]


class _Pieces:
    """Cuts what is to be done: pieces of some seconds, smaller ones at the end, so that all end together."""

    def __init__(self, crew: Crew, gaps: list[range]) -> None:
        self._crew, self._gaps = crew, gaps[::-1]
        self._left = sum(map(len, gaps))
        self._seconds: float | None = None  # an item takes
        self._workers, self._looked = 0, -math.inf

    def workers(self) -> int:
        """Return how many workers there are, at least one: who waits for them hands out work all the same."""
        if time.monotonic() - self._looked > _LOOK:
            self._workers, self._looked = max(1, self._crew.workers()), time.monotonic()
        return self._workers

    def took(self, items: int, seconds: float) -> None:
        """Learn from a piece that is done; newer ones count more."""
        now = seconds / items
        self._seconds = now if self._seconds is None else (self._seconds + now) / 2

    def next(self) -> range | None:
        """Return the next piece, None when there is none."""
        if not self._gaps:
            return None
        gap = self._gaps.pop()
        size = 1 if self._seconds is None else int(SECONDS / max(self._seconds, 1e-6))
        size = min(size, math.ceil(self._left / (_AHEAD * self.workers())), self._crew.most or self._left)
        piece = gap[: max(1, size)]
        self._left -= len(piece)
        if rest := gap[len(piece) :]:
            self._gaps.append(rest)
        return piece
