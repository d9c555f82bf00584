"""What a database must be able to do to be a warehouse: two engines do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from downstream.warehouse.kinds import Kind
from downstream.warehouse.naming import Limits


@dataclass(frozen=True, slots=True)
class Values:
    """A column of values to be written; timestamps are microseconds since 1970.

    `rows` are the numbers of the rows that have a value, ascending; None where every row has one.
    """

    name: str
    kind: Kind
    values: Sequence[Any]
    rows: Sequence[int] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value but null."""
        return self.values.count(None) == len(self.values)

    def of(self, start: int, stop: int) -> Values:
        """Return the values of some rows, which are numbered from 0 again."""
        if self.rows is None:
            return Values(self.name, self.kind, self.values[start:stop])
        first, last = bisect_left(self.rows, start), bisect_left(self.rows, stop)
        rows = [row - start for row in self.rows[first:last]]
        return Values(self.name, self.kind, self.values[first:last], rows)

    def dense(self, count: int) -> Sequence[Any]:
        """Return a value for each of `count` rows, None where there is none."""
        if self.rows is None:
            return self.values
        result = [None] * count
        for row, value in zip(self.rows, self.values, strict=True):
            result[row] = value
        return result


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is in the database as its own catalogue has it: types of columns by schema and table, and names taken.

    `widths` are the columns that a table ever had, by schema and table.
    """

    schemas: frozenset[str]
    columns: dict[tuple[str, str], dict[str, str]]
    widths: dict[tuple[str, str], int]


class Session(Protocol):
    """One transaction."""

    def run(self, sql: str) -> None:
        """Run a statement."""
        ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        ...

    def append(self, table: str, columns: Sequence[Values], count: int) -> None:
        """Write so many rows to a table, named as SQL has it, at the speed of the engine and in an order of its own."""
        ...

    def room_for(self, columns: int) -> None:
        """Be ready for a table of so many columns."""
        ...

    def catalogue(self) -> Catalogue:
        """Read the catalogue."""
        ...


class Target(Protocol):
    """A database. `types` are the names of types in its DDL, `told` those its catalogue has for them."""

    limits: Limits
    types: dict[Kind, str]
    told: dict[str, Kind]
    reserved_schemas: frozenset[str]
    where: str
    key: str | None  # the column by which users and accounts are unique, where the engine is to watch over it

    def moment(self, text: str) -> str:
        """Return a quoted time of UTC as the engine reads it."""
        ...

    def transaction(self) -> AbstractContextManager[Session]:
        """Do all of a block or nothing of it; raise `WarehouseTrouble` in words."""
        ...

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of a query that may change nothing; raise `BadQuery` for one that is wrong."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


Boundary = Callable[[str], None]
"""Hears of each step of a load by its name; a test ends the process there."""


def nothing_happens(_step: str) -> None:
    """Let a step pass."""
