"""What a database must be able to do to be a warehouse: two engines do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from downstream.warehouse.kinds import Kind
from downstream.warehouse.naming import Limits


@dataclass(frozen=True, slots=True)
class Values:
    """A column of values to be written, one a row; timestamps are microseconds since 1970."""

    name: str
    kind: Kind
    values: Sequence[Any]


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

    def append(self, table: str, columns: Sequence[Values]) -> None:
        """Write rows to a table, named as SQL has it, at the speed of the engine."""
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
