"""Columns as Arrow arrays, by the C data interface: DuckDB reads them where they lie, and no library stands between.

https://arrow.apache.org/docs/format/CDataInterface.html, and its PyCapsule interface.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, compress
from typing import Any, Final, TypeAlias

from downstream.warehouse.kinds import Kind
from downstream.warehouse.target import Values

_FORMATS: Final = {
    Kind.BOOLEAN: b"b",
    Kind.INTEGER: b"l",
    Kind.FLOAT: b"g",
    Kind.TIMESTAMP: b"tsu:",  # microseconds, without a zone
    Kind.VARCHAR: b"U",  # with offsets of eight bytes
}
_BYTES: Final = {Kind.BOOLEAN: 0.25, Kind.INTEGER: 8, Kind.FLOAT: 8, Kind.TIMESTAMP: 8, Kind.VARCHAR: 8}
"""Of a row, in arrays of these types, beside texts themselves."""
_MOST_BYTES: Final = 32_000_000
_FEWEST: Final = 2_048
_NULLABLE: Final = 2
_BIT: Final = tuple(1 << place for place in range(8))
_STRUCT: Final = b"+s"
_Buffer: TypeAlias = "bytes | bytearray | array[Any]"


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", ctypes.c_void_p),
        ("get_next", ctypes.c_void_p),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


def _let_go(it: Any) -> None:
    """Note that whoever took a structure is done with it; the memory is Python's."""
    it.contents.release = None


def _said(_it: Any) -> None:
    """Return what went wrong: nothing does."""


_RELEASE_SCHEMA: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))(_let_go)
_RELEASE_ARRAY: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))(_let_go)
_RELEASE_STREAM: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))(_let_go)
_LAST_ERROR: Final = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(_said)
_GET_SCHEMA: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Schema))
_GET_NEXT: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Array))
_capsule: Final = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


def rows_at_once(columns: Sequence[Values], count: int) -> Iterator[ArrowRows]:
    """Yield `count` rows in parts, so that those of many columns take no more memory than those of few."""
    bytes_a_row = sum(_BYTES[column.kind] for column in columns)
    step = max(_FEWEST, round(_MOST_BYTES / max(1, bytes_a_row)))
    for start in range(0, count, step):
        stop = min(start + step, count)
        yield ArrowRows([column.of(start, stop) if step < count else column for column in columns], stop - start)


class ArrowRows:
    """Rows by column, of which DuckDB makes a table when it is asked for one by the name of a variable or view.

    Good for as long as this object lives. `columns` have their values, `count` is how many rows there are.
    """

    def __init__(self, columns: Sequence[Values], count: int) -> None:
        self._columns = columns
        self._count = count
        self._kept: list[Any] = []  # what pointers point to

    def __arrow_c_schema__(self) -> object:
        return _capsule(ctypes.addressof(self._schema()), b"arrow_schema", None)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        left = [self._array()]

        def get_schema(_stream: object, out: Any) -> int:
            ctypes.memmove(out, ctypes.addressof(self._schema()), ctypes.sizeof(_Schema))
            return 0

        def get_next(_stream: object, out: Any) -> int:
            if left:
                ctypes.memmove(out, ctypes.addressof(left.pop()), ctypes.sizeof(_Array))
            else:
                out.contents.release = None
            return 0

        calls = (_GET_SCHEMA(get_schema), _GET_NEXT(get_next), _LAST_ERROR, _RELEASE_STREAM)
        stream = _Stream(*map(_pointer, calls), None)
        self._kept += [calls, stream]
        return _capsule(ctypes.addressof(stream), b"arrow_array_stream", None)

    def _schema(self) -> _Schema:
        release = _pointer(_RELEASE_SCHEMA)
        children = [
            _Schema(_FORMATS[each.kind], f"c{place}".encode(), None, _NULLABLE, 0, None, None, release, None)
            for place, each in enumerate(self._columns)
        ]
        schema = _Schema(_STRUCT, b"", None, 0, len(children), self._pointers(children), None, release, None)
        self._kept.append(schema)
        return schema

    def _array(self) -> _Array:
        children = [self._column(each) for each in self._columns]
        array_ = self._make(self._count, 0, [None], children)
        self._kept.append(array_)
        return array_

    def _column(self, column: Values) -> _Array:
        rows, values = column.rows, column.values
        if rows is None and None in values:
            rows = [row for row, value in enumerate(values) if value is not None]
            values = [value for value in values if value is not None]
        elif rows is not None and None in values:
            rows = [row for row, value in zip(rows, values, strict=True) if value is not None]
            values = [value for value in values if value is not None]
        nulls = 0 if rows is None else self._count - len(rows)
        validity = None if rows is None else _bits(rows, self._count)
        return self._make(self._count, nulls, [validity, *_BUFFERS[column.kind](values, rows, self._count)], [])

    def _make(self, length: int, nulls: int, buffers: Sequence[_Buffer | None], children: Sequence[_Array]) -> _Array:
        addresses = (ctypes.c_void_p * len(buffers))(*map(_address, buffers))
        self._kept += [*buffers, addresses]
        return _Array(
            length,
            nulls,
            0,
            len(buffers),
            len(children),
            ctypes.addressof(addresses),
            self._pointers(children),
            None,
            _pointer(_RELEASE_ARRAY),
            None,
        )

    def _pointers(self, structures: Sequence[ctypes.Structure]) -> int | None:
        if not structures:
            return None
        addresses = (ctypes.c_void_p * len(structures))(*map(ctypes.addressof, structures))
        self._kept += [*structures, addresses]
        return ctypes.addressof(addresses)


def _pointer(function: Any) -> int | None:
    return ctypes.cast(function, ctypes.c_void_p).value


def _address(buffer: _Buffer | None) -> int | None:
    if buffer is None:
        return None
    if isinstance(buffer, array):
        return buffer.buffer_info()[0]
    if isinstance(buffer, bytes):
        return ctypes.cast(ctypes.c_char_p(buffer), ctypes.c_void_p).value
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def _bits(rows: Iterable[int], count: int) -> bytearray:
    """Return a bitmap in which these rows are set."""
    bits = bytearray(count // 8 + 1)
    for row in rows:
        bits[row >> 3] |= _BIT[row & 7]
    return bits


def _booleans(values: Sequence[Any], rows: Sequence[int] | None, count: int) -> Iterator[_Buffer]:
    places = range(count) if rows is None else rows
    yield _bits(compress(places, values), count)


def _fixed(code: str) -> Callable[[Sequence[Any], Sequence[int] | None, int], Iterator[_Buffer]]:
    def buffers(values: Sequence[Any], rows: Sequence[int] | None, count: int) -> Iterator[_Buffer]:
        if rows is None:
            yield array(code, values)
            return
        result = array(code, bytes(8 * count))
        for row, value in zip(rows, values, strict=True):
            result[row] = value
        yield result

    return buffers


def _texts(values: Sequence[Any], rows: Sequence[int] | None, count: int) -> Iterator[_Buffer]:
    if rows is None and values.count(values[0]) == count:  # as contexts are
        data = values[0].encode()
        yield array("q", [place * len(data) for place in range(count + 1)])
        yield data * count or b"\0"
        return
    joined = "".join(values)
    data = joined.encode()
    lengths: Iterable[int] = map(len, values if len(data) == len(joined) else [value.encode() for value in values])
    if rows is not None:
        every = [0] * count
        for row, length in zip(rows, lengths, strict=True):
            every[row] = length
        lengths = every
    yield array("q", accumulate(lengths, initial=0))
    yield data or b"\0"


_BUFFERS: Final = {
    Kind.BOOLEAN: _booleans,
    Kind.INTEGER: _fixed("q"),
    Kind.FLOAT: _fixed("d"),
    Kind.TIMESTAMP: _fixed("q"),
    Kind.VARCHAR: _texts,
}
