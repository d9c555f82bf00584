"""Read a cohort export as Amplitude serves it, without changing a character of any id (amplitude facts 1.2 E).

Every field is text. Only an empty user id means something else than itself: an anonymous user.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from contracts.reading import CsvRecords, NotCsv
from mock_amplitude.errors import MalformedExport
from mock_amplitude.people import Member

LARGEST_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an export: who it is, and the values of the property columns."""

    member: Member
    properties: tuple[str, ...]


def read_export(data: bytes) -> tuple[tuple[str, ...], list[Row]]:
    """Return the property columns and the rows of an export, in order, or raise `MalformedExport`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedExport(
            f"Line {line} is not UTF-8 (byte {data[error.start]:#04x}). Save the file as UTF-8."
        ) from error
    reader = CsvRecords(io.StringIO(text, newline=""))
    records = iter(reader)
    try:
        header = next(records, [])
        id_column, user_column = _column(header, "amplitude_id"), _column(header, "user_id")
        others = [place for place in range(len(header)) if place not in {id_column, user_column}]
        rows: list[Row] = []
        seen: dict[int, int] = {}
        for fields in records:
            line = reader.line
            if not fields:  # a blank line
                continue
            if len(fields) != len(header):
                raise MalformedExport(f"Line {line} has {len(fields)} fields, expected {len(header)} as in line 1.")
            amplitude_id = _amplitude_id(fields[id_column], line)
            if amplitude_id in seen:
                raise MalformedExport(
                    f"Line {line} repeats amplitude_id {amplitude_id} of line {seen[amplitude_id]}: "
                    "an export names each member once."
                )
            seen[amplitude_id] = line
            rows.append(
                Row(Member(amplitude_id, fields[user_column] or None), tuple(fields[place] for place in others))
            )
    except NotCsv as error:
        raise MalformedExport(f"Line {error.line} {error}.") from error
    return tuple(header[place] for place in others), rows


def _column(header: list[str], name: str) -> int:
    if header.count(name) != 1:
        found = ", ".join(repr(column[:40]) for column in header[:10]) or "nothing"
        raise MalformedExport(f"Line 1 must name the column {name} once, found {found}.")
    return header.index(name)


def _amplitude_id(text: str, line: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 19:
        number = int(text)
        if number <= LARGEST_ID and str(number) == text:
            return number
    raise MalformedExport(
        f"Line {line} has amplitude_id {text[:40]!r}, expected a whole number as Amplitude writes it."
    )
