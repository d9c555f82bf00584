"""Pieces of DuckDB's SQL: texts, files and numbers. Every statement is put together from names and paths of our own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def text(value: Path | str) -> str:
    """Write a text, or a path."""
    return "'" + str(value).replace("'", "''") + "'"


def parquet(path: Path, options: str = "") -> str:
    """Read a Parquet file."""
    # A path is a pattern to DuckDB; brackets around its wildcards make them themselves.
    literal = re.sub(r"[*?\[]", r"[\g<0>]", str(path))
    return f"read_parquet({text(literal)}{', ' + options if options else ''})"


def numbers(db: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    """Return what a query that aggregates finds."""
    row = db.execute(query).fetchone()
    assert row is not None
    return tuple(int(number) for number in row)
