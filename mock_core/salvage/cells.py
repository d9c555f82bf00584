"""Cells of a tree's nodes, and the rows in them: whole, or not at all."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from mock_core.salvage.pages import INNER_INDEX, INNER_TABLE, LEAF_INDEX, LEAF_TABLE, Pages, head_of

Value = int | float | str | bytes | None
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_LARGEST: Final = 1 << 30  # bytes of a row, SQLite's own limit
_COLUMNS: Final = 2_000


class Row(NamedTuple):
    """Hold a row: its rowid, None in a table without, and its values as stored: NULL in the place of a rowid."""

    rowid: int | None
    values: tuple[Value, ...]


class Node(NamedTuple):
    """Hold what the head of a node says: its kind, where its cells are, and the child to the right of them."""

    kind: int
    cells: tuple[int, ...]
    right: int


class _NotOne(Exception):
    """These bytes are no row."""


def node_of(pages: Pages, number: int) -> Node | None:
    """Return the node in a page, None when there is none."""
    page, at = pages.page(number), head_of(number)
    if page is None or page[at] not in (LEAF_TABLE, LEAF_INDEX, INNER_TABLE, INNER_INDEX):
        return None
    kind, _, count = struct.unpack_from(">BHH", page, at)
    start = at + (12 if kind in (INNER_TABLE, INNER_INDEX) else 8)
    if start + 2 * count > pages.usable:
        return None
    cells = struct.unpack_from(f">{count}H", page, start)
    right = struct.unpack_from(">I", page, at + 8)[0] if start - at == 12 else 0
    return Node(kind, cells, right)


def children(pages: Pages, number: int, node: Node) -> list[tuple[int, int | None]]:
    """Return the children of an inner node in order, each with the last rowid below it; None: not told."""
    page = pages.page(number)
    assert page is not None
    found: list[tuple[int, int | None]] = []
    for at in node.cells:
        if at + 4 > len(page):
            continue
        (child,) = struct.unpack_from(">I", page, at)
        key: int | None = None
        if node.kind == INNER_TABLE:
            try:
                key, _ = _varint(page, at + 4)
            except _NotOne:
                key = None
        found.append((child, key))
    return [*found, (node.right, None)]


def rows_of(pages: Pages, number: int, node: Node) -> Iterator[Row]:
    """Yield the rows that can be read in a node, in their order; a cell that is none is left out."""
    page = pages.page(number)
    if page is None or node.kind == INNER_TABLE:
        return
    for at in node.cells:
        try:
            yield _row(pages, page, at, node.kind)
        except _NotOne:
            continue


def _row(pages: Pages, page: memoryview, at: int, kind: int) -> Row:
    at += 4 if kind == INNER_INDEX else 0
    length, at = _varint(page, at)
    rowid = None
    if kind == LEAF_TABLE:
        rowid, at = _varint(page, at)
        rowid -= 1 << 64 if rowid >= 1 << 63 else 0
    if not 0 < length <= _LARGEST:
        raise _NotOne
    return Row(rowid, _values(_payload(pages, page, at, length, is_table=kind == LEAF_TABLE)))


def _payload(pages: Pages, page: memoryview, at: int, length: int, *, is_table: bool) -> memoryview:
    """Return the bytes of a row, those on overflow pages with them."""
    usable = pages.usable
    most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    local = length
    if length > most:
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = least if local > most else local
    if at + local > usable:
        raise _NotOne
    if local == length:
        return page[at : at + length]
    parts = [page[at : at + local]]
    missing = length - local
    if missing > pages.count * usable or at + local + 4 > usable:
        raise _NotOne
    (following,) = struct.unpack_from(">I", page, at + local)
    while missing > 0:
        further = pages.page(following)
        if further is None:
            raise _NotOne
        parts.append(further[4 : min(usable, 4 + missing)])
        missing -= len(parts[-1])
        (following,) = struct.unpack_from(">I", further, 0)
    if following:  # the last page of a chain names none
        raise _NotOne
    return memoryview(b"".join(parts))


def _values(payload: memoryview) -> tuple[Value, ...]:
    length, at = _varint(payload, 0)
    if not at <= length <= len(payload):
        raise _NotOne
    kinds: list[int] = []
    while at < length:
        kind, at = _varint(payload, at)
        kinds.append(kind)
        if len(kinds) > _COLUMNS:
            raise _NotOne
    values: list[Value] = []
    at = length
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise _NotOne
    return tuple(values)


def _value(payload: memoryview, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind in (10, 11):
        raise _NotOne
    size = _INTEGERS.get(kind) or (8 if kind == 7 else (kind - 12) // 2)
    raw = bytes(payload[at : at + size])
    if len(raw) != size:
        raise _NotOne
    if kind in _INTEGERS:
        return int.from_bytes(raw, "big", signed=True), at + size
    if kind == 7:
        return struct.unpack(">d", raw)[0], at + size
    if kind % 2 == 0:
        return raw, at + size
    try:
        return raw.decode("utf-8"), at + size
    except UnicodeDecodeError:
        raise _NotOne from None


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, seven bits a byte and the ninth whole, and where it ends."""
    value = 0
    for place in range(9):
        if at + place >= len(data):
            raise _NotOne
        byte = data[at + place]
        if place == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    raise _NotOne
