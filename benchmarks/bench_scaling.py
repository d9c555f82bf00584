"""Scaling: what a Dask cluster on this machine costs beside a pool of processes, and what a long campaign holds here.

COHORTLAB_REHEARSALS says how many the long campaign has.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from benchmarks.measure import Figure
from scenarios.campaigns import Crew, cluster, processes
from scenarios.simulation import Plan, simulate

LONG = int(os.environ.get("COHORTLAB_REHEARSALS", "100000"))
SHORT = 2_000
ROUNDS = 3


def bench() -> Iterator[Figure]:
    """Yield the overhead of a local cluster, and the client's memory at both ends of a campaign."""
    on_dask: Callable[[], AbstractContextManager[Crew]] = partial(cluster, "local", 2)
    pairs = [(_seconds(on_dask), _seconds(partial(processes, 2))) for _ in range(ROUNDS)]
    dask, pool = ([statistics.median(pair[who][part] for pair in pairs) for part in (0, 1)] for who in (0, 1))
    note = f"{SHORT:,} rehearsals of up to 1,000 users, two workers, median of {ROUNDS} rounds in turn"
    for place, what in enumerate(("a campaign with its start", "a campaign once it runs")):
        yield Figure(
            f"{what}, --on local",
            dask[place],
            "s",
            bar=1.1 * pool[place],
            less_is_better=True,
            baseline="--jobs 2",
            baseline_value=pool[place],
            note=note,
        )
    with on_dask() as crew:
        began, start = time.perf_counter(), 0
        for seen, tried in enumerate(simulate(Plan(1, LONG, 60), crew=crew), 1):
            assert tried.result.failure is None
            if seen == LONG // 100:
                start = _memory()
        seconds = time.perf_counter() - began
    note = f"{LONG:,} rehearsals of up to 60 users, {LONG / seconds:,.1f} a second; scheduler and client in one process"
    yield Figure(
        "memory of the client at the end",
        _memory() / 1e6,
        "MB",
        bar=1.1 * start / 1e6,
        less_is_better=True,
        baseline="after one in a hundred",
        baseline_value=start / 1e6,
        note=note,
    )


def _seconds(crew_of: Callable[[], AbstractContextManager[Crew]]) -> tuple[float, float]:
    """Return the seconds of a campaign with its start, and from its first result on."""
    began = time.perf_counter()
    first = began
    with crew_of() as crew:
        for seen, tried in enumerate(simulate(Plan(1, SHORT), crew=crew)):
            assert tried.result.failure is None
            if seen == 0:
                first = time.perf_counter()
        ended = time.perf_counter()
    return ended - began, ended - first


def _memory() -> int:
    """Return the bytes that this process holds; the most it ever held, where the system does not say."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
