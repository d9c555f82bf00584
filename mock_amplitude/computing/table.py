"""Events in columns, in DuckDB: appended once, and asked by statements.

In memory, or in a file. Nothing in it is the truth: it is made from the journal again whenever it is not there.
"""
# ruff: noqa: S608 - the type of properties is one of our two

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.definitions import JSON, VARIANT, Definition, Event, Rules, apart, joined, statement

if TYPE_CHECKING:
    import duckdb

_SCHEMA: Final = """
CREATE TABLE events(seq BIGINT, who BIGINT, name VARCHAR, happened BIGINT, p {kind}, up {kind});
CREATE TABLE seen(who BIGINT, first BIGINT);
CREATE TABLE members(cohort_id VARCHAR, who BIGINT);
"""
_AT_ONCE: Final = 10_000
_MEMORY: Final = "600MB"


class EventTable:
    """Everybody's events, and who is in the cohorts that definitions read.

    `properties` is the type their properties are kept in: VARIANT where this DuckDB has it.
    """

    def __init__(self, path: Path | None = None, *, memory: str = _MEMORY, properties: str | None = None) -> None:
        import duckdb  # noqa: PLC0415 - heavy, and a lab without computed cohorts does without

        self._db = duckdb.connect(":memory:" if path is None else str(path))
        self._db.execute(f"SET memory_limit = '{memory}'")
        self._db.execute("SET threads = 2")
        self._db.execute("SET preserve_insertion_order = false")
        self.properties = properties or (VARIANT if _knows_variant(self._db) else JSON)
        self._db.execute(_SCHEMA.format(kind=self.properties))
        self.holds_lists = False
        self.count = 0

    def close(self) -> None:
        self._db.close()

    def append(self, events: Iterable[tuple[int, Event]]) -> None:
        """Take in events, each with whose it is."""
        rows = iter(events)
        while part := list(islice(rows, _AT_ONCE)):
            self._append(part)

    def _append(self, part: Sequence[tuple[int, Event]]) -> None:
        columns = {
            "seq": [event.seq for _, event in part],
            "who": [who for who, _ in part],
            "name": [event.type for _, event in part],
            "happened": [event.at for _, event in part],
            "p": [_kept(event.properties) for _, event in part],
            "up": [_kept(event.user) for _, event in part],
        }
        self.holds_lists = self.holds_lists or any(
            len(texts) > 1 for _, event in part for held in (event.properties, event.user) for texts in held.values()
        )
        shape = (
            '{"seq":["BIGINT"],"who":["BIGINT"],"name":["VARCHAR"],"happened":["BIGINT"],"p":["JSON"],"up":["JSON"]}'
        )
        self._db.execute(
            "INSERT INTO events SELECT unnest(d.seq), unnest(d.who), unnest(d.name), unnest(d.happened), "
            f"unnest(d.p)::{self.properties}, unnest(d.up)::{self.properties} "
            f"FROM (SELECT from_json($columns::JSON, '{shape}') AS d)",
            {"columns": orjson.dumps(columns).decode()},
        )
        first: dict[int, int] = {}
        for who, event in part:
            first[who] = min(event.at, first.get(who, event.at))
        self._first({"who": list(first), "first": list(first.values())})
        self.count += len(part)

    def _first(self, columns: Mapping[str, list[int]]) -> None:
        """Keep the first event of each of some people, where it is earlier than what was known."""
        told = {"columns": orjson.dumps(columns).decode()}
        new = (
            "SELECT unnest(d.who) AS who, unnest(d.first) AS first FROM "
            '(SELECT from_json($columns::JSON, \'{"who":["BIGINT"],"first":["BIGINT"]}\') AS d)'
        )
        self._db.execute(
            f"UPDATE seen SET first = n.first FROM ({new}) n WHERE n.who = seen.who AND n.first < seen.first", told
        )
        self._db.execute(
            f"INSERT INTO seen SELECT who, first FROM ({new}) WHERE who NOT IN (SELECT who FROM seen)", told
        )

    def merge(self, who: int, into: int) -> None:
        """Let somebody's events be somebody else's."""
        told = {"who": who, "into": into}
        self._db.execute("UPDATE events SET who = $into WHERE who = $who", told)
        row = self._db.execute("SELECT min(first) FROM seen WHERE who IN ($who, $into)", told).fetchone()
        self._db.execute("DELETE FROM seen WHERE who IN ($who, $into)", told)
        if row and row[0] is not None:
            self._db.execute("INSERT INTO seen VALUES ($into, $first)", {"into": into, "first": row[0]})

    def forget(self, people: Collection[int]) -> None:
        """Delete the events of some people."""
        told = {"who": orjson.dumps(list(people)).decode()}
        gone = "SELECT unnest(from_json($who::JSON, '[\"BIGINT\"]'))"
        for table in ("events", "seen"):
            self._db.execute(f"DELETE FROM {table} WHERE who IN ({gone})", told)
        (self.count,) = self._db.execute("SELECT count(*) FROM events").fetchall()[0]

    def edge(self, start: int, end: int | None = None) -> int | None:
        """Return the time of the first event at or after a moment, and before another."""
        before = "" if end is None else "AND happened < $end"
        told = {"start": start} if end is None else {"start": start, "end": end}
        sql = f"SELECT min(happened) FROM events WHERE happened >= $start {before}"
        (found,) = self._db.execute(sql, told).fetchall()[0]
        return found if found is None else int(found)

    def events_of(self, who: int) -> list[Event]:
        """Return the events of one person."""
        sql = "SELECT seq, happened, name, p::JSON::VARCHAR, up::JSON::VARCHAR FROM events WHERE who = $who"
        rows = self._db.execute(sql, {"who": who}).fetchall()
        return [Event(seq, at, name, _texts(held), _texts(user)) for seq, at, name, held, user in rows]

    def put_members(self, cohort_id: str, members: Collection[int]) -> None:
        """Say who is in a cohort that definitions may read."""
        self._db.execute("DELETE FROM members WHERE cohort_id = $cohort", {"cohort": cohort_id})
        told = {"cohort": cohort_id, "who": orjson.dumps(list(members)).decode()}
        self._db.execute("INSERT INTO members SELECT $cohort, unnest(from_json($who::JSON, '[\"BIGINT\"]'))", told)

    def members(self, definition: Definition, now: int, rules: Rules) -> set[int]:
        """Return who is a member by a definition at a moment."""
        made = statement(definition, now, rules, properties=self.properties, lists=self.holds_lists)
        return {who for (who,) in self._db.execute(made.sql, made.values).fetchall()}


def _kept(properties: Mapping[str, Any]) -> dict[str, str]:
    return {name: joined(texts) for name, texts in properties.items() if texts}


def _texts(kept: str) -> dict[str, tuple[str, ...]]:
    return {name: apart(text) for name, text in orjson.loads(kept).items()}


def _knows_variant(db: duckdb.DuckDBPyConnection) -> bool:
    """Say whether this DuckDB has VARIANT, since 2.0; an older one keeps properties as JSON, and is slower at them."""
    row = db.execute("SELECT count(*) FROM duckdb_types() WHERE type_name ILIKE 'variant'").fetchone()
    return bool(row and row[0]) and int(db.execute("SELECT version()").fetchall()[0][0].lstrip("v").split(".")[0]) >= 2
