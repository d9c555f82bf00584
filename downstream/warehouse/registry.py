"""Which columns the tables have, by the trait keys they came from: kept beside the data, never asked of the catalogue.

A catalogue asked for a long name cuts the question as well, and says yes (warehouse facts 2 [run]).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from downstream.warehouse.kinds import Kind
from downstream.warehouse.layout import COLUMNS, FIXED, RESERVED
from downstream.warehouse.naming import Limits, name_of
from downstream.warehouse.settings import WarehouseSettings

MOST_NOTES: Final = 1_000
"""Notes kept of one load and source; more are counted."""


ABOUT_NAMES: Final = ("met", "cut", "refused", "reserved", "nameless", "full")
"""Notes that tell of a name, whatever its values are; the others tell of a value."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the first name that had it; `first_seen` is milliseconds since 1970, `message_id` the event's."""

    name: str
    snake: str
    key: str
    kind: Kind
    first_seen: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to a name or a value on the way, with the event it came from.

    `what` is one of: met, cut, refused, reserved, nameless, full, cast, dropped, schema.
    """

    what: str
    table: str
    column: str
    key: str
    message_id: str
    words: str


@dataclass(slots=True)
class Table:
    """One table of a schema; `keys` says which column a key has, None for a key that has none.

    `width` is how many columns it ever had, as the engine counts them; `unmade` are those that the database lacks yet,
    `unwritten` those that the book lacks; `earliest` is the earliest received_at in it, None when nobody has asked.
    """

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    keys: dict[str, str | None] = field(default_factory=dict)
    width: int = 0
    exists: bool = True
    unmade: list[Column] = field(default_factory=list)
    unwritten: list[Column] = field(default_factory=list)
    earliest: int | None = None

    @classmethod
    def begun(cls, name: str) -> Table:
        """Return a table that is to be made, with the columns that come from fields of the event."""
        table = cls(name, exists=False)
        for own in own_columns(name):
            table.columns[own] = Column(own, own, "", FIXED.get(own, Kind.TIMESTAMP), 0, "")
        table.width = len(table.columns)
        table.unwritten = list(table.columns.values())
        return table

    def add(self, column: Column) -> None:
        """Have one column more."""
        self.columns[column.name] = column
        self.unmade.append(column)
        self.unwritten.append(column)
        self.width += 1


def own_columns(table: str) -> tuple[str, ...]:
    """Return the columns that a table has from the beginning; `uuid_ts` is when the loader wrote the row."""
    return (*COLUMNS.get(table, COLUMNS["tracks"]), "uuid_ts")


class Namer:
    """Gives keys their columns, new ones where there is room, and notes what happens to names."""

    def __init__(self, limits: Limits, settings: WarehouseSettings) -> None:
        self._limits = limits
        self._settings = settings
        self.notes: list[Note] = []
        self.happened = 0
        self.full: Note | None = None  # the first column that had no room

    def tell(self, note: Note) -> None:
        """Note something; the first `MOST_NOTES` are kept, the rest are counted."""
        self.happened += 1
        if note.what == "full" and self.full is None:
            self.full = note
        if len(self.notes) < MOST_NOTES:
            self.notes.append(note)

    def column(self, table: Table, key: str, value_kind: Kind, at: int, message_id: str) -> Column | None:
        """Return the column of a key, a new one for a key that has none yet; None when there is to be none."""
        if key in table.keys:
            found = table.keys[key]
            return None if found is None else table.columns[found]
        column = self._new(table, key, value_kind, at, message_id)
        table.keys[key] = None if column is None else column.name
        return column

    def _new(self, table: Table, key: str, kind: Kind, at: int, message_id: str) -> Column | None:
        settings = self._settings
        name = name_of(key, self._limits, suffixed=settings.long_names == "suffix")

        def note(what: str, words: str) -> None:
            self.tell(Note(what, table.name, name.engine, key, message_id, words))

        if not name.snake.strip("_"):
            note("nameless", "nothing of the name is left, so that it has no column")
            return None
        snake, engine = name.snake, name.engine
        if snake in RESERVED or (engine in table.columns and not table.columns[engine].key):
            if settings.reserved == "discard":
                note("reserved", f"{snake} is a column of Segment's own: the values are left out")
                return None
            snake = engine = f"_{snake}"
            note("reserved", f"{snake[1:]} is a column of Segment's own: the values are in {snake}")
        if name.is_cut and settings.long_names == "refuse":
            note("refused", f"{len(snake.encode())} bytes are more than the engine keeps: the values are left out")
            return None
        there = table.columns.get(engine)
        if there is None and self._limits.columns is not None and table.width >= self._limits.columns:
            note("full", f"the table has had {table.width:,} columns, as many as the engine allows: left out")
            return None
        if name.is_cut:
            note("cut", f"the engine keeps {len(engine.encode())} of {len(snake.encode())} bytes: {snake}")
        if there is not None:
            note("met", f"shares the column {engine} with {there.key!r}, which had it first")
            return there
        column = Column(engine, snake, key, kind, at, message_id)
        table.add(column)
        return column


def from_rows(rows: list[Any], widths: Mapping[str, int]) -> dict[str, Table]:
    """Return the tables of a schema out of what the warehouse keeps of them, in the order it was written.

    A row is table, column, snake name, key, type, when first seen (milliseconds) and the messageId of then; a row
    without a column is a key that has none, one without a type a key that shares the column of another.
    """
    tables: dict[str, Table] = {}
    for name, column, snake, key, kind, first_seen, message_id in rows:
        table = tables.setdefault(name, Table(name, width=widths.get(name, 0)))
        if kind is not None:
            table.columns[column] = Column(column, snake, key or "", Kind(kind), first_seen, message_id or "")
        if key is not None:
            table.keys[key] = column
    return tables
