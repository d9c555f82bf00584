"""A piece of a load, by column and not by row: what the events brought to one table, then the columns to append.

Columns are sparse until they are written: an identify of a cohort sync fills one column of a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from downstream.warehouse.kinds import NOTHING, Kind, cast_column, kind_of
from downstream.warehouse.layout import FIXED, Row
from downstream.warehouse.registry import Column, Namer, Note, Table
from downstream.warehouse.settings import WarehouseSettings
from mock_core.deep_json import write_json

_DEEPEST: Final = 16
"""Levels of objects that become columns; deeper ones are no traits but attacks, and are kept as JSON (ours)."""


@dataclass(slots=True)
class Sparse:
    """The values of some rows of a column, in the order of the rows, each once; None was said as null."""

    rows: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Filled:
    """A column with values of its type, ready to be written."""

    name: str
    kind: Kind
    sparse: Sparse

    def dense(self, count: int, left_out: Set[int] = frozenset()) -> list[Any]:
        """Return a value for each row that is not left out, None where nobody said one."""
        result: list[Any] = self.sparse.values
        if len(self.sparse.rows) != count:
            result = [None] * count
            for row, value in zip(self.sparse.rows, self.sparse.values, strict=True):
                result[row] = value
        return [value for row, value in enumerate(result) if row not in left_out] if left_out else result


class Piece:
    """The rows that one table gets, as they come."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.count = 0
        self.own: dict[str, list[Any]] = {}
        self._found: dict[str, dict[str, Sparse]] = {}  # by prefix, then by key

    def add(self, row: Row) -> None:
        """Take in one row."""
        index = self.count
        self.count += 1
        own = self.own
        if index:
            for name, value in row.own.items():
                own[name].append(value)
        else:
            for name, value in row.own.items():
                own[name] = [value]
        for prefix, part in row.parts:
            self._take(index, prefix, part, 1)

    def _take(self, index: int, prefix: str, part: Mapping[str, Any], level: int) -> None:
        found = self._found.get(prefix)
        if found is None:
            found = self._found[prefix] = {}
        for key, value in part.items():
            kind = type(value)
            if kind is dict and level < _DEEPEST:
                self._take(index, f"{prefix}{key}.", value, level + 1)
                continue
            if kind is list or kind is dict:
                value = write_json(value).decode()  # noqa: PLW2901 - arrays are stringified (warehouse facts 1 [doc])
            sparse = found.get(key)
            if sparse is None:
                sparse = found[key] = Sparse()
            sparse.rows.append(index)
            sparse.values.append(value)

    def names(self) -> Iterator[tuple[str, Sparse]]:
        """Yield every key with its values, in the order in which the keys came first."""
        for prefix, found in self._found.items():
            for key, sparse in found.items():
                yield f"{prefix}{key}", sparse


def filled(piece: Piece, table: Table, namer: Namer, settings: WarehouseSettings) -> list[Filled]:
    """Return the columns of a piece, cast to their types, and make those that are new.

    A column is made by the first value that is not null (segment facts 5.1 [doc]). What was cast or dropped is noted.
    """
    by_name: dict[str, Filled] = {}
    for key, sparse in piece.names():
        column = _column(piece, key, sparse, table, namer=namer, last_fixes=settings.type_from == "last_in_batch")
        if column is None:
            continue
        values, changes = cast_column(sparse.values, column.kind, settings)
        for change in changes:
            after = "dropped" if change.after is NOTHING else f"cast to {change.after!r}"
            words = f"{change.before!r:.80} in a column of type {column.kind}: {after}"
            message_id = piece.own["id"][sparse.rows[change.place]]
            namer.tell(Note(change.words, table.name, column.name, key, message_id, words))
        cast = _without_nothing(sparse.rows, values) if any(each.after is NOTHING for each in changes) else values
        new = cast if isinstance(cast, Sparse) else Sparse(sparse.rows, cast)
        there = by_name.get(column.name)
        if there is None:
            by_name[column.name] = Filled(column.name, column.kind, new)
        else:
            last = settings.names_met == "last"
            first, second = (there.sparse, new) if last else (new, there.sparse)
            there.sparse = _together(first, second)
    return list(by_name.values())


def _column(piece: Piece, key: str, sparse: Sparse, table: Table, *, namer: Namer, last_fixes: bool) -> Column | None:
    """Return the column of a key, None for one that has none, or none yet: nobody said but null."""
    if key in table.keys:
        return namer.column(table, key, Kind.VARCHAR, 0, "")
    said = [(row, value) for row, value in zip(sparse.rows, sparse.values, strict=True) if value is not None]
    if not said:
        return None
    kind = kind_of(said[-1 if last_fixes else 0][1])
    row = said[0][0]
    return namer.column(table, key, kind, piece.own["received_at"][row] // 1000, piece.own["id"][row])


def _without_nothing(rows: Sequence[int], values: Sequence[Any]) -> Sparse:
    pairs = [(row, value) for row, value in zip(rows, values, strict=True) if value is not NOTHING]
    return Sparse([row for row, _ in pairs], [value for _, value in pairs])


def _together(first: Sparse, second: Sparse) -> Sparse:
    """Return the values of two names in one column, the second's where a row has both."""
    values = dict(zip(first.rows, first.values, strict=True))
    values.update(zip(second.rows, second.values, strict=True))
    rows = sorted(values)
    return Sparse(rows, [values[row] for row in rows])


def own_filled(piece: Piece) -> list[Filled]:
    """Return the columns that come from fields of the event."""
    every = list(range(piece.count))
    return [Filled(name, FIXED[name], Sparse(every, values)) for name, values in piece.own.items()]
