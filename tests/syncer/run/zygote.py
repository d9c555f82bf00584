"""A process that runs the engine in children, and kills each child at a boundary of its choice: not a test itself.

Reads lines of JSON: the environment's addresses and keys, the state folder, the cohort, and `kill_at`, the
number of the boundary to die at (0: none). Answers each with a line: how the child ended, and the boundary's
name.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path

import duckdb  # noqa: F401 - loaded here once, so that no child has to

from syncer import Engine, FileState, Settings, Source, Sync, Target


def child(order: dict[str, str], kill_at: int, log: int) -> None:
    """Run the engine once, and die at the boundary."""
    passed = 0

    def boundary(name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == kill_at:
            os.write(log, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    sync = Sync(
        order["cohort"],
        Source("lab-api-key", "lab-secret-key", order["amplitude"]),
        Target("lab-write-key", order["segment"]),
        Settings(parallel=1, batch_events=2, poll_interval=0.01, retry_base=0.01),
    )
    with FileState(Path(order["state"]), boundary=boundary) as state:
        Engine(state, boundary=boundary).run(sync)


def main() -> None:
    """Answer orders until there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                child(order, int(order["kill_at"]), writer)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as log:
            where = log.read()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(json.dumps({"status": os.waitstatus_to_exitcode(status), "where": where}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
