"""The latest state of users and accounts: a load's values, reduced to one row a key before anything is merged.

Two rows of one key in one statement are refused by PostgreSQL, and settled by chance in DuckDB (warehouse facts 4
[run]).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, cast

from downstream.warehouse.batch import Filled, Sparse
from downstream.warehouse.kinds import Kind
from downstream.warehouse.target import Values

MOST_CELLS = 1_000_000
"""Values kept until they are merged; what is more is merged in between, in the same transaction."""


class Latest:
    """What a load says of each key; `null_clears` and `by` are settings (`null_trait`, `users_order`)."""

    def __init__(self, *, null_clears: bool, by: str | None) -> None:
        self._null_clears = null_clears
        self.by = by  # the column of times that decides; None for the order of delivery
        self._kinds: dict[str, Kind] = {}
        self._values: dict[str, dict[str, Any]] = {}  # by column, then by key
        self._times: dict[str, dict[str, int]] = {}
        self._received: dict[str, int] = {}
        self._newest = 0  # of all times that were heard of, microseconds
        self.cells = 0

    def __bool__(self) -> bool:
        return bool(self._received)

    def fold(
        self, keys: Sequence[str | None], own: dict[str, list[Any]], columns: Sequence[Filled], left_out: Set[int]
    ) -> None:
        """Take in rows by the key of each, None for a row without one."""
        self._hear(keys, own["received_at"], left_out)
        times = None if self.by is None else own[self.by]
        for column in columns:
            self._kinds[column.name] = column.kind
            values = self._values.setdefault(column.name, {})
            before = len(values)
            if times is None and not left_out:
                self._overwrite(keys, column.sparse, values)
            else:
                self._compare(keys, column, values, times, left_out)
            self.cells += len(values) - before

    def _hear(self, keys: Sequence[str | None], times: Sequence[int], left_out: Set[int]) -> None:
        """Note when each key was last heard of."""
        received = self._received
        if not left_out and None not in keys and times[0] >= self._newest and list(times) == sorted(times):
            received.update(zip(cast("Sequence[str]", keys), times, strict=True))
        else:
            for row, (key, at) in enumerate(zip(keys, times, strict=True)):
                if key is not None and row not in left_out and at >= received.get(key, at):
                    received[key] = at
        self._newest = max(self._newest, *times)

    def _overwrite(self, keys: Sequence[str | None], sparse: Sparse, values: dict[str, Any]) -> None:
        rows, given, clears = sparse.rows, sparse.values, self._clears(sparse)
        said = keys if len(rows) == len(keys) else list(map(keys.__getitem__, rows))
        if not clears or None in said:
            pairs = zip(said, given, strict=True)
            values.update((key, value) for key, value in pairs if key is not None and (value is not None or clears))
        elif given.count(given[0]) == len(given):
            values.update(dict.fromkeys(cast("Sequence[str]", said), given[0]))
        else:
            values.update(zip(cast("Sequence[str]", said), given, strict=True))

    def _clears(self, sparse: Sparse) -> bool:
        """Say whether every value counts, the nulls among them or for want of any."""
        return self._null_clears or None not in sparse.values

    def _compare(
        self,
        keys: Sequence[str | None],
        column: Filled,
        values: dict[str, Any],
        times: Sequence[int] | None,
        left_out: Set[int],
    ) -> None:
        latest = self._times.setdefault(column.name, {})
        for row, value in zip(column.sparse.rows, column.sparse.values, strict=True):
            key = keys[row]
            if key is None or row in left_out or (value is None and not self._null_clears):
                continue
            at = 0 if times is None else times[row]
            if at >= latest.get(key, at):
                latest[key] = at
                values[key] = value

    def columns(self) -> list[str]:
        """Return the columns that somebody said something of."""
        return [name for name, values in self._values.items() if values]

    def keys(self) -> list[str]:
        """Return of whom anything was said."""
        return list(self._received)

    def drop_older(self, column: str, latest: Mapping[str, int]) -> None:
        """Forget values that are older than what a table has of the column by key, times in microseconds."""
        values, times = self._values[column], self._times[column]
        for key, at in latest.items():
            if key in values and times[key] < at:
                del values[key]

    def take(self) -> tuple[list[str], list[int], list[Values], list[Values]]:
        """Return the keys, when each was last heard of (microseconds), the columns, and whether a key said anything of
        those that hold a null; begin anew.
        """
        keys = list(self._received)
        columns, said = [], []
        for name, values in self._values.items():
            if values:
                columns.append(Values(name, self._kinds[name], list(map(values.get, keys))))
                if None in values.values():
                    said.append(Values(name, Kind.BOOLEAN, [key in values for key in keys]))
        received = list(self._received.values())
        self._values, self._times, self._received, self.cells = {}, {}, {}, 0
        return keys, received, columns, said
