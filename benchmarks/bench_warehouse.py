"""The warehouse: delivered identifies from a journal to committed tables, beside the engine's own best way.

`COHORTLAB_WAREHOUSE_EVENTS` says of how many identifies, `COHORTLAB_WAREHOUSE_USERS` how many users the tables of 1,500
cohorts have; the targets are stated for 2,000,000 and 100,000. Arrow is there with `cohortlab[bench]`.

The engine's way gets the columns of `identifies` as Python lists that are there already, and writes no users. The floor
is what nobody gets around who has the events in a journal: to read and parse it, then the engine's own way.
"""

# ruff: noqa: PLC0415 - pyarrow may not be there, and the drivers belong to the baselines

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measure import Figure
from downstream.warehouse import Warehouse, target_of
from scenarios.lab import SEGMENT_URL, Lab
from tests.downstream.warehouse.postgres import Server, binaries, served

EVENTS = int(os.environ.get("COHORTLAB_WAREHOUSE_EVENTS", "200000"))
COHORTS = 20
IN_A_BATCH = 2_000
KEY = "bench-key"
AT_US = 1_700_000_000_000_000
WIDE = 1_500
USERS = int(os.environ.get("COHORTLAB_WAREHOUSE_USERS", "20000"))
CHANGED = USERS // 10
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass
class Spent:
    """Seconds on the wall, and of processors: this process and, where there is one, the server behind it."""

    wall: float
    processor: float


def bench() -> Iterator[Figure]:
    """Measure both engines, PostgreSQL where it is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Lab(start=AT_US // 1_000_000, folder=folder / "lab") as lab:
            _tell(lab, EVENTS)
            lab.segment.tally()  # what became of the events was asked before
            yield from _loaded(lab, "DuckDB", f"duckdb:{folder / 'w.duckdb'}", _arrow)
            if binaries() is not None:
                with served() as server:
                    yield from _loaded(lab, "PostgreSQL", server.database(), partial(_copy, server), server)
        yield from _changed("DuckDB", f"duckdb:{folder / 'wide.duckdb'}", folder)
        if binaries() is not None:
            with served() as server:
                yield from _changed("PostgreSQL", server.database(), folder, server)


def spent(work: Callable[[], object], server: Server | None = None) -> Spent:
    """Return what a call takes."""
    start, before = time.perf_counter(), time.process_time() + _of_server(server)
    work()
    return Spent(time.perf_counter() - start, time.process_time() + _of_server(server) - before)


def _of_server(server: Server | None) -> float:
    """Return the processor seconds of connections that have ended, which is when the server hears of them."""
    if server is None:
        return 0
    time.sleep(0.3)
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS


def _loaded(
    lab: Lab, engine: str, into: str, plain: Callable[[list[list[Any]]], Spent | None], server: Server | None = None
) -> Iterator[Figure]:
    warehouse = Warehouse(lab.segment, into)
    first = spent(warehouse.load, server)
    yield Figure(f"{engine}: most memory of the process by then", _peak(), "MB", bar=400, less_is_better=True)
    assert target_of(into).query(f"SELECT count(*) >= {EVENTS} FROM web.identifies")[1] == [(True,)]
    reading = spent(lambda: _parsed(lab))
    own = plain(_columns())
    yield Figure(
        f"{engine}: identifies and users, from the journal",
        EVENTS / first.wall,
        "rows/s",
        baseline="the engine's best way, identifies at hand, no users",
        baseline_value=None if own is None else EVENTS / own.wall,
        note=f"{first.processor / EVENTS * 1e6:.1f} us of processors a row",
    )
    if own is not None:
        for what, ours, theirs, parsed in (
            ("time", first.wall, own.wall, reading.wall),
            ("processors", first.processor, own.processor, reading.processor),
        ):
            yield Figure(
                f"{engine}: {what}, times the engine's best way",
                ours / theirs,
                "x",
                bar=1.5,
                less_is_better=True,
                note=f"floor {(parsed + theirs) / theirs:.2f}x: reading and parsing, then the engine's best way",
            )
    _tell(lab, EVENTS // 100, prefix="hourly")
    lab.segment.tally()
    hourly = spent(warehouse.load, server)
    yield Figure(
        f"{engine}: an hourly load of 1 %, as a share of the first",
        hourly.wall / first.wall,
        "of it",
        bar=1 / 20,
        less_is_better=True,
        note=f"{hourly.processor / first.processor:.3f} of its processors",
    )


def _parsed(lab: Lab) -> None:
    for entry in lab.segment.workspace.journal.walk(kind="request"):
        orjson.loads(entry.body or b"null")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _tell(lab: Lab, events: int, prefix: str = "first") -> None:
    session = lab.session()
    for start in range(0, events, IN_A_BATCH):
        lab.clock.advance(1)
        batch = [
            {
                "type": "identify",
                "messageId": f"{prefix}-{lab.segment.workspace.journal.last}-{number}",
                "userId": f"user-{number % (EVENTS // COHORTS)}",
                "timestamp": "2023-11-14T22:13:20Z",
                "traits": {f"cohort {number % COHORTS}": number % 3 > 0},
            }
            for number in range(start, min(start + IN_A_BATCH, events))
        ]
        context = {"integration": {"name": "amplitude"}}
        payload = {"writeKey": KEY, "context": context, "sentAt": "2023-11-14T22:13:20Z", "batch": batch}
        if start == 0:
            lab.segment.put_source(KEY, name="Web")
        assert session.post(f"{SEGMENT_URL}/v1/batch", json=payload).status_code == 200


TYPES = ["VARCHAR"] * 2 + ["TIMESTAMP"] * 4 + ["VARCHAR"] + ["BOOLEAN"] * COHORTS


def _columns() -> list[list[Any]]:
    """Return the columns of `identifies` as a program has them that made them itself; times in microseconds."""
    numbers = range(EVENTS)
    received = [AT_US + number // IN_A_BATCH * 1_000_000 for number in numbers]
    cohorts = [[number % 3 > 0 if number % COHORTS == each else None for number in numbers] for each in range(COHORTS)]
    return [
        [f"first-{number // IN_A_BATCH}-{number}" for number in numbers],
        [f"user-{number % (EVENTS // COHORTS)}" for number in numbers],
        *(received, received, received, received),
        ["amplitude"] * EVENTS,
        *cohorts,
    ]


def _arrow(columns: list[list[Any]]) -> Spent | None:
    """Measure Arrow from Python columns; None without pyarrow."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError:
        return None
    import duckdb

    names = [f"c{place}" for place in range(len(TYPES))]
    arrow = {"VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_()}
    schema = pa.schema([(name, arrow[kind]) for name, kind in zip(names, TYPES, strict=True)])
    made = ", ".join(f"{name} {kind}" for name, kind in zip(names, TYPES, strict=True))
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/plain.duckdb") as db:
        db.execute(f"CREATE TABLE t ({made})")

        def work() -> None:
            db.register("given", pa.Table.from_pydict(dict(zip(names, columns, strict=True)), schema))
            db.execute("INSERT INTO t SELECT * FROM given")

        return spent(work)


def _copy(server: Server, columns: list[list[Any]]) -> Spent:
    """Measure psycopg's binary COPY."""
    import psycopg

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    columns[2:6] = [[epoch + timedelta(microseconds=at) for at in columns[2]]] * 4
    rows = list(zip(*columns, strict=True))
    kinds = ["text"] * 2 + ["timestamptz"] * 4 + ["text"] + ["bool"] * COHORTS
    url = server.database()

    def work() -> None:
        with psycopg.connect(url) as db, db.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE t ({', '.join(f'c{place} {kind}' for place, kind in enumerate(kinds))})".encode()
            )
            with cursor.copy("COPY t FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(kinds)
                for row in rows:
                    copy.write_row(row)

    return spent(work, server)


def _changed(engine: str, into: str, folder: Path, server: Server | None = None) -> Iterator[Figure]:
    """Measure one cohort's change for some of many users, in tables of many cohorts."""
    steps: dict[str, float] = {}
    with Lab(start=AT_US // 1_000_000, folder=folder / engine) as lab:
        lab.segment.put_source(KEY, name="Web")
        session = lab.session()

        def post(events: list[dict[str, Any]]) -> None:
            batch = [{"type": "identify", "timestamp": "2023-11-14T22:13:20Z", **event} for event in events]
            assert session.post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": KEY, "batch": batch}).status_code == 200

        for start in range(0, WIDE, 100):
            post([{"userId": "0", "traits": {f"cohort {each}": True for each in range(start, start + 100)}}])
        for start in range(0, USERS, IN_A_BATCH):
            post(
                [
                    {"userId": str(each), "traits": {"cohort 0": True}}
                    for each in range(start, min(start + IN_A_BATCH, USERS))
                ]
            )
        warehouse = Warehouse(lab.segment, into, boundary=lambda step: steps.update({step: time.perf_counter()}))
        warehouse.load()
        _fill(into, server)
        for start in range(0, CHANGED, IN_A_BATCH):
            every = range(start * 10, min(start + IN_A_BATCH, CHANGED) * 10, 10)
            post([{"userId": str(each), "traits": {"cohort 7": False}} for each in every])
        lab.segment.tally()
        whole = spent(warehouse.load, server)
        alone, merged = _merge(into, server)
    title = f"{engine}: a cohort changed for {CHANGED:,} of {USERS:,} users with {WIDE:,} columns"
    yield Figure(
        f"{title}, in users",
        (steps["users"] - steps["append"]) / alone,
        "x",
        bar=2,
        less_is_better=True,
        note=f"of MERGE of that column alone, {alone * 1000:,.0f} ms",
    )
    yield Figure(
        f"{title}, the load from the journal on",
        whole.processor / merged.processor,
        "x",
        note=f"of processors; MERGE, staged and committed: {merged.processor * 1000:,.0f} ms",
    )


def _fill(into: str, server: Server | None) -> None:
    """Let every user have a value of every cohort."""
    statement = f"UPDATE web.users SET {', '.join(f'cohort_{each} = true' for each in range(WIDE))}"
    if server is not None:
        server.run(statement, into)
        server.run("VACUUM FULL web.users", into)
        return
    import duckdb

    with duckdb.connect(into.removeprefix("duckdb:")) as db:
        db.execute(statement)


def _merge(into: str, server: Server | None) -> tuple[float, Spent]:
    """Return the seconds of one MERGE, and what it takes with the values staged before and committed after."""
    import duckdb
    import psycopg

    alone: list[float] = []
    values = f"SELECT CAST(n AS {'text' if server else 'varchar'}) AS id, true AS v"
    many = f"generate_series(0, {USERS - 1}, 10) AS t(n)"
    merge = (
        "MERGE INTO web.users AS u USING staged AS s ON u.id = s.id WHEN MATCHED THEN UPDATE SET cohort_8 = s.v "
        "WHEN NOT MATCHED THEN INSERT (id, cohort_8) VALUES (s.id, s.v)"
    )

    def work() -> None:
        with duckdb.connect(into.removeprefix("duckdb:")) if server is None else psycopg.connect(into) as db:
            db.execute("BEGIN") if server is None else None
            db.execute(f"CREATE TEMP TABLE staged AS {values} FROM {many}")  # type: ignore[arg-type, call-overload]
            start = time.perf_counter()
            db.execute(merge)
            alone.append(time.perf_counter() - start)
            db.execute("COMMIT")

    whole = spent(work, server)
    return alone[0], whole
