"""Events in columns, in DuckDB: appended once, and asked by statements.

In a file of its own, or one that was named. Nothing in it is the truth: it is made from the journal again whenever it
is not there.
"""
# ruff: noqa: S608 - the type of properties is one of our two

from __future__ import annotations

import shutil
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.definitions import JSON, VARIANT, Definition, Event, Rules, Statement, apart, joined, statement, strips

if TYPE_CHECKING:
    import duckdb

_SCHEMA: Final = """
CREATE TABLE events(seq BIGINT, who BIGINT, name VARCHAR, happened BIGINT, p {kind}, up {kind});
CREATE TABLE seen(who BIGINT, first BIGINT);
CREATE TABLE members(cohort_id VARCHAR, who BIGINT);
CREATE TABLE computed(cohort_id VARCHAR, who BIGINT);
"""
_AT_ONCE: Final = 10_000
_MEMORY: Final = "600MB"
_WORTH_IT: Final = 4  # of so many people one at most, or asking everybody is as quick


class EventTable:
    """Everybody's events, and who is in the cohorts that definitions read.

    `properties` is the type their properties are kept in: VARIANT where this DuckDB has it.
    """

    def __init__(self, path: Path | None = None, *, memory: str = _MEMORY, properties: str | None = None) -> None:
        import duckdb  # noqa: PLC0415 - heavy, and a lab without computed cohorts does without

        # A file even where nobody keeps it: DuckDB packs what lies in one, and reads properties far quicker.
        folder = Path(mkdtemp(prefix="cohortlab-")) if path is None else None
        self._let_go = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True) if folder else None
        file = path or Path(str(folder), "events.duckdb")
        self._db = duckdb.connect(str(file))
        self._db.execute(f"SET memory_limit = '{memory}'")
        self._db.execute("SET threads = 2")
        self._db.execute("SET preserve_insertion_order = false")
        self.properties = properties or (VARIANT if _knows_variant(self._db) else JSON)
        self._db.execute(_SCHEMA.format(kind=self.properties))
        self.holds_lists = False
        self.count = 0
        self._last = -1  # the last event
        self._epoch = 0  # counts what changed whose events are whose
        self._asked: dict[str, _Asked] = {}
        self._gathered: tuple[int, int, int, frozenset[tuple[int, int]]] | None = None  # whom the tables of some hold

    def close(self) -> None:
        """Let go of the database, and of its file where nobody named one."""
        self._db.close()
        if self._let_go is not None:
            self._let_go()

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
        self._last = max(self._last, *(event.seq for _, event in part))

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
        self._epoch += 1
        self._db.execute("UPDATE events SET who = $into WHERE who = $who", told)
        row = self._db.execute("SELECT min(first) FROM seen WHERE who IN ($who, $into)", told).fetchone()
        self._db.execute("DELETE FROM seen WHERE who IN ($who, $into)", told)
        if row and row[0] is not None:
            self._db.execute("INSERT INTO seen VALUES ($into, $first)", {"into": into, "first": row[0]})

    def forget(self, people: Collection[int]) -> None:
        """Delete the events of some people."""
        told = {"who": orjson.dumps(list(people)).decode()}
        self._epoch += 1
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
        made = self._statement(definition, now, rules)
        return {who for (who,) in self._db.execute(made.sql, made.values).fetchall()}

    def compute(self, cohort_id: str, definition: Definition, now: int, rules: Rules) -> None:
        """Keep who is a member, for `computed` to tell.

        Where the same was asked before, only those are asked about again who have had events since, or whose events
        have come into a window or gone out of it.
        """
        last = self._asked.get(cohort_id)
        is_known = last is not None and (last.definition, last.rules, last.epoch) == (definition, rules, self._epoch)
        if last is not None and is_known and not definition.cohorts() and self._gather(last, definition, now, rules):
            made = self._statement(definition, now, rules, tables=("some_events", "some_seen", "some_with_properties"))
            where = "who IN (SELECT who FROM touched)"
        else:
            made, where = self._statement(definition, now, rules), "true"
        told = {"cohort": cohort_id}
        self._db.execute(f"DELETE FROM computed WHERE cohort_id = $cohort AND {where}", told)
        self._db.execute(f"INSERT INTO computed SELECT $cohort, who FROM ({made.sql})", {**made.values, **told})
        self._asked[cohort_id] = _Asked(definition, rules, now, self._last, self._epoch)

    def computed(self, cohort_id: str) -> set[int]:
        """Return who was computed to be a member last."""
        sql = "SELECT who FROM computed WHERE cohort_id = $cohort"
        return {who for (who,) in self._db.execute(sql, {"cohort": cohort_id}).fetchall()}

    def _statement(
        self,
        definition: Definition,
        now: int,
        rules: Rules,
        tables: tuple[str, str, str] = ("events", "seen", "events"),
    ) -> Statement:
        kind, lists = self.properties, self.holds_lists
        return statement(definition, now, rules, properties=kind, lists=lists, tables=tables)

    def _gather(self, last: _Asked, definition: Definition, now: int, rules: Rules) -> bool:
        """Put the people who may have changed into tables of their own; False when they are too many to be worth it."""
        crossed = strips(definition, last.now, now, rules) if now != last.now else frozenset()
        key = (last.seq, self._last, self._epoch, crossed)
        if self._gathered != key:
            between = [f"(happened >= {start} AND happened < {end})" for start, end in sorted(crossed)]
            which = " OR ".join([f"seq > {last.seq}", *between])
            self._db.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT who FROM events WHERE {which}")
            (touched, everybody) = self._db.execute(
                "SELECT (SELECT count(*) FROM touched), (SELECT count(*) FROM seen)"
            ).fetchall()[0]
            self._gathered = key if touched * _WORTH_IT <= everybody else None
            if self._gathered is None:
                return False
            # Properties are looked up where they lie: to take them along costs ten times as much as asking.
            for some, columns, table in (
                ("TABLE some_events", "seq, who, name, happened", "events"),
                ("TABLE some_seen", "*", "seen"),
                ("VIEW some_with_properties", "*", "events"),
            ):
                self._db.execute(
                    f"CREATE OR REPLACE TEMP {some} AS SELECT {columns} FROM {table} "
                    "WHERE who IN (SELECT who FROM touched)"
                )
        return True


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a cohort was computed by: up to which event, and before which merges and deletions."""

    definition: Definition
    rules: Rules
    now: int
    seq: int
    epoch: int


def _kept(properties: Mapping[str, Any]) -> dict[str, str]:
    return {name: joined(texts) for name, texts in properties.items() if texts}


def _texts(kept: str) -> dict[str, tuple[str, ...]]:
    return {name: apart(text) for name, text in orjson.loads(kept).items()}


def _knows_variant(db: duckdb.DuckDBPyConnection) -> bool:
    """Say whether this DuckDB has VARIANT, since 2.0; an older one keeps properties as JSON, and is slower at them."""
    row = db.execute("SELECT count(*) FROM duckdb_types() WHERE type_name ILIKE 'variant'").fetchone()
    return bool(row and row[0]) and int(db.execute("SELECT version()").fetchall()[0][0].lstrip("v").split(".")[0]) >= 2
