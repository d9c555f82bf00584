"""Where a value told of a user ended: its row in `identifies`, the cell in `users`, or why it has none.

Read from the tables and the book beside them; nothing is loaded for it, and nothing written.
"""

# ruff: noqa: S608 - names and texts are quoted

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.foreign import quoted
from downstream.warehouse.book import SCHEMA, milliseconds
from downstream.warehouse.kinds import storable
from downstream.warehouse.plain import plain
from downstream.warehouse.reading import text_id
from downstream.warehouse.registry import ABOUT_NAMES
from downstream.warehouse.statements import literal, quote, table_sql
from mock_core.clock import iso
from mock_segment import Event, SegmentState
from mock_segment.delivery import Place, project_id

Ask = Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]
"""Answers a query with the names of its columns and its rows."""

_IDENTIFIES: Final = "identifies"
_USERS: Final = "users"
_SHOWN: Final = 80  # letters of a value


@dataclass(frozen=True, slots=True)
class Stop:
    """Where one value ended. `stored` is what the cell holds; `words` say all of it for people.

    `table` is None where there is no row, `column` where there is no cell; `loaded_at` is in milliseconds. `position`
    and `message_id` are those of the event, for the cell in `users` those of the last one that told the trait.
    """

    position: int
    message_id: str
    trait_key: str
    words: str
    table: str | None = None
    column: str | None = None
    stored: Any = None
    loaded_at: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as the control plane shows it."""
        return {
            "position": self.position,
            "message_id": self.message_id,
            "trait_key": self.trait_key,
            "table": self.table,
            "column": self.column,
            "stored": plain(self.stored),
            "loaded_at": None if self.loaded_at is None else iso(self.loaded_at),
            "words": self.words,
        }


def stops(
    ask: Ask,
    stream: str | None,
    state: SegmentState,
    user_id: str,
    keys: Collection[str] | None,
    *,
    due: Callable[[int], int | None] = lambda _delivered_at: None,
) -> Iterator[Stop]:
    """Yield where each delivered value of some traits of a user ended, source by source, then what `users` says.

    None as keys is every one. `stream` names the journal in the warehouse, as `Source.stream` has it; `due` says when
    what was delivered at a moment is loaded, where that is known.
    """
    sources: dict[str, list[tuple[Event, str]]] = {}
    for event in state.delivered(user_id=user_id):
        traits = event.raw.get("traits")
        if event.raw.get("type") == "identify" and isinstance(traits, dict):
            told = [(event, key) for key in traits if keys is None or key in keys]
            if told:
                sources.setdefault(project_id(event.capture.write_key), []).extend(told)
    for source, told in sources.items():
        yield from _Told(_Book(ask, stream or "", source), user_id, told, due).stops()


class _Told:
    """What one source told of a user."""

    def __init__(
        self, book: _Book, user_id: str, told: Sequence[tuple[Event, str]], due: Callable[[int], int | None]
    ) -> None:
        self._book, self._user, self._told, self._due = book, storable(user_id), told, due
        self._ids = sorted({_id(event) for event, _ in told})
        book.read_notes({key for _, key in told}, self._ids)

    def stops(self) -> Iterator[Stop]:
        """Yield the rows of the events, then the cells of the user."""
        keys = list(dict.fromkeys(key for _, key in self._told))
        cells = {key: self._book.cells(_IDENTIFIES, key, self._ids) for key in keys}
        seen: set[tuple[str, str]] = set()
        for event, key in self._told:
            found = cells[key].get(_id(event))
            yield self._row(event, key, found, is_again=(_id(event), key) in seen)
            seen.add((_id(event), key))
        for key in keys:
            event = [event for event, of in self._told if of == key][-1]
            found = self._book.cells(_USERS, key, [self._user]).get(self._user)
            if found is not None:
                yield self._cell(event, key, *found)

    def _row(self, event: Event, key: str, found: tuple[Any, int] | None, *, is_again: bool) -> Stop:
        book, message_id, value = self._book, _id(event), event.raw["traits"][key]
        if not book.has(event):
            due = self._due(event.delivered_at or event.capture.at)
            when = "the next load" if due is None else f"the load of {iso(due)}"
            return Stop(event.position, message_id, key, f"not loaded yet: it waits for {when}")
        table = f"{book.schema}.{_IDENTIFIES}"
        if found is None:
            words = f"{table} has no row {quoted(message_id, _SHOWN)} any more: somebody took it away"
            return Stop(event.position, message_id, key, words)
        stored, at = found
        column = book.column(_IDENTIFIES, key)
        where = f"{table}, row {quoted(message_id, _SHOWN)}"
        note = book.note(message_id, key)
        if column is None:
            words = f"{where}: no column, {book.why_none(key, value)}"
        elif is_again:
            words = f"{where}: {column} is {_shown(stored)}, told by the first event of this id; this one is left out"
        elif stored is None and value is not None:
            words = f"{where}: {column} is null{f', {note}' if note else ''}{book.about(key)}"
        else:
            words = f"{where}: {column} is {_shown(stored)}{f', {note}' if note else ''}{book.about(key)}"
        words += f"; loaded {iso(at)}"
        return Stop(event.position, message_id, key, words, table, column, stored, at)

    def _cell(self, event: Event, key: str, stored: Any, at: int) -> Stop:
        table, column = f"{self._book.schema}.{_USERS}", self._book.column(_USERS, key)
        words = f"{table}, row {quoted(self._user, _SHOWN)}: {column} is {_shown(stored)}{self._book.about(key)}"
        return Stop(event.position, _id(event), key, f"{words}; last loaded {iso(at)}", table, column, stored, at)


class _Book:
    """What the warehouse says of one source: how far it was loaded, its schema, and the columns of its keys."""

    def __init__(self, ask: Ask, stream: str, source: str) -> None:
        self._ask = ask
        self.schema = ""
        self._place = Place()
        self._columns: dict[str, str | None] = {}  # of `identifies`, by key
        self._of_users: set[str] = set()
        self._notes: Sequence[Mapping[str, Any]] = ()
        there = f"SELECT table_name FROM information_schema.tables WHERE table_schema = {literal(SCHEMA)}"
        if not self._rows(there):
            return
        of = f"WHERE stream = {literal(stream)}"
        for row in self._rows(f"SELECT seq, waiting FROM {SCHEMA}.lab_streams {of}"):
            self._place = Place(row["seq"], tuple(json.loads(row["waiting"])))
        for row in self._rows(f"SELECT schema_name FROM {SCHEMA}.lab_schemas {of} AND source = {literal(source)}"):
            self.schema = row["schema_name"]
        for row in self._rows(
            f"SELECT table_name, column_name, trait_key FROM {SCHEMA}.lab_columns WHERE schema_name = "
            f"{literal(self.schema)} AND table_name IN ('{_IDENTIFIES}', '{_USERS}') AND trait_key IS NOT NULL"
        ):
            if row["table_name"] == _USERS:
                self._of_users.add(row["column_name"])
            else:
                self._columns[row["trait_key"]] = row["column_name"]

    def has(self, event: Event) -> bool:
        """Say whether a load took an event."""
        seq = event.capture.seq
        return bool(self.schema) and seq <= self._place.seq and seq not in self._place.waiting

    def column(self, table: str, key: str) -> str | None:
        """Return the column of a key, None when it has none in this table."""
        name = self._columns.get(storable(key))
        return name if table == _IDENTIFIES or name in self._of_users else None

    def cells(self, table: str, key: str, ids: Sequence[str]) -> dict[str, tuple[Any, int]]:
        """Return what some rows hold, and when each was loaded (milliseconds); null where the key has no column."""
        name = self.column(table, key)
        if not self.schema or (name is None and table == _USERS):
            return {}
        column = "NULL" if name is None else quote(name)
        rows = self._ask(
            f"SELECT id, {column}, uuid_ts FROM {table_sql(self.schema, table)} WHERE id IN "
            f"({', '.join(map(literal, ids))})"
        )[1]
        return {row_id: (stored, milliseconds(at)) for row_id, stored, at in rows}

    def read_notes(self, keys: Collection[str], ids: Collection[str]) -> None:
        """Read what happened to some names, and to the values of some events."""
        if not self.schema:
            return
        in_keys, in_ids = (", ".join(map(literal, map(storable, each))) for each in (keys, ids))
        about = ", ".join(map(literal, ABOUT_NAMES))
        self._notes = self._rows(
            f"SELECT what, trait_key, message_id, words FROM {SCHEMA}.lab_notes WHERE schema_name = "
            f"{literal(self.schema)} AND table_name = '{_IDENTIFIES}' AND trait_key IN ({in_keys}) "
            f"AND (what IN ({about}) OR message_id IN ({in_ids})) ORDER BY load"
        )

    def note(self, message_id: str, key: str) -> str:
        """Say what happened to a value on the way, empty when nothing did."""
        found = (
            str(row["words"])
            for row in self._notes
            if (row["message_id"], row["trait_key"]) == (message_id, storable(key)) and row["what"] not in ABOUT_NAMES
        )
        return next(found, "")

    def about(self, key: str) -> str:
        """Say what happened to the name of a key, and who else has its column."""
        name = self._columns.get(storable(key))
        others = [other for other, column in self._columns.items() if column == name and other != storable(key)]
        cut = [row["words"] for row in self._notes if (row["trait_key"], row["what"]) == (storable(key), "cut")]
        met = f"; the column is also that of {' and '.join(quoted(other) for other in others)}" if others else ""
        return f"{''.join(f'; {words}' for words in cut[:1])}{met}"

    def why_none(self, key: str, value: Any) -> str:
        """Say why a key has no column."""
        if isinstance(value, dict):
            inner = [f"{quoted(each)}" for each in self._columns if each.startswith(f"{storable(key)}.")]
            return f"it is an object, and its members have columns: {', '.join(inner)}" if inner else "it is an object"
        if storable(key) not in self._columns:
            return "and none until somebody tells it a value other than null"
        said = [str(row["words"]) for row in self._notes if row["trait_key"] == storable(key)]
        return said[0] if said else "its name has none here"

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        names, rows = self._ask(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]


def _id(event: Event) -> str:
    return text_id(event.message_id) or ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {quoted(value, _SHOWN)}"
    return str(plain(value)) if isinstance(value, datetime) else json.dumps(value)
