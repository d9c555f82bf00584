"""The edge where text comes in: an open stream becomes records, and every fault in it a place.

A stream is NDJSON, or one document: an event, an array of events, a batch envelope. What is wrong with one line,
or with one element of an array, never hides the next. NDJSON is read line by line in bounded memory; a single
document is read whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

from contracts.errors import MalformedJSON
from contracts.limits import LONGEST_LINE
from contracts.reading.locate import line_and_column, value_span
from contracts.reading.strict_json import duplicate_key, parse_json

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_UNFINISHED: Final = (b"{", b"[", b",", b":")
_BATCH: Final = re.compile(r'\s*\{(?:[^"]|"(?!batch")(?:[^"\\]|\\.)*")*?"batch"\s*:\s*(?=\[)', re.DOTALL)
_MIXED: Final = object()


class Record(NamedTuple):
    """Hold one value with the text it was read from.

    `line` and `column` say where the text starts, from 1. `pointer` is the value's place in its document.
    """

    value: object
    text: bytes
    line: int
    column: int = 1
    pointer: str = ""


class Fault(NamedTuple):
    """Hold a place where the text is not what JSON allows: the rule's code, and the reason in words."""

    code: str
    reason: str
    line: int
    column: int
    text: bytes


def read(stream: BinaryIO) -> Iterator[Record | Fault]:
    """Yield what a stream holds, in order; at least one record or fault."""
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
        yield from _lines(
            chain(filter(None, (head, following)), iter(lambda: stream.readline(LONGEST_LINE + 1), b"")), stream, blank
        )


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


def _lines(lines: Iterator[bytes], stream: BinaryIO, number: int) -> Iterator[Record | Fault]:
    """Read NDJSON; a line that is an array gives its elements."""
    windows: object = None  # unknown, then whether lines end in CRLF, then that they differ
    for line in lines:
        number += 1
        if len(line) > LONGEST_LINE:
            size = len(line) + _skip_line(stream, line)
            yield Fault("J015", f"{size:,} bytes", number, LONGEST_LINE + 1, line)
            continue
        if windows is not _MIXED and line[-1:] == b"\n" and (line[-2:] == b"\r\n") is not windows:
            if windows is None:
                windows = line[-2:] == b"\r\n"
            else:
                reason = "a line that ends in LF, after CRLF" if windows else "a line that ends in CRLF, after LF"
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
        yield Record(value, line, number)


def _skip_line(stream: BinaryIO, start: bytes) -> int:
    """Read on to the end of a line without keeping it; return how many bytes that was."""
    skipped = 0
    while not start.endswith(b"\n") and (start := stream.readline(LONGEST_LINE)):
        skipped += len(start)
    return skipped


def _document(data: bytes, first_line: int) -> Iterator[Record | Fault]:
    """Read one document: an array gives its elements, each checked on its own when the whole is broken."""
    broken: MalformedJSON | None = None
    try:
        value = parse_json(data)
    except MalformedJSON as error:
        broken = error
    else:
        if not isinstance(value, list):
            twice = duplicate_key(data, value)
            if twice is not None:
                yield _fault(twice, data, first_line - 1)
            yield Record(value, data, first_line)
            return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if broken is not None:
            yield _fault(broken, data, first_line - 1)
        text = data.decode("utf-8", "replace")
        broken = None
    start, prefix = _array_start(text)
    if start is None:
        if broken is not None:
            yield _fault(broken, data, first_line - 1)
        return
    parts = faults = 0
    for part in _elements(text, start, prefix, first_line):
        parts += 1
        faults += isinstance(part, Fault)
        yield part
    if broken is not None and not faults:
        yield _fault(broken, data, first_line - 1)
    elif not parts:
        yield Fault("J012", "an empty array", first_line, 1, data)


def _array_start(text: str) -> tuple[int | None, str]:
    if text.lstrip().startswith("["):
        return text.index("["), ""
    envelope = _BATCH.match(text)
    return (envelope.end(), "/batch") if envelope else (None, "")


def _elements(text: str, start: int, prefix: str, first_line: int) -> Iterator[Record | Fault]:
    """Yield the elements of the array that opens at `start`."""
    decoder = json.JSONDecoder()
    position, index = _skip_space(text, start + 1), 0
    counted, line, cut = 0, first_line, False
    while position < len(text) and text[position] != "]":
        if text[position] == ",":  # the comma after an element, or one that nothing stands before
            position = _skip_space(text, position + 1)
            continue
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = value_span(text, position).end
        part = text[position:end]
        line += text.count("\n", counted, position)
        counted = position
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        raw = part.encode("utf-8", "surrogatepass")
        try:
            value = parse_json(raw)
        except MalformedJSON as error:
            cut = error.code == "J004"
            yield _fault(error, raw, line - 1, column - 1)
        else:
            twice = duplicate_key(raw, value)
            if twice is not None:
                yield _fault(twice, raw, line - 1, column - 1)
            yield Record(value, raw, line, column, f"{prefix}/{index}")
        index += 1
        position = _skip_space(text, max(end, position + 1))
    if text[position : position + 1] != "]" and not cut:
        at_line, at_column = line_and_column(text, len(text.rstrip()))
        yield Fault("J004", "the end of the document before it is complete", at_line + first_line - 1, at_column, b"")


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
