"""A piece of a load, by column and not by row: what the events brought to one table, then the columns to append.

Columns are sparse until they are written: an identify of a cohort sync fills one column of a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import count as numbers
from operator import itemgetter
from typing import Any, Final

from downstream.warehouse.kinds import NOTHING, Kind, cast_column, kind_of
from downstream.warehouse.layout import CONTEXT, FIXED, Rows
from downstream.warehouse.registry import Column, Namer, Note, Table
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Values
from mock_core.deep_json import write_json

_DEEPEST: Final = 16
"""Levels of objects that become columns; deeper ones are no traits but attacks, and are kept as JSON (ours)."""
_FEW: Final = 8
"""Rows that share a context by being so few that their contexts are taken together with those of others."""
_PARTS: Final = frozenset({dict, list})


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

    def written(self, count: int, left_out: Set[int] = frozenset()) -> Values:
        """Return the column as it is written, without the rows that are left out of `count`."""
        rows, values = self.sparse.rows, self.sparse.values
        if left_out:
            after = dict(zip((row for row in range(count) if row not in left_out), range(count), strict=False))
            kept = [(after[row], value) for row, value in zip(rows, values, strict=True) if row in after]
            rows, values = [row for row, _ in kept], [value for _, value in kept]
        return Values(self.name, self.kind, values, None if len(rows) == count - len(left_out) else rows)


class _Key:
    """What came under one name; the order of names is that in which they came first: by row, then within it."""

    __slots__ = ("_is_ascending", "_place", "_rows", "_values", "row")

    def __init__(self) -> None:
        self.row = -1
        self._place = 0
        self._rows: list[int] = []
        self._values: list[Any] = []
        self._is_ascending = True

    @property
    def order(self) -> tuple[int, int]:
        return self.row, self._place

    def meet(self, row: int, place: int) -> None:
        """Note that it came in a row, in which places are given in the order of its names."""
        if self.row < 0 or row < self.row:
            self.row, self._place = row, place

    def put(self, rows: Sequence[int], values: Sequence[Any]) -> None:
        """Take values of rows that are ascending among themselves."""
        if self._rows and rows[0] < self._rows[-1]:
            self._is_ascending = False
        self._rows.extend(rows)
        self._values.extend(values)

    def sparse(self) -> Sparse:
        if self._is_ascending:
            return Sparse(self._rows, self._values)
        order = sorted(range(len(self._rows)), key=self._rows.__getitem__)
        return Sparse([self._rows[place] for place in order], [self._values[place] for place in order])


class Piece:
    """The rows that one table gets, as they come.

    Objects of the same names are taken together, name by name: the events of a sync have a handful of shapes.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.count = 0
        self.own: dict[str, list[Any]] = {}
        self._found: dict[str, tuple[_Key, dict[str, _Key]]] = {}  # by prefix, then by key
        self._places = numbers()

    def add(self, rows: Rows) -> None:
        """Take in rows."""
        start, self.count = self.count, self.count + len(rows.own["id"])
        for name, values in rows.own.items():
            self.own.setdefault(name, []).extend(values)
        few: list[int] = []
        theirs: list[Mapping[str, Any]] = []
        first = start
        for context, run in rows.contexts:
            if not isinstance(context, dict):
                pass
            elif run < _FEW:
                few += range(first, first + run)
                theirs += [context] * run
            else:
                self._take_same(range(first, first + run), CONTEXT, context, 1)
            first += run
        self._take(few, CONTEXT, theirs, 1)
        if set(map(type, rows.parts)) == {dict}:
            self._take(range(start, self.count), "", rows.parts, 1)
        else:
            said = [(row, part) for row, part in enumerate(rows.parts, start) if isinstance(part, dict)]
            self._take([row for row, _ in said], "", [part for _, part in said], 1)

    def _take_same(self, rows: range, prefix: str, part: Mapping[str, Any], level: int) -> None:
        """Take an object that all of these rows have."""
        keys = self._keys(prefix, rows[0])
        for key, value in part.items():
            if isinstance(value, dict) and level < _DEEPEST:
                self._take_same(rows, f"{prefix}{key}.", value, level + 1)
            else:
                self._put(keys, key, rows, [_plain(value)] * len(rows))

    def _take(self, rows: Sequence[int], prefix: str, parts: Sequence[Mapping[str, Any]], level: int) -> None:
        """Take an object of each row."""
        shapes = list(map(tuple, parts))
        if len(set(shapes)) == 1:
            self._take_alike(rows, prefix, parts, level)
            return
        places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, shape in enumerate(shapes):
            places[shape].append(place)
        for some in places.values():
            pick = itemgetter(*some) if len(some) > 1 else lambda column, place=some[0]: (column[place],)
            self._take_alike(pick(rows), prefix, pick(parts), level)

    def _take_alike(self, rows: Sequence[int], prefix: str, parts: Sequence[Mapping[str, Any]], level: int) -> None:
        """Take objects that have the same names."""
        keys = self._keys(prefix, rows[0])
        for key in parts[0]:
            values = list(map(itemgetter(key), parts))
            if _PARTS.isdisjoint(map(type, values)):
                self._put(keys, key, rows, values)
                continue
            inner, leaves = [], []
            for row, value in zip(rows, values, strict=True):
                if isinstance(value, dict) and level < _DEEPEST:
                    inner.append((row, value))
                else:
                    leaves.append((row, _plain(value)))
            if inner:
                self._take([row for row, _ in inner], f"{prefix}{key}.", [part for _, part in inner], level + 1)
            if leaves:
                self._put(keys, key, [row for row, _ in leaves], [value for _, value in leaves])

    def _keys(self, prefix: str, row: int) -> dict[str, _Key]:
        found = self._found.get(prefix)
        if found is None:
            found = self._found[prefix] = _Key(), {}
        found[0].meet(row, next(self._places))
        return found[1]

    def _put(self, keys: dict[str, _Key], key: str, rows: Sequence[int], values: Sequence[Any]) -> None:
        found = keys.get(key)
        if found is None:
            found = keys[key] = _Key()
        found.meet(rows[0], next(self._places))
        found.put(rows, values)

    def names(self) -> Iterator[tuple[str, Sparse]]:
        """Yield every key with its values, in the order in which the keys came first."""
        for prefix, (_, found) in sorted(self._found.items(), key=lambda each: each[1][0].order):
            for key, each in sorted(found.items(), key=lambda item: item[1].order):
                yield f"{prefix}{key}", each.sparse()


def _plain(value: Any) -> Any:
    """Return a value as a column takes it: arrays are stringified (warehouse facts 1 [doc])."""
    return write_json(value).decode() if isinstance(value, (dict, list)) else value


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
