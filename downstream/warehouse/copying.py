"""Rows as PostgreSQL's binary COPY takes them, made by the column: a driver asks of every value what it is.

Bytes are held as text of as many characters, for Python joins texts of every kind quickest.
https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from downstream.warehouse.kinds import Kind
from downstream.warehouse.target import Values

BEGINNING: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END: Final = b"\xff\xff"
_NULL: Final = "\xff\xff\xff\xff"
_SINCE_2000: Final = 946_684_800_000_000
_WORTH: Final = 20_000
"""Nulls that are not sent are worth a COPY of its own from about so many on."""
_MOST_CELLS: Final = 1_000_000


def copies(columns: Sequence[Values], count: int) -> Iterator[tuple[list[Values], Iterator[bytes]]]:
    """Yield into which columns to copy, and the rows in pieces of bytes; `count` rows in all, in an order of its own.

    Rows that fill the same columns go together, so that nulls are not sent: of a thousand cohorts a row has one.
    """
    full = [column for column in columns if column.rows is None]
    others = [column for column in columns if column.rows is not None]
    if not others:
        yield full, _written(len(full), [part for column in full for part in _cells(column.kind, column.values)], count)
        return
    parts = [part for column in full for part in _cells(column.kind, column.values)]
    heads = list(map("".join, zip(*parts, strict=True))) if parts else [""] * count
    rest: list[int] = []
    for places, rows in _alike(others, count):
        if len(rows) * (len(others) - len(places)) < _WORTH and len(places) < len(others):
            rest += rows
        else:
            yield _part(full, heads, [others[place] for place in places], rows)
    if rest:
        rest.sort()
        these = set(rest)
        filled = [column for column in others if not these.isdisjoint(column.rows or ())]
        yield _part(full, heads, filled, rest)


def _part(
    full: list[Values], heads: Sequence[str], others: Sequence[Values], rows: list[int]
) -> tuple[list[Values], Iterator[bytes]]:
    parts: list[Sequence[str]] = [list(map(heads.__getitem__, rows))]
    parts += [part for column in others for part in _cells(column.kind, _at(column, rows))]
    return [*full, *others], _written(len(full) + len(others), parts, len(rows))


def _alike(columns: Sequence[Values], count: int) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Yield the rows that fill the same of these columns, with the places of those."""
    marks = [0] * count
    filled: list[tuple[int, ...]] = [()]
    for place, column in enumerate(columns):
        after: dict[int, int] = {}
        for row in column.rows or ():
            mark = after.get(marks[row])
            if mark is None:
                mark = after[marks[row]] = len(filled)
                filled.append((*filled[marks[row]], place))
            marks[row] = mark
    rows: dict[int, list[int]] = {}
    for row, mark in enumerate(marks):
        found = rows.get(mark)
        if found is None:
            rows[mark] = [row]
        else:
            found.append(row)
    for mark, some in rows.items():
        yield filled[mark], some


def _at(column: Values, rows: list[int]) -> Sequence[Any]:
    if column.rows == rows:
        return column.values
    return list(map(dict(zip(column.rows or (), column.values, strict=True)).get, rows))


def _written(width: int, parts: Sequence[Sequence[str]], count: int) -> Iterator[bytes]:
    """Yield rows of so many columns out of the columns' bytes."""
    start = [_bytes("!h", width)]
    step = max(1, _MOST_CELLS // (len(parts) + 1))
    for first in range(0, count, step):
        rows = min(step, count - first)
        cells = [""] * (rows * (len(parts) + 1))
        cells[:: len(parts) + 1] = start * rows
        for place, part in enumerate(parts, 1):
            cells[place :: len(parts) + 1] = part[first : first + rows]
        yield "".join(cells).encode("latin-1")


def _cells(kind: Kind, values: Sequence[Any]) -> Iterator[Sequence[str]]:
    """Yield the bytes of a column's values, one or several of each value after the other."""
    if kind is Kind.VARCHAR:
        yield from _texts(values)
        return
    if kind is Kind.FLOAT:  # 0.0 and -0.0 are equal
        yield [_packed(kind, value) for value in values]
    else:
        packed = {value: _packed(kind, value) for value in set(values)}
        yield list(map(packed.__getitem__, values))


def _packed(kind: Kind, value: Any) -> str:
    if value is None:
        return _NULL
    form = _FORMS[kind]
    return _bytes(form, struct.calcsize(form) - 4, value - _SINCE_2000 if kind is Kind.TIMESTAMP else value)


def _texts(values: Sequence[Any]) -> Iterator[Sequence[str]]:
    different = set(values)
    if len(different) * 4 < len(values) or None in different:
        packed = {value: _NULL if value is None else _text(value) for value in different}
        yield list(map(packed.__getitem__, values))
    elif "".join(values).isascii():
        yield _lengths(map(len, values))
        yield values
    else:
        yield list(map(_text, values))


def _lengths(lengths: Iterable[int]) -> list[str]:
    every = list(lengths)
    packed = {length: _bytes("!i", length) for length in set(every)}
    return list(map(packed.__getitem__, every))


def _text(value: str) -> str:
    as_bytes = value.encode()
    return _bytes("!i", len(as_bytes)) + as_bytes.decode("latin-1")


def _bytes(form: str, *values: Any) -> str:
    return struct.pack(form, *values).decode("latin-1")


_FORMS: Final = {Kind.BOOLEAN: "!i?", Kind.INTEGER: "!iq", Kind.FLOAT: "!id", Kind.TIMESTAMP: "!iq"}
