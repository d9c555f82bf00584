"""One load: delivered events become rows, columns are made where they are missing, users get their latest state.

All of it is one transaction, and how far it came is written in it: whoever kills it loses nothing and doubles nothing.
"""

# ruff: noqa: S608 - names are quoted

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from contracts.foreign import quoted
from contracts.warehouse import column_name
from downstream.warehouse.account import SUCCESS
from downstream.warehouse.batch import Filled, Piece, filled, own_filled
from downstream.warehouse.book import SCHEMA, Book, Mark, milliseconds
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.kinds import Kind
from downstream.warehouse.latest import MOST_CELLS, Latest
from downstream.warehouse.layout import COLUMNS, LATEST_STATE, Delivered, rows_of
from downstream.warehouse.naming import limits_as, name_of, schema_name
from downstream.warehouse.registry import Namer, Note, Table, from_rows
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.statements import (
    SAID,
    STAGED,
    add_columns,
    create_staged,
    create_table,
    literal,
    merge,
    quote,
    table_sql,
)
from downstream.warehouse.target import Boundary, Catalogue, Session, Target, Values, nothing_happens

PIECE: Final = 50_000
"""Events written together; memory grows with it, and loads get no quicker with more."""
TOGETHER: Final = 2_000
"""Events that are at least sorted out together, however few come in each call."""


_COMPARED: Final = 500  # columns of one query; PostgreSQL selects at most 1,664 (warehouse facts 4 [run])
_STATES: Final = {name for name, _ in LATEST_STATE.values()}


@dataclass(slots=True)
class Loaded:
    """What one load did: `rows` by schema and table; of the `notes` that happened, the first are kept."""

    load: int
    at: int
    events: int = 0
    duplicates: int = 0
    new_columns: int = 0
    notes: int = 0
    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Say it in a line."""
        counts = [(self.events, "event"), (self.new_columns, "new column"), (self.notes, "note")]
        told = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts)
        return f"load {self.load}: {told}"


@dataclass(slots=True)
class _Schema:
    """One source's schema while a load is under way."""

    name: str
    tables: dict[str, Table]
    known: dict[str, set[str]]
    namer: Namer
    waiting: Delivered = field(default_factory=Delivered.none)
    pieces: dict[str, Piece] = field(default_factory=dict)
    latest: dict[str, Latest] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # tables by the snake-cased name they were asked for


class Load:
    """Takes events of one stream and writes them in one transaction; `at` is the lab's time in milliseconds.

    `window` is for how many milliseconds at least no messageId was delivered twice, 0 when nothing is known.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        stream: str,
        *,
        settings: WarehouseSettings,
        at: int,
        window: int = 0,
        boundary: Boundary = nothing_happens,
    ) -> None:
        self._session = session
        self._target = target
        self._stream = stream
        self._settings = settings
        self._limits = limits_as(target.limits, settings.names)
        self._catalogue: Catalogue = session.catalogue()
        self.book = Book(session, target, self._catalogue)
        self._window = window if self.book.streams() <= 1 else 0
        self._boundary = boundary
        self._schemas: dict[str, _Schema] = {}
        self._taken = 0
        self.loaded = Loaded(self.book.last_load() + 1, at)

    def take(self, source: str, source_name: str, events: Delivered) -> None:
        """Take in events of one source, in the order of delivery."""
        schema = self._schemas.get(source) or self._open(source, source_name)
        schema.waiting.extend(events)
        if len(schema.waiting) >= TOGETHER:
            self._sort_out(schema)
        self.loaded.events += len(events)
        self._taken += len(events)
        if self._taken >= PIECE:
            self._flush()

    def _sort_out(self, schema: _Schema) -> None:
        """Make rows of the events that wait."""
        events, schema.waiting = schema.waiting, Delivered.none()
        for rows in rows_of(events, sends_as_sent=self._settings.sent_at == "as_sent"):
            piece = schema.pieces.get(rows.table)
            if piece is None:
                piece = schema.pieces[rows.table] = Piece(rows.table)
            piece.add(rows)

    def finish(self, mark: Mark) -> Loaded:
        """Write what is left, the book, and how far the load came."""
        self._flush()
        for schema in self._schemas.values():
            for table, latest in schema.latest.items():
                self._merge(schema, table, latest)
            touched = list(schema.tables.values())
            self.loaded.new_columns += self.book.write_columns(self.loaded.load, schema.name, touched, schema.known)
            self._boundary("columns")
            self.book.write_notes(self.loaded.load, schema.name, schema.namer.notes)
            self.loaded.notes += schema.namer.happened
        loaded = self.loaded
        numbers = (loaded.events, loaded.duplicates, loaded.new_columns, loaded.notes)
        self.book.write("lab_loads", [(loaded.load, loaded.at, SUCCESS, *numbers, "")])
        self.book.write(
            "lab_loaded", [(loaded.load, schema, table, count) for (schema, table), count in loaded.rows.items()]
        )
        self._boundary("book")
        self.book.set_mark(self._stream, mark)
        self._boundary("mark")
        return loaded

    def _open(self, source: str, source_name: str) -> _Schema:
        known = self.book.schemas()
        name = next((schema for stream, of, schema in known if (stream, of) == (self._stream, source)), None)
        namer = Namer(self._limits, self._settings)
        if name is None:
            ours = {schema for _, _, schema in known}
            taken = self._target.reserved_schemas | {SCHEMA} | ours
            name = schema_name(source_name, taken, self._limits)
            if name not in self._catalogue.schemas:
                self._session.run(f"CREATE SCHEMA {quote(name)}")
            self.book.write("lab_schemas", [(self._stream, source, source_name, name)])
            slug = column_name(source_name) or "source"
            if slug != name:
                why = "that of another source" if slug in ours else "no name for one here"
                namer.tell(Note("schema", "", "", source_name, "", f"{slug} is {why}: this source has {name}"))
        widths = {table: width for (schema, table), width in self._catalogue.widths.items() if schema == name}
        tables = from_rows(self.book.columns(name), widths)
        schema = _Schema(
            name,
            tables,
            {table.name: set(table.keys) for table in tables.values()},
            namer,
        )
        self._check(schema)
        self._schemas[source] = schema
        return schema

    def _check(self, schema: _Schema) -> None:
        """Refuse tables that somebody changed: what they have must be what the book says."""
        for table in schema.tables.values():
            there = self._catalogue.columns.get((schema.name, table.name))
            if there is None:
                raise WarehouseTrouble(
                    f"{self._target.where}: the table {schema.name}.{table.name} was loaded before and is gone. "
                    "Load into a new database, or put it back."
                )
            for column in table.columns.values():
                kind = self._target.told.get(there.get(column.name, ""))
                if kind is not column.kind:
                    found = there.get(column.name)
                    raise WarehouseTrouble(
                        f"{self._target.where}: the column {column.name} of {schema.name}.{table.name} was made as "
                        f"{column.kind} and {f'is {found} now' if found else 'is gone'}. Put it back, then load again."
                    )

    def _table(self, schema: _Schema, name: str) -> Table:
        """Return a table by its snake-cased name, one that is to be made if there is none."""
        known = schema.keys.get(name)
        if known is None:
            engine = name_of(name, self._limits, suffixed=self._settings.long_names == "suffix")
            known = schema.keys[name] = engine.engine
            if engine.is_cut:
                words = f"the engine keeps {len(known.encode())} bytes of the table's name {name}"
                schema.namer.tell(Note("cut", known, "", name, "", words))
        table = schema.tables.get(known)
        if table is None:
            if (schema.name, known) in self._catalogue.columns:
                raise WarehouseTrouble(
                    f"{self._target.where}: {schema.name}.{known} is a table of another program. Load into another "
                    "database, or give the source another name."
                )
            table = schema.tables[known] = Table.begun(known)
        return table

    def _flush(self) -> None:
        self._taken = 0
        for schema in self._schemas.values():
            self._sort_out(schema)
            pieces, schema.pieces = schema.pieces, {}
            for piece in pieces.values():
                self._write(schema, piece)

    def _write(self, schema: _Schema, piece: Piece) -> None:
        table = self._table(schema, piece.table)
        given = filled(piece, table, schema.namer, self._settings)
        if schema.namer.full is not None and self._settings.full_table == "fail":
            _refuse_full(schema)
        ids = piece.own["id"]
        left_out = self._twice(schema, table, piece)
        self._make(schema, table)
        self._boundary("ddl")
        latest = LATEST_STATE.get(piece.table)
        if latest is not None:
            self._fold(schema, latest, piece, given, left_out)
        count = len(ids) - len(left_out)
        if count:
            columns = [each.written(piece.count, left_out) for each in (*own_filled(piece), *given)]
            columns.append(Values("uuid_ts", Kind.TIMESTAMP, [self.loaded.at * 1000] * count))
            self._session.append(table_sql(schema.name, table.name), columns, count)
            self._boundary("append")
        if piece.table in COLUMNS:
            self.loaded.duplicates += len(left_out)
        where = (schema.name, table.name)
        self.loaded.rows[where] = self.loaded.rows.get(where, 0) + count

    def _make(self, schema: _Schema, table: Table) -> None:
        """Make a table, or the columns that it lacks."""
        types = self._target.types
        self._session.room_for(len(table.columns))
        if not table.exists:
            columns = [(column.name, types[column.kind]) for column in table.columns.values()]
            is_state = table.name in _STATES
            self._session.run(create_table(schema.name, table.name, columns, self._target.key if is_state else None))
            table.exists = True
        else:
            there = self._catalogue.columns.get((schema.name, table.name), {})
            foreign = next((column.name for column in table.unmade if column.name in there), None)
            if foreign is not None:
                raise WarehouseTrouble(
                    f"{self._target.where}: the column {foreign} of {schema.name}.{table.name} is one of another "
                    f"program ({there[foreign]}). Drop or rename it, then load again."
                )
            lacking = [(column.name, types[column.kind]) for column in table.unmade]
            for statement in add_columns(schema.name, table.name, lacking):
                self._session.run(statement)
        table.unmade.clear()

    def _twice(self, schema: _Schema, table: Table, piece: Piece) -> Set[int]:
        """Return the rows whose id came before, in this piece or in the table (warehouse facts 7 [doc])."""
        ids = piece.own["id"]
        left_out: set[int] = set()
        if len(set(ids)) < len(ids):
            seen: set[str] = set()
            for row, message_id in enumerate(ids):
                if message_id in seen:
                    left_out.add(row)
                seen.add(message_id)
        received = piece.own["received_at"]
        if table.exists:
            until = max(received) - self._window * 1000
            name = table_sql(schema.name, table.name)
            if table.earliest is None:
                (found,) = self._session.rows(f"SELECT min(received_at) FROM {name}")[0]
                table.earliest = until if found is None else milliseconds(found) * 1000
            if table.earliest <= until:
                there = self._there(name, ids, until)
                left_out |= {row for row, message_id in enumerate(ids) if message_id in there}
        earliest = min(received)
        table.earliest = earliest if table.earliest is None else min(table.earliest, earliest)
        return left_out

    def _there(self, table: str, ids: Sequence[str], until: int) -> set[str]:
        """Return which ids a table has, of rows received until then (microseconds)."""
        run = self._session.run
        run(create_staged([("id", self._target.types[Kind.VARCHAR])]))
        self._session.append(STAGED, [Values("id", Kind.VARCHAR, ids)], len(ids))
        moment = literal(datetime.fromtimestamp(until / 1_000_000 + 0.001, UTC).isoformat(" ", "milliseconds")[:23])
        found = self._session.rows(
            f"SELECT DISTINCT t.id FROM {table} AS t JOIN {STAGED} AS s ON t.id = s.id "
            f"WHERE t.received_at <= {self._target.moment(moment)}"
        )
        run(f"DROP TABLE {STAGED}")
        return {str(message_id) for (message_id,) in found}

    def _fold(
        self, schema: _Schema, state: tuple[str, str], piece: Piece, given: Sequence[Filled], left_out: Set[int]
    ) -> None:
        """Let a piece change users or accounts."""
        name, key = state
        settings = self._settings
        latest = schema.latest.get(name)
        if latest is None:
            by = None if settings.users_order == "delivery" else settings.users_order
            latest = schema.latest[name] = Latest(null_clears=settings.null_trait == "clears", by=by)
        table, of = self._table(schema, name), self._table(schema, piece.table)
        for each in given:
            if each.name not in table.columns and table.width < (self._limits.columns or table.width + 1):
                table.add(of.columns[each.name])
        has = [each for each in given if each.name in table.columns]
        skipped = left_out if settings.users_from == "deduplicated" else frozenset[int]()
        latest.fold(piece.own[key], piece.own, has, skipped)
        if latest.cells > MOST_CELLS:
            self._merge(schema, name, latest)

    def _merge(self, schema: _Schema, name: str, latest: Latest) -> None:
        """Write what the load said of each user: to a new table as it is, else changed and added."""
        if not latest:
            return
        table = self._table(schema, name)
        is_new = not table.exists
        self._make(schema, table)
        if not is_new and latest.by is not None:
            self._drop_older(schema, name, latest, latest.by)
        keys, received, columns, said = latest.take()
        count = len(keys)
        moments = [("received_at", received), ("uuid_ts", [self.loaded.at * 1000] * count)]
        values = [Values("id", Kind.VARCHAR, keys)]
        values += [Values(each, Kind.TIMESTAMP, given) for each, given in moments]
        values += columns
        where = (schema.name, name)
        self.loaded.rows[where] = self.loaded.rows.get(where, 0) + count
        if is_new:
            self._session.append(table_sql(schema.name, name), values, count)
            self._boundary("users")
            return
        names = [each.name for each in values if each.name != "id"]
        flags = [Values(SAID + each.name, each.kind, each.values) for each in said]
        run = self._session.run
        run(create_staged([(each.name, self._target.types[each.kind]) for each in (*values, *flags)]))
        self._session.append(STAGED, [*values, *flags], count)
        for statement in merge(schema.name, name, names, [each.name for each in said]):
            run(statement)
            self._boundary("users")
        run(f"DROP TABLE {STAGED}")

    def _drop_older(self, schema: _Schema, name: str, latest: Latest, by: str) -> None:
        """Leave cells alone that an earlier load filled with what is later by the time that decides."""
        rows_table, key = next((table, state[1]) for table, state in LATEST_STATE.items() if state[0] == name)
        table = self._table(schema, rows_table)
        columns = [column for column in latest.columns() if column in table.columns]
        keys = latest.keys()
        run = self._session.run
        run(create_staged([("id", self._target.types[Kind.VARCHAR])]))
        self._session.append(STAGED, [Values("id", Kind.VARCHAR, keys)], len(keys))
        for start in range(0, len(columns), _COMPARED):
            some = columns[start : start + _COMPARED]
            times = ", ".join(f"max(t.{quote(by)}) FILTER (WHERE t.{quote(column)} IS NOT NULL)" for column in some)
            found = self._session.rows(
                f"SELECT s.id, {times} FROM {table_sql(schema.name, table.name)} AS t "
                f"JOIN {STAGED} AS s ON t.{quote(key)} = s.id GROUP BY s.id"
            )
            for place, column in enumerate(some, 1):
                at = {str(row[0]): milliseconds(row[place]) * 1000 for row in found if row[place] is not None}
                latest.drop_older(column, at)
        run(f"DROP TABLE {STAGED}")


def _refuse_full(schema: _Schema) -> None:
    full = schema.namer.full
    if full is not None:
        raise WarehouseTrouble(
            f"{schema.name}.{full.table} has no room for the column {full.column} of {quoted(full.key)}: {full.words}. "
            "Set full_table to leave_out, or load into a new database."
        )
