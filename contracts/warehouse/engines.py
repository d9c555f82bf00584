"""What database engines make of a column's name: how much of it they keep, and which words are theirs.

Segment documents no length (segment facts 5.1 [inferred]); the limits are the engines' own. PostgreSQL was run
(warehouse facts 2 [run]): it keeps 63 bytes and says so in a notice that no loader reads. DuckDB keeps any length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

from contracts.errors import UnknownName
from contracts.limits import COLUMN_BYTES
from contracts.warehouse import keywords

OWN_TABLES: Final = frozenset(
    ("accounts", "aliases", "groups", "identifies", "pages", "screens", "tracks", "users", "users_view")
)
OWN_COLUMNS: Final = frozenset(
    (
        *("anonymous_id", "event", "event_text", "original_timestamp", "received_at", "sent_at", "timestamp"),
        *("user_id", "uuid", "uuid_ts", "loaded_at"),
    )
)
"""Columns that Segment fills in every table, beside `id` (segment facts 5.1 [doc])."""


class UnknownEngine(UnknownName):
    """Say that no warehouse engine has this name."""

    kind: ClassVar[str] = "warehouse"


@dataclass(frozen=True, slots=True)
class Engine:
    """Hold how an engine names columns.

    `longest` counts bytes of UTF-8, or characters where `counts_bytes` is false; None is no limit. `marks_reserved`
    says that Segment writes `_` before a reserved word there (segment facts 5.1 [doc] redshift-faq.md).
    """

    name: str
    title: str
    longest: int | None
    counts_bytes: bool
    reserved: frozenset[str] = field(repr=False)
    marks_reserved: bool = False
    is_case_sensitive: bool = True

    @property
    def limit(self) -> str:
        """Return the limit in words: `63 bytes`."""
        return "any length" if self.longest is None else f"{self.longest} {'bytes' if self.counts_bytes else 'letters'}"

    def size(self, column: str) -> int:
        """Return how long a name is, in what the engine counts."""
        return len(column.encode("utf-8", "replace")) if self.counts_bytes else len(column)

    def fits(self, column: str) -> bool:
        """Say whether the engine keeps the whole name."""
        return self.longest is None or self.size(column) <= self.longest

    def cut(self, column: str) -> str:
        """Return what the engine keeps of a name, whole letters only."""
        if self.longest is None or self.fits(column):
            return column
        if not self.counts_bytes:
            return column[: self.longest]
        return column.encode("utf-8", "replace")[: self.longest].decode("utf-8", "ignore")

    def column(self, snake: str) -> str:
        """Return the column that a name in snake case has on this engine."""
        return self.cut(f"_{snake}" if self.marks_reserved and snake in self.reserved else snake)

    def same(self, column: str) -> str:
        """Return what two names have in common when the engine takes them for one."""
        return column if self.is_case_sensitive else column.casefold()


_POSTGRES: Final = Engine("postgres", "PostgreSQL", COLUMN_BYTES, True, keywords.POSTGRES)
ENGINES: Final[Mapping[str, Engine]] = MappingProxyType(
    {
        "postgres": _POSTGRES,
        "duckdb": Engine("duckdb", "DuckDB", None, True, keywords.DUCKDB, is_case_sensitive=False),
        "redshift": Engine("redshift", "Redshift", 127, True, keywords.REDSHIFT, marks_reserved=True),
        "snowflake": Engine("snowflake", "Snowflake", 255, False, keywords.SNOWFLAKE),
        "bigquery": Engine("bigquery", "BigQuery", 300, False, keywords.BIGQUERY, is_case_sensitive=False),
    }
)
"""The engines by name (limits: segment facts 5.1 [inferred], PostgreSQL and DuckDB warehouse facts 2 [run])."""
_ALSO: Final = {"postgresql": "postgres"}


def engine(name: str) -> Engine:
    """Return an engine by name; raise `UnknownEngine` with the nearest one."""
    plain = name.strip().lower()
    plain = _ALSO.get(plain, plain)
    if plain not in ENGINES:
        raise UnknownEngine(name, ENGINES)
    return ENGINES[plain]
