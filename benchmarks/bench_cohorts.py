"""Computed cohorts: eleven definitions over many events, beside plain SQL for the same, and again after 1 % more.

`COHORTLAB_COHORT_EVENTS` says over how many events, of a tenth as many people; the target is stated for 10,000,000.
Both write the members into a table of the same database, which has 600 MB of memory and two threads. The plain SQL is what
somebody writes by hand for each, knowing that no property holds more than one value.
"""

# ruff: noqa: E501, ISC004 - SQL reads best on its line

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure
from contracts.definitions import Rules, read_words
from mock_amplitude.computing import EventTable

EVENTS = int(os.environ.get("COHORTLAB_COHORT_EVENTS", "1000000"))
DAY = 86_400_000
NOW = 1_795_953_600_000
_30, _7, _8, _60, _90 = (NOW - days * DAY for days in (30, 7, 8, 60, 90))
_TIER, _PLAN = (f"variant_extract({column}, '{name}')::VARCHAR" for column, name in (("p", "tier"), ("up", "gp:plan")))
_AMOUNT = "TRY_CAST(variant_extract(p, 'amount')::VARCHAR AS DOUBLE)"
_NOW = f"happened <= {NOW}"
_LAST_PLAN = (
    f"SELECT who FROM (SELECT who, {_PLAN} AS plan FROM events WHERE happened >= {_90} AND {_NOW} "
    "QUALIFY row_number() OVER (PARTITION BY who ORDER BY happened DESC, seq DESC) = 1) WHERE plan = 'pro'"
)
_FIRST = "SELECT who, min(happened) AS happened FROM"

# The definitions of loop facts 6, each with plain SQL for it.
DEFINITIONS = {
    "count": ("performed Song at least 3 times in 30 days", (
        f"SELECT who FROM events WHERE name = 'Song' AND happened >= {_30} AND {_NOW} GROUP BY who HAVING count(*) >= 3")),
    "active": ("performed _active in 30 days", f"SELECT DISTINCT who FROM events WHERE happened >= {_30} AND {_NOW}"),
    "new": ("new in 30 days", f"SELECT who FROM seen WHERE first >= {_30} AND first <= {NOW}"),
    "new and gone": ("new in 8 days, and performed _active in 8 days, and not performed _active in 7 days", (
        f"SELECT who FROM seen WHERE first >= {_8} AND first <= {NOW} "
        f"INTERSECT SELECT who FROM events WHERE happened >= {_8} AND {_NOW} "
        f"EXCEPT SELECT who FROM events WHERE happened >= {_7} AND {_NOW}")),
    "retention": ("did _active 14 to 15 days after _new in 45 days", (
        f"SELECT DISTINCT s.who FROM seen s JOIN events e ON e.who = s.who AND e.happened >= s.first + {14 * DAY} "
        f"AND e.happened < s.first + {15 * DAY} WHERE s.first >= {NOW - 45 * DAY} AND e.happened <= {NOW} "
        f"AND e.happened >= {NOW - 31 * DAY}")),
    "each week": ("performed _active in each 7 days of 28 days", (
        f"SELECT who FROM events WHERE happened > {NOW - 28 * DAY} AND {_NOW} GROUP BY who "
        f"HAVING count(DISTINCT ({NOW} - happened) // {7 * DAY}) = 4")),
    "3 in a week": ("performed _active at least 3 times in 7 days", (
        f"SELECT who FROM events WHERE happened >= {_7} AND {_NOW} GROUP BY who HAVING count(*) >= 3")),
    "gold, pro, no refund": (
        "performed Order at least 2 times in 90 days where tier is gold, and last had gp:plan is pro in 90 days, "
        "and not performed Refund in 60 days", (
        f"SELECT who FROM events WHERE name = 'Order' AND happened >= {_90} AND {_NOW} AND {_TIER} = 'gold' GROUP BY who "
        f"HAVING count(*) >= 2 INTERSECT {_LAST_PLAN} "
        f"EXCEPT SELECT who FROM events WHERE name = 'Refund' AND happened >= {_60} AND {_NOW}")),
    "one after another": ("performed Search then Favorite then Order in 30 days", (
        f"SELECT who FROM ({_FIRST} (SELECT c.who, c.happened FROM ({_FIRST} (SELECT b.who, b.happened FROM "
        f"({_FIRST} events WHERE name = 'Search' AND happened >= {_30} AND {_NOW} GROUP BY who) a JOIN events b "
        f"ON b.who = a.who AND b.happened > a.happened AND b.name = 'Favorite' AND b.happened <= {NOW}) GROUP BY who) a "
        f"JOIN events c ON c.who = a.who AND c.happened > a.happened AND c.name = 'Order' AND c.happened <= {NOW}) "
        "GROUP BY who)")),
    "sum": ("performed Order with sum of amount at least 100 in 30 days", (
        f"SELECT who FROM events WHERE name = 'Order' AND happened >= {_30} AND {_NOW} GROUP BY who "
        f"HAVING sum({_AMOUNT}) >= 100")),
    "in one, not in another": ('in cohort count, and not in cohort "sum"', (
        "SELECT who FROM members WHERE cohort_id = 'count' EXCEPT SELECT who FROM members WHERE cohort_id = 'sum'")),
}  # fmt: skip


def bench() -> Iterator[Figure]:
    """Compute all, twice, and by plain SQL."""
    with tempfile.TemporaryDirectory() as folder:
        table = EventTable(Path(folder) / "events.duckdb")
        db = table._db
        _fill(table, 0, EVENTS)
        read = {name: read_words(words) for name, (words, _) in DEFINITIONS.items()}
        for name in ("count", "sum"):
            table.compute(name, read[name], NOW, Rules())
            table.put_members(name, table.computed(name))
        table._asked.clear()
        db.execute("CREATE TABLE plain(cohort_id VARCHAR, who BIGINT)")
        plain = ours = 0.0
        for name, (_, sql) in DEFINITIONS.items():
            took = {}
            for _ in range(2):  # the first one warms what both read
                table._asked.clear()
                took["ours"] = _seconds(lambda name=name: table.compute(name, read[name], NOW, Rules()))
                db.execute("DELETE FROM plain WHERE cohort_id = $name", {"name": name})
                took["plain"] = _seconds(
                    lambda name=name, sql=sql: db.execute(f"INSERT INTO plain SELECT '{name}', who FROM ({sql})")
                )
            ours, plain = ours + took["ours"], plain + took["plain"]
            (differing,) = db.execute(
                "SELECT count(*) FROM ((SELECT who FROM computed WHERE cohort_id = $n EXCEPT SELECT who FROM plain WHERE "
                "cohort_id = $n) UNION ALL (SELECT who FROM plain WHERE cohort_id = $n EXCEPT SELECT who FROM computed "
                "WHERE cohort_id = $n))",
                {"n": name},
            ).fetchall()[0]
            note = f"{len(table.computed(name)):,} members, {differing:,} others"
            yield Figure(
                f"{name}",
                took["ours"] * 1000,
                "ms",
                baseline="plain SQL",
                baseline_value=took["plain"] * 1000,
                note=note,
            )
        yield Figure(
            "all eleven", ours, "s", bar=1.2 * plain, less_is_better=True, baseline="plain SQL", baseline_value=plain
        )
        for name, definition in read.items():
            table.compute(name, definition, NOW, Rules())
        _fill(table, EVENTS, EVENTS // 100)
        again = sum(_seconds(lambda n=n, d=d: table.compute(n, d, NOW, Rules())) for n, d in read.items())
        yield Figure(
            "all eleven, after 1 % more events", again, "s", bar=ours / 4, less_is_better=True,
            baseline="the first time", baseline_value=ours,
        )  # fmt: skip
        yield Figure("most memory of the process", _peak(), "MB", bar=1000, less_is_better=True)
        table.close()


def _fill(table: EventTable, start: int, many: int) -> None:
    """Make events within the database: of 90 days, as people use a shop that plays songs."""
    people = EVENTS // 10
    table._db.execute(
        f"""INSERT INTO events SELECT i, (hash(i) % {people})::BIGINT + {1 << 40},
            CASE WHEN hash(i, 1) % 100 < 6 THEN 'Order' WHEN hash(i, 1) % 100 < 8 THEN 'Refund'
                WHEN hash(i, 1) % 100 < 20 THEN 'Search' WHEN hash(i, 1) % 100 < 30 THEN 'Favorite' ELSE 'Song' END,
            {NOW - 90 * DAY} + ((i - {start}) * {90 * DAY} // {many}),
            {{'tier': CASE WHEN hash(i, 2) % 5 = 0 THEN 'gold' ELSE 'silver' END,
              'amount': (hash(i, 3) % 60)::VARCHAR}}::JSON::{table.properties},
            {{'gp:plan': CASE WHEN hash(i, 4) % 3 = 0 THEN 'pro' ELSE 'free' END}}::JSON::{table.properties}
            FROM (SELECT unnest(range({start}, {start + many})) AS i)"""
    )
    table._db.execute("CREATE OR REPLACE TABLE seen AS SELECT who, min(happened) AS first FROM events GROUP BY who")
    table._last = start + many - 1
    table._db.execute("CHECKPOINT")


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
