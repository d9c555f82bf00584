"""Loads a journal, again and again, and kills each load one step later; then loads what is left.

Run as `python -m tests.downstream.warehouse.killed JOURNAL DATABASE`. Each load is a process of its own.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path

from downstream.warehouse import JournalSource, Loader, WarehouseSettings, loader, target_of
from mock_segment import SegmentFake

EVENTS_IN_A_LOAD = 4
MOST_STEPS = 60
for driver in ("duckdb", "psycopg"):
    import_module(driver)


def load(journal: Path, into: str, steps: int) -> bool:
    """Load until so many steps were taken; say whether the load came to its end before."""
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
        return os.WIFEXITED(status)
    taken = 0

    def step(_name: str) -> None:
        nonlocal taken
        taken += 1
        if taken == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    loader.MOST_EVENTS = EVENTS_IN_A_LOAD  # several transactions
    fake = SegmentFake(path=journal)
    target = target_of(into)
    loads = Loader(JournalSource(fake.state), target, boundary=step)
    loads.begin()
    _, ((whole,),) = target.query(
        "SELECT (SELECT coalesce(sum(loaded), 0) FROM cohortlab.lab_loaded WHERE table_name = 'identifies') "
        "= (SELECT coalesce(sum(events), 0) FROM cohortlab.lab_loads)"
    )
    assert whole
    for _ in loads.load_all(WarehouseSettings(), at=1_700_000_000_000):
        pass
    os._exit(0)


if __name__ == "__main__":
    journal, into = Path(sys.argv[1]), sys.argv[2]
    with closing(SegmentFake(path=journal)) as warm:  # what takes long the first time is there in each process then
        warm.state.tally()
    killed = next(steps for steps in range(1, MOST_STEPS) if load(journal, into, steps))
    sys.stdout.write(str(killed))
