"""Benches for the tests of routing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.downstream.routing.bench import Bench


@pytest.fixture
def benches() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def new(**how: Any) -> Bench:
        made.append(Bench(**how))
        return made[-1]

    yield new
    for bench in made:
        bench.fake.close()


@pytest.fixture
def bench(benches: Callable[..., Bench]) -> Bench:
    """One with a destination `small` connected."""
    made = benches()
    made.destinations.put("small")
    return made
