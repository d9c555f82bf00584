"""An export: the CSV of a cohort's members, read without changing a character of any id.

This is the one reading of an export; what reads faster finds the same, or leaves the file to this. Every field is text:
nothing is trimmed, case-folded or taken for a number, and `NULL` or `NaN` is a user like any other. Only an empty user
id is special: an anonymous member, whom Segment cannot be told of (amplitude facts 1.2 E, 4.1).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from contracts.reading import LONGEST_RECORD, CsvRecords, NotCsv
from syncer.errors import MalformedExport

USER_ID: Final = "user_id"
BOM: Final = b"\xef\xbb\xbf"
LONGEST: Final = LONGEST_RECORD
"""Bytes of the longest record, and so of the longest header; Segment takes no id of more than 32,000."""


@dataclass(frozen=True, slots=True)
class Header:
    """Say what the first record names, how many bytes it takes, the mark before it included, and how it ends."""

    columns: tuple[str, ...]
    size: int
    newline: str

    @property
    def user_id(self) -> int:
        """Return the number of the user id's column, from 0."""
        return self.columns.index(USER_ID)


def read_header(start: bytes) -> Header:
    """Read the header from the first bytes of an export, one more than `LONGEST`; raise `MalformedExport`."""
    # What is behind the header is looked at later, and here it may end in half a character.
    text = io.TextIOWrapper(io.BytesIO(start), encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = CsvRecords(text)
    try:
        columns = _checked(next(iter(reader), []))
        "".join(columns).encode()
    except NotCsv as error:
        raise MalformedExport(f"line {error.line} of the export {error}") from error
    except UnicodeEncodeError as error:
        raise MalformedExport("the export is not UTF-8, at or behind line 1") from error
    size = reader.size + (len(BOM) if start.startswith(BOM) else 0)
    newline = next((end for end in ("\r\n", "\n", "\r") if start.endswith(end.encode(), 0, size)), "")
    return Header(columns, size, newline)


def user_ids(export: BinaryIO) -> Iterator[str]:
    """Yield the user id of every row of an export, empty for anonymous members, and close it.

    Raises `MalformedExport` at what no strict reader takes.
    """
    with io.TextIOWrapper(export, encoding="utf-8-sig", newline="") as text:
        reader = CsvRecords(text)
        records = iter(reader)
        try:
            columns = _checked(next(records, []))
            width, column = len(columns), columns.index(USER_ID)
            for record in records:
                if len(record) == width:
                    yield record[column]
                elif record:  # a blank line is no row
                    found = f"{len(record)} fields where the header has {width}"
                    raise MalformedExport(f"line {reader.line} of the export has {found}")
        except NotCsv as error:
            raise MalformedExport(f"line {error.line} of the export {error}") from error
        except UnicodeDecodeError as error:
            found = f"byte {error.object[error.start]:#04x}"
            raise MalformedExport(f"the export is not UTF-8, at or behind line {reader.line}: {found}") from error


def _checked(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a header; raise `MalformedExport` unless one of them is the user id's."""
    if columns.count(USER_ID) != 1:
        found = ", ".join(repr(name[:40]) for name in columns[:10]) or "nothing"
        raise MalformedExport(f"line 1 of the export must name a column user_id once; it names {found}")
    return tuple(columns)
