"""CSV as a strict reader takes it: every field to the letter, what is doubtful refused, one record in memory at a time.

A field that begins with a quote ends with one, and a quote in it is doubled (RFC 4180). Any other field is what stands
between two commas, blanks and quotes included. Lines end with LF, CRLF or CR. Nothing depends on the process: the
`csv` module refuses fields over a limit that every library in it may change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn, TextIO

LONGEST_RECORD: Final = 2_000_000
"""Bytes of UTF-8 in the longest record that is read, its end of line included."""

_ENDS: Final = frozenset({"", "\n", "\r\n", "\r"})


class NotCsv(Exception):
    """A record cannot be read; `line` is the one it begins in, from 1."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class CsvRecords:
    """Iterate over the records of a text opened with `newline=""`, the header included; a blank line has no fields.

    Raises `NotCsv` for what is none, and for a record that is longer than `longest` bytes: a quote that nobody closes
    would bring the rest of the file into memory. `line` and `size` are those of the record that came last: the line it
    begins in, and its bytes.
    """

    def __init__(self, lines: TextIO, *, longest: int = LONGEST_RECORD) -> None:
        self._lines = lines
        self._longest = longest
        self._lines_read = 0
        self.line = 0
        self.size = 0

    def __iter__(self) -> Iterator[list[str]]:
        width = 0
        while line := self._begin():
            text = line.rstrip("\r\n")
            quotes = text.count('"')
            if not quotes:
                fields = text.split(",") if text else []
            elif quotes == 2 * width and text[0] == text[-1] == '"' and len(cut := text[1:-1].split('","')) == width:
                fields = cut  # every quote opens or closes one of the fields, so there is nothing else between them
            else:
                fields = self._fields(line)
            width = len(fields)
            yield fields

    def _begin(self) -> str:
        self.size, self.line = 0, self._lines_read + 1
        return self._next()

    def _next(self) -> str:
        line = self._lines.readline(self._longest + 1)
        self._lines_read += 1
        self.size += len(line) if line.isascii() else len(line.encode("utf-8", "surrogateescape"))
        if self.size > self._longest:
            self._refuse(f"is longer than {self._longest:,} bytes, or a quote in it is never closed")
        return line

    def _fields(self, line: str) -> list[str]:
        """Cut a record into its fields; it may go on in further lines."""
        fields: list[str] = []
        at = 0
        while True:
            if line.startswith('"', at):
                field, line, at = self._quoted(line, at + 1)
                fields.append(field)
                if not line.startswith(",", at):
                    if line[at:] not in _ENDS:
                        self._refuse(f"is not CSV: {line[at]!r} follows the quote that ends a field")
                    return fields
                at += 1
            elif (comma := line.find(",", at)) >= 0:
                fields.append(line[at:comma])
                at = comma + 1
            else:
                fields.append(line[at:].rstrip("\r\n"))
                return fields

    def _quoted(self, line: str, at: int) -> tuple[str, str, int]:
        """Return the quoted field whose text begins here, the line it ends in, and the place behind its last quote."""
        parts: list[str] = []
        while True:
            quote = line.find('"', at)
            if quote < 0:
                parts.append(line[at:])
                line, at = self._next(), 0
                if not line:
                    self._refuse("is not CSV: a quote in it is never closed")
            elif line.startswith('"', quote + 1):
                parts.append(line[at : quote + 1])
                at = quote + 2
            else:
                parts.append(line[at:quote])
                return "".join(parts), line, quote + 1

    def _refuse(self, why: str) -> NoReturn:
        raise NotCsv(self.line, why)
