"""An export: the CSV of a cohort's members, read without changing a character of any id.

Every field is text: nothing is trimmed, case-folded or taken for a number, and `NULL` or `NaN` is a user like
any other. Only an empty user id is special: an anonymous member, whom Segment cannot be told of (amplitude
facts 1.2 E, 4.1).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from syncer.errors import MalformedExport

USER_ID: Final = "user_id"
LONGEST_HEADER: Final = 1 << 20

# The csv module refuses fields over 128 KiB by default; how long an id may be is not a matter of reading it.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, slots=True)
class Header:
    """Say what the first line names, how many bytes it takes, and how lines end."""

    columns: tuple[str, ...]
    size: int
    newline: str

    @property
    def user_id(self) -> int:
        """Return the number of the user id's column, from 0."""
        return self.columns.index(USER_ID)


def read_header(start: bytes) -> Header:
    """Read the header from the first bytes of an export; raise `MalformedExport` without a `user_id` in it."""
    marked = start.startswith(b"\xef\xbb\xbf")
    end, is_quoted = 0, False
    for end, byte in enumerate(start):  # noqa: B007 - the position is what is looked for
        if byte == 0x22:
            is_quoted = not is_quoted
        elif byte in b"\r\n" and not is_quoted:
            break
    else:
        end = len(start)
        if end >= LONGEST_HEADER:
            raise MalformedExport("the export has no end of line in its first megabyte, so it is not a cohort export")
    newline = "\r\n" if start[end : end + 2] == b"\r\n" else start[end : end + 1].decode()
    try:
        text = start[3 if marked else 0 : end].decode()
        columns = tuple(next(csv.reader([text], strict=True), ()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedExport(f"line 1 of the export cannot be read: {error}") from error
    if columns.count(USER_ID) != 1:
        found = ", ".join(repr(name[:40]) for name in columns[:10]) or "nothing"
        raise MalformedExport(f"line 1 of the export must name a column user_id once; it names {found}")
    return Header(columns, end + len(newline), newline)


def records(lines: TextIO) -> Iterator[list[str]]:
    """Yield the records after the header, each with as many fields as the header; raise `MalformedExport`.

    `lines` must be opened with `newline=""`, or line breaks inside ids would change.
    """
    reader = csv.reader(lines, strict=True)
    try:
        width = len(next(reader, ()))
        for record in reader:
            if len(record) != width:
                if not record:
                    continue
                raise MalformedExport(
                    f"line {reader.line_num} of the export has {len(record)} fields where the header has {width}"
                )
            yield record
    except csv.Error as error:
        raise MalformedExport(f"line {reader.line_num} of the export is not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise MalformedExport(
            f"the export is not UTF-8 after line {reader.line_num}: byte {error.object[error.start]:#04x}"
        ) from error


def user_ids(export: bytes) -> list[str]:
    """Return the user id of every row of a small export, empty for anonymous members."""
    column = read_header(export[:LONGEST_HEADER]).user_id
    text = io.TextIOWrapper(io.BytesIO(export), encoding="utf-8-sig", newline="")
    return [record[column] for record in records(text)]


def canonical(rows: Iterable[list[str]], header: Header, out: TextIO) -> None:
    """Write rows as Amplitude writes them: every field quoted, quotes doubled, LF at each end of line."""
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header.columns)
    writer.writerows(rows)
