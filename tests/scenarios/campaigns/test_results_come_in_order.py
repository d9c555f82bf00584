"""Whoever does the work, and however late, the results are those of the items in turn, and little is held meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.campaigns import CampaignError, Crew, alone, campaign, first_that
from scenarios.campaigns.code import Code


class Shuffled(Executor):
    """Does what it was told in an order of its own, when a future is waited for."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._told: list[tuple[Future[Any], Any]] = []
        self.most = 0

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._told.append((future, lambda: fn(*args)))
        self.most = max(self.most, len(self._told))
        threading.Timer(0, self._one).start()
        return future

    def _one(self) -> None:
        future, call = self._told.pop(self._random.randrange(len(self._told)))
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except Exception as error:
                future.set_exception(error)


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


@given(count=st.integers(0, 60), workers=st.integers(1, 5), seed=st.integers(0, 1000))
def test_the_order_of_results_is_that_of_the_items(count: int, workers: int, seed: int):
    """Pieces that come before their turn wait for it."""
    items = range(100, 100 + count)

    found = list(campaign(squares, items, Crew(Shuffled(seed), lambda: workers)))

    assert found == squares(items)


def test_only_so_much_is_handed_out_at_once():
    """Two pieces for each worker are on their way, whatever there is to do."""
    executor = Shuffled(1)

    for _ in zip(range(500), campaign(squares, range(10**12), Crew(executor, lambda: 3)), strict=False):
        pass

    assert executor.most <= 6


@given(seed=st.integers(0, 1000), workers=st.integers(1, 7), limit=st.integers(0, 40))
def test_the_first_candidate_in_order_is_taken(seed: int, workers: int, limit: int):
    """Not the first that was tried: as many as there are workers are tried at once."""
    candidates = [*range(30), *range(30)]

    alone_found = first_that(lambda number: number >= limit, candidates, alone())
    crew_found = first_that(lambda number: number >= limit, candidates, Crew(Shuffled(seed), lambda: workers))

    assert alone_found == crew_found == (None if limit >= 30 else (limit, limit))


def test_other_code_is_refused_where_it_would_do_the_work():
    """A worker that joins late is asked with every piece."""
    crew = Crew(Shuffled(1), lambda: 1, code=Code("9.9", "abc"))

    with pytest.raises(CampaignError, match=r"a worker has cohortlab .*; this is cohortlab 9\.9, code abc"):
        list(campaign(squares, range(3), crew))
