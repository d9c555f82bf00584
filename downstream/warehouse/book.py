"""The book a warehouse keeps of itself, in the schema `cohortlab` beside the data: how far, what, and what happened.

It is written in the transaction of the load it tells of, so that after a kill both are there or neither.
"""

# ruff: noqa: S608 - names are ours, texts are quoted

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from downstream.warehouse.account import FAILURE
from downstream.warehouse.kinds import Kind, storable
from downstream.warehouse.registry import Column, Note, Table
from downstream.warehouse.statements import create_table, literal, table_sql
from downstream.warehouse.target import Catalogue, Session, Target, Values
from mock_segment.delivery import Place

SCHEMA: Final = "cohortlab"
_TEXT, _WHOLE, _MOMENT = Kind.VARCHAR, Kind.INTEGER, Kind.TIMESTAMP
TABLES: Final[dict[str, dict[str, Kind]]] = {
    "lab_streams": {"stream": _TEXT, "seq": _WHOLE, "waiting": _TEXT, "mark": _TEXT},
    "lab_schemas": {"stream": _TEXT, "source": _TEXT, "source_name": _TEXT, "schema_name": _TEXT},
    "lab_columns": {
        "schema_name": _TEXT,
        "table_name": _TEXT,
        "column_name": _TEXT,
        "snake_name": _TEXT,
        "trait_key": _TEXT,
        "type": _TEXT,
        "first_seen": _MOMENT,
        "message_id": _TEXT,
        "load": _WHOLE,
        "place": _WHOLE,
    },
    "lab_loads": {
        "load": _WHOLE,
        "at": _MOMENT,
        "status": _TEXT,
        "events": _WHOLE,
        "duplicates": _WHOLE,
        "new_columns": _WHOLE,
        "notes": _WHOLE,
        "words": _TEXT,
    },
    "lab_loaded": {"load": _WHOLE, "schema_name": _TEXT, "table_name": _TEXT, "loaded": _WHOLE},
    "lab_notes": {
        "load": _WHOLE,
        "what": _TEXT,
        "schema_name": _TEXT,
        "table_name": _TEXT,
        "column_name": _TEXT,
        "trait_key": _TEXT,
        "message_id": _TEXT,
        "words": _TEXT,
    },
}
"""The tables of the book and the types of their columns."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a stream of events was loaded; `mark` tells the entry at that place from that of another journal."""

    place: Place
    mark: str = ""


class Book:
    """Reads and writes the book in one transaction."""

    def __init__(self, session: Session, target: Target, catalogue: Catalogue) -> None:
        self._session = session
        self._target = target
        if SCHEMA not in catalogue.schemas:
            session.run(f"CREATE SCHEMA {SCHEMA}")
        for name, columns in TABLES.items():
            if (SCHEMA, name) not in catalogue.columns:
                types = [(column, target.types[kind]) for column, kind in columns.items()]
                session.run(create_table(SCHEMA, name, types, None))

    def write(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table of the book, texts made fit for it, moments in milliseconds."""
        if not rows:
            return
        columns = []
        for (name, kind), given in zip(TABLES[table].items(), zip(*rows, strict=True), strict=True):
            values = list(given)
            if kind is _TEXT:
                values = [value if value is None else storable(value) for value in values]
            elif kind is _MOMENT:
                values = [value if value is None else value * 1000 for value in values]
            columns.append(Values(name, kind, values))
        self._session.append(table_sql(SCHEMA, table), columns, len(rows))

    def mark(self, stream: str) -> Mark | None:
        """Return how far a stream was loaded, None for one that never was."""
        rows = self._session.rows(
            f"SELECT seq, waiting, mark FROM {SCHEMA}.lab_streams WHERE stream = {literal(stream)}"
        )
        return Mark(Place(rows[0][0], tuple(json.loads(rows[0][1]))), rows[0][2]) if rows else None

    def set_mark(self, stream: str, mark: Mark) -> None:
        """Note how far a stream was loaded."""
        self._session.run(f"DELETE FROM {SCHEMA}.lab_streams WHERE stream = {literal(stream)}")
        self.write("lab_streams", [(stream, mark.place.seq, json.dumps(mark.place.waiting), mark.mark)])

    def streams(self) -> int:
        """Return of how many streams this warehouse is made."""
        return int(self._session.rows(f"SELECT count(*) FROM {SCHEMA}.lab_streams")[0][0])

    def schemas(self) -> list[tuple[str, str, str]]:
        """Return the stream, the source and the schema of everything that was loaded."""
        found = self._session.rows(f"SELECT stream, source, schema_name FROM {SCHEMA}.lab_schemas")
        return [(str(stream), str(source), str(schema)) for stream, source, schema in found]

    def columns(self, schema: str) -> list[Any]:
        """Return the rows of `lab_columns` of a schema, as `registry.from_rows` reads them."""
        sql = (
            "SELECT table_name, column_name, snake_name, trait_key, type, first_seen, message_id "
            f"FROM {SCHEMA}.lab_columns WHERE schema_name = {literal(schema)} ORDER BY load, place"
        )
        return [(*row[:5], milliseconds(row[5]), row[6]) for row in self._session.rows(sql)]

    def last_load(self) -> int:
        """Return the number of the last load, 0 when there was none."""
        return int(self._session.rows(f"SELECT coalesce(max(load), 0) FROM {SCHEMA}.lab_loads")[0][0])

    def write_failures(self, failures: Sequence[tuple[int, str]]) -> None:
        """Note loads that failed: when (milliseconds), and why. Nothing of them is in the tables."""
        last = self.last_load()
        rows = [(last + number, at, FAILURE, 0, 0, 0, 0, words) for number, (at, words) in enumerate(failures, 1)]
        self.write("lab_loads", rows)

    def write_columns(self, load: int, schema: str, tables: Sequence[Table], known: dict[str, set[str]]) -> int:
        """Note new columns and keys of tables; `known` are the keys noted before, by table. Return the new columns."""
        rows: list[tuple[Any, ...]] = []

        def put(table: str, column: Column, key: str | None, kind: str | None) -> None:
            where = (schema, table, column.name, column.snake, key, kind)
            rows.append((*where, column.first_seen or None, column.message_id or None, load, len(rows)))

        new = 0
        for table in tables:
            fresh, table.unwritten = table.unwritten, []
            for column in fresh:
                put(table.name, column, column.key or None, column.kind)
            made = {column.key for column in fresh if column.key}
            new += sum(1 for column in fresh if column.key)
            for key, column_name in table.keys.items():
                if key in made or key in known.get(table.name, ()):
                    continue
                if column_name is None:
                    rows.append((schema, table.name, None, None, key, None, None, None, load, len(rows)))
                else:
                    put(table.name, table.columns[column_name], key, None)
        self.write("lab_columns", rows)
        return new

    def write_notes(self, load: int, schema: str, notes: Sequence[Note]) -> None:
        """Note what happened on the way."""
        self.write(
            "lab_notes",
            [(load, n.what, schema, n.table, n.column, n.key, n.message_id, n.words) for n in notes],
        )

    def forget(self, stream: str | None) -> None:
        """Take away what was loaded of a stream, and what the book says of it; of every stream where None is given."""
        run = self._session.run
        schemas = {schema for of, _, schema in self.schemas() if stream in {None, of}}
        for schema in sorted(schemas):
            sql = f"SELECT DISTINCT table_name FROM {SCHEMA}.lab_columns WHERE schema_name = {literal(schema)}"
            for (table,) in self._session.rows(sql):
                run(f"DROP TABLE IF EXISTS {table_sql(schema, str(table))} CASCADE")
            for name, columns in TABLES.items():
                if "schema_name" in columns:
                    run(f"DELETE FROM {SCHEMA}.{name} WHERE schema_name = {literal(schema)}")
        run(f"DELETE FROM {SCHEMA}.lab_streams" + (f" WHERE stream = {literal(stream)}" if stream else ""))
        run(f"DELETE FROM {SCHEMA}.lab_loads WHERE load NOT IN (SELECT load FROM {SCHEMA}.lab_loaded)")


START: Final = Mark(Place())
"""Where a stream begins."""


def milliseconds(moment: datetime | None) -> int:
    """Return a moment out of the database in milliseconds since 1970; one without a zone is UTC."""
    if moment is None:
        return 0
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
