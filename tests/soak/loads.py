"""Loads of a warehouse killed at moments of chance, hundreds on each engine: in the end every row is there once.

Run as a program it is what is killed: it reads a database and a time from each line, and loads the journal there in a
process that has no more than that time.
"""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from downstream.warehouse import JournalSource, Loader, WarehouseSettings, loader, target_of
from mock_segment import SegmentFake
from scenarios.lab import SEGMENT_URL, Lab
from tests.downstream.warehouse.postgres import binaries, served

KILLS = int(os.environ.get("COHORTLAB_KILLS", "300"))
EVENTS = 24_000
IN_A_BATCH = 250
IN_A_LOAD = 2_000
COHORTS = 12
KEY = "soak-key"
STEPS = ("reading", "ddl", "append", "users", "columns", "book", "mark", "between")


def events() -> Iterator[dict[str, Any]]:
    """Yield identifies of a dozen cohorts, tracks and groups; a few traits are texts in a column of booleans."""
    random = Random(14)
    for number in range(EVENTS):
        event = {"messageId": f"m{number}", "userId": f"u{random.randrange(3_000)}"}
        if number % 10 == 8:
            yield event | {"type": "track", "event": f"Page {number % 3} Seen", "properties": {"n": number}}
        elif number % 10 == 9:
            yield event | {"type": "group", "groupId": f"g{number % 400}", "traits": {"seats": number}}
        else:
            value: Any = "true" if number % 500 == 250 else random.random() < 0.5
            yield event | {"type": "identify", "traits": {f"cohort {random.randrange(COHORTS)}": value}}


def expected() -> tuple[dict[str, int], set[tuple[Any, ...]], int]:
    """Return how many rows each table has, what `users` says, and how many values were cast."""
    rows: Counter[str] = Counter()
    users: dict[str, dict[str, bool]] = {}
    cast = 0
    for event in events():
        if event["type"] == "identify":
            rows["identifies"] += 1
            ((key, value),) = event["traits"].items()
            users.setdefault(event["userId"], {})[key] = bool(value)
            cast += value == "true"
        elif event["type"] == "track":
            rows["tracks"] += 1
            rows[event["event"].lower().replace(" ", "_")] += 1
        else:
            rows["groups"] += 1
    keys = [f"cohort {each}" for each in range(COHORTS)]
    rows |= {"users": len(users), "accounts": len({event["groupId"] for event in events() if "groupId" in event})}
    return dict(rows), {(user, *map(said.get, keys)) for user, said in users.items()}, cast


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a lab that delivered all of them."""
    folder = tmp_path_factory.mktemp("lab")
    with Lab(start=1_700_000_000.0, folder=folder) as lab:
        lab.segment.put_source(KEY, name="Web")
        session, every = lab.session(), list(events())
        for start in range(0, EVENTS, IN_A_BATCH):
            payload = {"writeKey": KEY, "batch": every[start : start + IN_A_BATCH]}
            assert session.post(f"{SEGMENT_URL}/v1/batch", json=payload).status_code == 200
        assert sum(lab.segment.tally().values()) == EVENTS
    return folder / "segment.db"


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_killed_loads_lose_nothing_and_double_nothing(engine: str, journal: Path, tmp_path: Path):
    """Each database is loaded until it has all of it, and each of these loads may be killed, by kill -9."""
    if engine == "postgres" and binaries() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    random, kills, rounds, at = Random(7), 0, 0, Counter[str]()
    tables, users, cast = expected()
    with _databases(engine, tmp_path) as databases, _program(journal) as program:
        takes = _load(program, next(databases), 600)[1]
        while kills < KILLS:
            into = next(databases)
            rounds += 1
            step = ""
            while step != "ended":
                step, _ = _load(program, into, random.uniform(0, takes))
                kills += step != "ended"
                at[step] += step != "ended"
            target = target_of(into)
            for table, count in tables.items():
                found = target.query(f"SELECT count(*), count(DISTINCT id) FROM web.{table}")[1]
                assert found == [(count, count)], table
            columns = ", ".join(f"cohort_{each}" for each in range(COHORTS))
            assert set(target.query(f"SELECT id, {columns} FROM web.users")[1]) == users
            notes = "SELECT count(*), count(DISTINCT message_id) FROM cohortlab.lab_notes WHERE what = 'cast'"
            assert target.query(notes)[1] == [(cast, cast)]
            assert target.query("SELECT sum(events) FROM cohortlab.lab_loads")[1] == [(EVENTS,)]
            target.close()
    spread = ", ".join(f"{at[step]} at {step}" for step in STEPS if at[step])
    told = f"{kills} kills ({spread}) of loads of {EVENTS:,} events into {rounds} databases"
    print(f"{engine}: {told}, none lost or twice")  # noqa: T201 - as in the others


@contextmanager
def _databases(engine: str, folder: Path) -> Iterator[Iterator[str]]:
    if engine == "duckdb":
        yield (f"duckdb:{folder / f'w{number}.duckdb'}" for number in range(KILLS * 100))
        return
    with served() as server:
        yield (server.database() for _ in range(KILLS * 100))


@contextmanager
def _program(journal: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.soak.loads", str(journal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        yield program
        assert program.stdin is not None
        program.stdin.close()


def _load(program: subprocess.Popen[str], into: str, seconds: float) -> tuple[str, float]:
    """Return at which step the load was killed, or that it ended, and how long it took."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(f"{seconds} {into}\n")
    program.stdin.flush()
    step, took = program.stdout.readline().split()
    assert step != "failed"
    return step, float(took)


def _at_a_time(journal: Path, seconds: float, into: str, said: mmap.mmap) -> tuple[str, float]:
    """Load in a process of its own, which is killed after so many seconds."""
    began = time.monotonic()
    said[0] = 0
    pid = os.fork()
    if not pid:
        try:
            _all_of(journal, into, said)
        except BaseException as error:  # the process ends here
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    ends = signal.sigtimedwait({signal.SIGCHLD}, seconds)
    if ends is None:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if ends is None:
        signal.sigtimedwait({signal.SIGCHLD}, 0)
    took = time.monotonic() - began
    if os.WIFSIGNALED(status):
        return STEPS[said[0]], took
    return ("ended" if os.WEXITSTATUS(status) == 0 else "failed"), took


def _all_of(journal: Path, into: str, said: mmap.mmap) -> None:
    def step(name: str) -> None:
        said[0] = STEPS.index(name)

    loader.MOST_EVENTS = IN_A_LOAD  # several transactions
    fake = SegmentFake(path=journal)
    for _ in Loader(JournalSource(fake.state), target_of(into), boundary=step).load_all(WarehouseSettings(), at=1):
        said[0] = STEPS.index("between")


if __name__ == "__main__":
    for driver in ("duckdb", "psycopg"):
        import_module(driver)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    shared = mmap.mmap(-1, 1)
    for line in sys.stdin:
        within, _, database = line.strip().partition(" ")
        sys.stdout.write("{} {}\n".format(*_at_a_time(Path(sys.argv[1]), float(within), database, shared)))
        sys.stdout.flush()
