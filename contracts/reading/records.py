"""The edge where text comes in: an open stream becomes records, and every fault in it a place.

A stream is NDJSON, or one document: an event, an array of events, a batch envelope. What is wrong with one line,
or with one element of an array, never hides the next. NDJSON is read line by line in bounded memory; a single
document is read whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO, Final, NamedTuple, cast

from contracts.errors import MalformedJSON
from contracts.limits import LONGEST_LINE
from contracts.reading.blocks import Alike, Sieve, lines, sifted
from contracts.reading.locate import line_and_column, value_end
from contracts.reading.strict_json import duplicate_key, parse_json

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_UNFINISHED: Final = (b"{", b"[", b",", b":")
_ARRAY: Final = re.compile(rb"[ \t\r\n]*\[")
_BATCH: Final = re.compile(r'"batch"\s*:\s*(?=\[)')
_MIXED: Final = object()
_LF_AFTER_CRLF: Final = "a line that ends in LF, after CRLF"


class Record(NamedTuple):
    """Hold one value with the text it was read from.

    `line` and `column` say where the text starts, from 1. `pointer` is the value's place in its document. What is
    `embedded` stands inside of a string of it, so that places in its text are none of the file.
    """

    value: object
    text: bytes
    line: int
    column: int = 1
    pointer: str = ""
    embedded: bool = False


_record: Final = cast("Callable[[tuple[object, bytes, int, int, str, bool]], Record]", partial(tuple.__new__, Record))
"""Make a record of all its fields; in a third of the time, which is told among millions of lines."""


class Fault(NamedTuple):
    """Hold a place where the text is not what JSON allows: the rule's code, and the reason in words."""

    code: str
    reason: str
    line: int
    column: int
    text: bytes


def read(stream: BinaryIO) -> Iterator[Record | Fault]:
    """Yield what a stream holds, in order; at least one record or fault."""
    return cast("Iterator[Record | Fault]", read_sifted(stream, None))


def read_sifted(stream: BinaryIO, sieve: Sieve | None) -> Iterator[Record | Fault | Alike]:
    """Yield the same, but of lines of NDJSON that the sieve knows only what is known."""
    head = stream.readline(LONGEST_LINE + 1)
    if head.startswith(_UTF_16):
        yield Fault("J007", "UTF-16", 1, 1, b"")
        return
    if head.startswith(b"\x1f\x8b"):
        yield Fault("J013", "gzip instead of text", 1, 1, b"")
        return
    if head.startswith(_BOM):
        yield Fault("J003", "a UTF-8 byte order mark before the document", 1, 1, head)
        head = head[len(_BOM) :]
    blank = 0
    while head and not head.strip():
        blank += 1
        head = stream.readline(LONGEST_LINE + 1)
    if not head:
        yield Fault("J012", "nothing", 1, 1, b"")
        return
    following = b"" if len(head) > LONGEST_LINE else stream.readline(LONGEST_LINE + 1)
    if _is_one_document(head, following):
        yield from _document(head + following + stream.read(), blank + 1)
    else:
        more = lines(stream) if sieve is None else sifted(stream, sieve)
        yield from _lines(chain(filter(None, (head, following)), more), stream, blank)


def _is_one_document(head: bytes, following: bytes) -> bool:
    """Say whether the first line opens a document that goes on, rather than being one of many."""
    start = head.strip()
    if start.startswith(b"["):
        return len(head) > LONGEST_LINE or not following.strip() or not _is_json(head)
    if start == b"{":
        return True
    return start.endswith(_UNFINISHED) and bool(following.strip()) and not _is_json(following)


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line)
    except MalformedJSON:
        return False
    return True


def _lines(each: Iterator[bytes | Alike], stream: BinaryIO, number: int) -> Iterator[Record | Fault | Alike]:
    """Read NDJSON; a line that is an array gives its elements."""
    windows: object = None  # unknown, then whether lines end in CRLF, then that they differ
    for line in each:
        number += 1
        if isinstance(line, Alike):
            if windows is True:
                yield Fault("J016", _LF_AFTER_CRLF, number, len(line.text), line.text.encode())
                windows = _MIXED
            yield Alike(line.lines, line.size, number, line.text, line.told)
            number += line.lines - 1
            continue
        if len(line) > LONGEST_LINE:
            size = len(line) + _skip_line(stream, line)
            yield Fault("J015", f"{size:,} bytes", number, LONGEST_LINE + 1, line[: LONGEST_LINE + 1])
            continue
        if line.endswith(b"\r\n") is not windows and windows is not _MIXED and line.endswith(b"\n"):
            if windows is None:
                windows = line[-2:] == b"\r\n"
            else:
                reason = _LF_AFTER_CRLF if windows else "a line that ends in CRLF, after LF"
                yield Fault("J016", reason, number, len(line.rstrip(b"\r\n")) + 1, line)
                windows = _MIXED
        try:
            value = parse_json(line)
        except MalformedJSON:
            pieces = line.rstrip(b"\r\n").split(b"\r")
            if len(pieces) > 1 and windows is not _MIXED:
                yield Fault("J016", "a line that ends in CR alone", number, len(pieces[0]) + 1, pieces[0])
                windows = _MIXED
            for index, piece in enumerate(pieces):
                yield from _document(piece, number + index) if piece.strip() else ()
            number += len(pieces) - 1
            continue
        if isinstance(value, list):
            yield from _document(line, number)
            continue
        twice = duplicate_key(line, value)
        if twice is not None:
            yield _fault(twice, line, number - 1)
        yield _record((value, line, number, 1, "", False))


def _skip_line(stream: BinaryIO, start: bytes) -> int:
    """Read on to the end of a line without keeping it; return how many bytes that was."""
    skipped = 0
    while not start.endswith(b"\n") and (start := stream.readline(LONGEST_LINE)):
        skipped += len(start)
    return skipped


def _document(data: bytes, first_line: int) -> Iterator[Record | Fault]:
    """Read one document: an array gives its elements, each checked on its own; so does the batch of a broken one."""
    if _ARRAY.match(data):
        yield from _array(data, first_line)
        return
    try:
        value = parse_json(data)
    except MalformedJSON as error:
        yield from _broken(data, first_line, error)
        return
    twice = duplicate_key(data, value)
    if twice is not None:
        yield _fault(twice, data, first_line - 1)
    yield Record(value, data, first_line)


def _array(data: bytes, first_line: int) -> Iterator[Record | Fault]:
    """Read an array; as a whole it is parsed only when something between its elements is odd."""
    text, told = _decoded(data)
    if told is not None:
        yield _fault(told, data, first_line - 1)
    elements = _Elements(text, text.index("["), "", first_line)
    parts = faults = 0
    for part in elements:
        parts += 1
        faults += isinstance(part, Fault) and part.code != "J005"
        yield part
    broken = _error_in(data) if elements.odd and not faults and told is None else None
    if broken is not None:
        yield _fault(broken, data, first_line - 1)
    elif not parts:
        yield Fault("J012", "an empty array", first_line, 1, data)


def _broken(data: bytes, first_line: int, error: MalformedJSON) -> Iterator[Record | Fault]:
    """Read what can be read of a broken object: the events of its `batch`, if it has one."""
    text, told = _decoded(data)
    start = _BATCH.search(text) if text.startswith("{", _skip_space(text, 0)) else None
    before = start is None or (error.line, error.column) <= line_and_column(text, start.start())
    if told is not None or before:
        yield _fault(told or error, data, first_line - 1)
    faults = told is not None or before
    for part in _Elements(text, start.end(), "/batch", first_line) if start is not None else ():
        faults = faults or (isinstance(part, Fault) and part.code != "J005")
        yield part
    if not faults:
        yield _fault(error, data, first_line - 1)


def _decoded(data: bytes) -> tuple[str, MalformedJSON | None]:
    """Return bytes as text, and what is wrong when they are not UTF-8."""
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), _error_in(data)


def _error_in(data: bytes) -> MalformedJSON | None:
    try:
        parse_json(data)
    except MalformedJSON as error:
        return error
    return None


class _Elements:
    """Yield the elements of the array that opens at `start`, and remember whether anything between them is odd."""

    def __init__(self, text: str, start: int, prefix: str, first_line: int) -> None:
        self._text = text
        self._start = start
        self._prefix = prefix
        self._first_line = first_line
        self.odd = False

    def __iter__(self) -> Iterator[Record | Fault]:
        text = self._text
        position, index, wants_comma = _skip_space(text, self._start + 1), 0, False
        line = self._first_line + text.count("\n", 0, position)
        begin = text.rfind("\n", 0, position) + 1  # of the line
        counted, cut = position, False
        while position < len(text) and text[position] != "]":
            if text[position] == ",":  # the comma after an element, or one that nothing stands before
                self.odd = self.odd or not wants_comma
                wants_comma = False
                position = _skip_space(text, position + 1)
                continue
            self.odd = self.odd or wants_comma
            end = value_end(text, position)
            if lines := text.count("\n", counted, position):
                line, begin = line + lines, text.rfind("\n", counted, position) + 1
            counted = position
            raw = text[position:end].encode("utf-8", "surrogatepass")
            for part in _element(raw, line, position - begin + 1, f"{self._prefix}/{index}"):
                cut = isinstance(part, Fault) and part.code == "J004"
                yield part
            index, wants_comma = index + 1, True
            position = _skip_space(text, max(end, position + 1))
        self.odd = self.odd or (index > 0 and not wants_comma) or bool(text[position + 1 :].strip())
        if text[position : position + 1] != "]" and not cut:
            at_line, at_column = line_and_column(text, len(text.rstrip()))
            reason = "the end of the document before it is complete"
            yield Fault("J004", reason, at_line + self._first_line - 1, at_column, b"")


def _element(raw: bytes, line: int, column: int, pointer: str) -> Iterator[Record | Fault]:
    try:
        value = parse_json(raw)
    except MalformedJSON as error:
        yield _fault(error, raw, line - 1, column - 1)
        return
    twice = duplicate_key(raw, value)
    if twice is not None:
        yield _fault(twice, raw, line - 1, column - 1)
    yield Record(value, raw, line, column, pointer)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _fault(error: MalformedJSON, text: bytes, lines_before: int, columns_before: int = 0) -> Fault:
    """Place an error of a part of the text in the whole of it."""
    column = error.column + (columns_before if error.line == 1 else 0)
    lines = text.split(b"\n", error.line)
    shown = lines[error.line - 1] if error.line <= len(lines) else b""
    return Fault(error.code, error.reason, error.line + lines_before, column, shown)
