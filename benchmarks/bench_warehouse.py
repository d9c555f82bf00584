"""The warehouse: delivered identifies from a journal to committed tables, beside the engine's own best way.

`COHORTLAB_WAREHOUSE_EVENTS` says of how many identifies; the target is stated for 2,000,000. The engine's way gets the
columns of `identifies` as Python lists that are there already, and writes no users.
"""

# ruff: noqa: PLC0415 - pyarrow may not be there, and the drivers belong to the baselines

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure
from downstream.warehouse import Warehouse, target_of
from scenarios.lab import SEGMENT_URL, Lab
from tests.downstream.warehouse.postgres import binaries, served

EVENTS = int(os.environ.get("COHORTLAB_WAREHOUSE_EVENTS", "200000"))
COHORTS = 20
IN_A_BATCH = 2_000
KEY = "bench-key"


def bench() -> Iterator[Figure]:
    """Measure both engines, PostgreSQL where it is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Lab(start=1_700_000_000, folder=folder / "lab") as lab:
            _tell(lab, EVENTS)
            lab.segment.tally()  # what became of the events was asked before
            yield from _loaded(lab, "DuckDB", f"duckdb:{folder / 'w.duckdb'}", _arrow)
            if binaries() is not None:
                with served() as server:
                    url = server.database()
                    yield from _loaded(lab, "PostgreSQL", url, lambda rows: _copy(server.database(), rows))


def _loaded(lab: Lab, engine: str, into: str, plain: Any) -> Iterator[Figure]:
    warehouse = Warehouse(lab.segment, into)
    start = time.perf_counter()
    warehouse.load()
    first = time.perf_counter() - start
    yield Figure(f"{engine}: most memory of the process by then", _peak(), "MB", bar=400, less_is_better=True)
    rows = target_of(into).query(
        "SELECT id, user_id, received_at, sent_at, timestamp, original_timestamp, context_integration_name, "
        + ", ".join(f"cohort_{number}" for number in range(COHORTS))
        + f" FROM web.identifies LIMIT {EVENTS}"
    )[1]
    own = plain(rows)
    yield Figure(
        f"{engine}: identifies and users, from the journal",
        EVENTS / first,
        "rows/s",
        baseline="the engine's best way, identifies at hand, no users",
        baseline_value=None if own is None else len(rows) / own,
    )
    del rows
    _tell(lab, EVENTS // 100, prefix="hourly")
    lab.segment.tally()
    start = time.perf_counter()
    warehouse.load()
    yield Figure(
        f"{engine}: an hourly load of 1 %, as a share of the first",
        (time.perf_counter() - start) / first,
        "of it",
        bar=1 / 20,
        less_is_better=True,
    )


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


def _arrow(rows: list[tuple[Any, ...]]) -> float | None:
    """Return the seconds that Arrow from Python columns takes; None without pyarrow."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError:
        return None
    import duckdb

    columns = {f"c{place}": list(values) for place, values in enumerate(zip(*rows, strict=True))}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/plain.duckdb") as db:
        types = ["VARCHAR"] * 2 + ["TIMESTAMP"] * 4 + ["VARCHAR"] + ["BOOLEAN"] * COHORTS
        db.execute(f"CREATE TABLE t ({', '.join(f'c{place} {kind}' for place, kind in enumerate(types))})")
        arrow = {"VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_()}
        start = time.perf_counter()
        table = pa.Table.from_pydict(columns, pa.schema([(f"c{n}", arrow[kind]) for n, kind in enumerate(types)]))
        db.register("given", table)
        db.execute("INSERT INTO t SELECT * FROM given")
        return time.perf_counter() - start


def _copy(url: str, rows: list[tuple[Any, ...]]) -> float:
    """Return the seconds that psycopg's binary COPY takes."""
    import psycopg

    rows = [tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in row) for row in rows]
    kinds = ["text"] * 2 + ["timestamptz"] * 4 + ["text"] + ["bool"] * COHORTS
    with psycopg.connect(url) as db:
        db.execute(f"CREATE TABLE t ({', '.join(f'c{place} {kind}' for place, kind in enumerate(kinds))})".encode())
        start = time.perf_counter()
        with db.cursor() as cursor, cursor.copy("COPY t FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(kinds)
            for row in rows:
                copy.write_row(row)
        db.commit()
        return time.perf_counter() - start
