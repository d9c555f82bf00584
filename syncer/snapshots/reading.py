"""An export read by DuckDB, and held to the byte to what the strict reader would have read.

DuckDB reads CSV fast, but it forgives: it drops blanks around quotes, empty lines, an empty field at the end of a line.
So what it read is written back in thought as Amplitude writes it, every field in quotes. Nothing was dropped if that
has as many quotes as the file, as many bytes, the same end, and, where lines end with two bytes, as many of these: with
a field that has no quotes the file would have fewer of them, and without such a field nothing could make up for a byte
that was dropped. Any other file is the strict reader's: it writes down the user ids that it finds, or refuses the file.
"""

# ruff: noqa: PLC0415, S608 - as in `snapshots.duckdb`

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from syncer.errors import MalformedExport
from syncer.snapshots.sql import numbers, parquet, text
from syncer.source import LONGEST, Header, read_header, user_ids

if TYPE_CHECKING:
    import duckdb

BUFFER: Final = 8_000_000
LONGEST_LINE: Final = 2 * LONGEST + 100_000
"""Bytes that DuckDB reads at once, and of the longest line: room for a record of nothing but quotes, each doubled."""

MOST_COLUMNS: Final = 100
"""Columns up to which a file is DuckDB's: its statements do not grow without end."""

PIECE: Final = 1 << 20

Write: TypeAlias = "Callable[[duckdb.DuckDBPyConnection, Path, str], None]"


def read(db: duckdb.DuckDBPyConnection, source: Path, members: Path, write: Write) -> int:
    """Write the user id of every row of an export to `members`, null for none, and return how many rows there are.

    Raises `MalformedExport` for a file that the strict reader refuses.
    """
    try:
        return _take_over(db, source, members, write)
    except _NotAsWritten:
        rewritten = _rewritten(source)
    try:
        return _take_over(db, rewritten, members, write)
    except _NotAsWritten as error:
        raise MalformedExport(f"the export cannot be read without changing it: {error}") from error
    finally:
        rewritten.unlink(missing_ok=True)


class _NotAsWritten(Exception):
    """DuckDB cannot have read the file as Amplitude wrote it."""


def _take_over(db: duckdb.DuckDBPyConnection, source: Path, members: Path, write: Write) -> int:
    """Write every row's user id and return their number; raise `_NotAsWritten` unless DuckDB read the file whole."""
    import duckdb

    header = _header_of(source)
    width = len(header.columns)
    if width > MOST_COLUMNS or header.newline == "\r":
        raise _NotAsWritten("it is not written as Amplitude writes")
    fields = [f"ifnull(c{number}, '')" for number in range(width)]
    counts = {"letters": " + ".join(f"strlen({field})" for field in fields), "quotes": _times('"', fields)}
    if header.newline == "\r\n":
        counts["newlines"] = _times("\r\n", fields)
    columns = ", ".join(f"{count} AS {name}" for name, count in counts.items())
    try:
        write(db, members, f"SELECT c{header.user_id} AS user_id, {columns} FROM {_csv(source, width)}")
    except duckdb.InvalidInputException as error:
        raise _NotAsWritten(str(error).split("\n", 1)[0]) from error
    sums = ", ".join(f"ifnull(sum({name}), 0)" for name in counts)
    rows, longest, letters, quotes, *newlines = numbers(
        db, f"SELECT count(*), ifnull(max(letters + quotes), 0), {sums} FROM {parquet(members)}"
    )
    around = 3 * width - 1 + len(header.newline)  # two quotes a field, commas between them, an end of line
    there = _there(source, header)
    without_end = 0 if there.ends_with_newline or not rows else len(header.newline)
    if (
        there.quotes != 2 * width * rows + 2 * quotes
        or there.size != letters + quotes + rows * around - without_end
        or (newlines and there.newlines != newlines[0] + rows - (without_end > 0))
        or longest + around > LONGEST
    ):
        raise _NotAsWritten(f"{there.size} bytes, of which {letters + quotes + rows * around} were read")
    return rows


@dataclass(frozen=True, slots=True)
class _There:
    """Count what a file holds behind its header."""

    size: int
    quotes: int
    newlines: int
    ends_with_newline: bool


def _there(source: Path, header: Header) -> _There:
    newline = header.newline.encode()
    quotes = newlines = size = 0
    end = b""
    with source.open("rb", buffering=0) as file:
        file.seek(header.size)
        while piece := file.read(PIECE):
            size += len(piece)
            quotes += piece.count(b'"')
            if len(newline) == 2:
                newlines += piece.count(newline) + (end[-1:] + piece[:1] == newline)
            end = (end + piece)[-2:]
    return _There(size, quotes, newlines, size > 0 and end.endswith(newline))


def _times(what: str, fields: list[str]) -> str:
    """Count how often a text stands in fields; most hold none of it, and are only looked through."""
    named = "'" + what + "'" if what == '"' else "chr(13) || chr(10)"
    each = (
        f"CASE WHEN contains({field}, {named}) THEN (strlen({field}) - strlen(replace({field}, {named}, ''))) "
        f"// {len(what)} ELSE 0 END"
        for field in fields
    )
    return " + ".join(each)


def _rewritten(source: Path) -> Path:
    """Write the user ids of an export as Amplitude would; raise `MalformedExport` when it is not CSV."""
    target = source.with_name("rewritten.csv")
    target.unlink(missing_ok=True)
    with source.open("rb") as raw, target.open("x", encoding="utf-8", newline="") as out:
        out.write('"user_id"\n')
        out.writelines('"' + user_id.replace('"', '""') + '"\n' for user_id in user_ids(raw))
    return target


def _header_of(source: Path) -> Header:
    with source.open("rb") as file:
        return read_header(file.read(LONGEST + 1))


def _csv(path: Path, width: int) -> str:
    """Read a CSV without guessing: every column text, a quote only ever doubled, an empty field null."""
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
    return (
        f"read_csv({text(path)}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', null_padding = false, strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {BUFFER})"
    )
