"""What a benchmark says: a figure, the baseline measured beside it in the same run, and the bar it is held to.

Absolute values say as much about the machine as about the code; ratios within one run can be compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `bar` is the least (or, if `less_is_better`, the most) it should be."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    less_is_better: bool = False
    baseline: str = ""
    baseline_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline_value if self.baseline_value else None

    @property
    def holds(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.less_is_better else self.value >= self.bar


Bench = Callable[[], Iterator[Figure]]


def rate(work: Callable[[], object], units: int, repeats: int = 3) -> float:
    """Return units per second: the median of some repeats after one that is not counted."""
    work()
    return units / statistics.median(seconds(work) for _ in range(repeats))


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
