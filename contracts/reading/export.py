"""The export contract: a cohort's CSV, row by row, before a sync believes it.

An id is never changed here: what looks damaged is named, not repaired. Memory is bounded by the ids, some 100 bytes
each, whatever the file is: no line and no field is read that is longer than a line may be.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from contracts.catalogue import rule
from contracts.errors import BadMemberships
from contracts.explain import quote
from contracts.limits import COHORT_MEMBERS, LONGEST_LINE
from contracts.reading.records import Fault
from contracts.rule import Severity

_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = re.compile(r"[0-9]+(?:[.][0-9]+)?[eE][+][0-9]+|[0-9]+[.]0")
_NOBODY: Final = re.compile(
    r"(?i)anonymous|nil|none|null|n/a|na|undefined|unknown|nan|0|-1|\{\}|lmy47d|\[object object\]|0{8}-(0{4}-){3}0{12}"
)
_UNTIDY: Final = re.compile(r"^\s|\s$|[\x00-\x1f\x7f]")
_HISTORY: Final = frozenset(("operation", "skip_detected"))
"""Columns of the history that a sync's page downloads: what was told, not who is in it (amplitude facts 3.4 [doc])."""
_GUARDS: Final = {"\t": "a tab", "'": "an apostrophe", "=": "an equals sign"}
"""What tools write before a value so that a spreadsheet takes it for text."""
_HEADER: Final = re.compile(r"(?i)[a-z_ .:()\[\]-]*(id|user|mail|name|account|customer|property)[a-z_ .:()\[\]-]*")
"""A name that a column may have; ids have digits, an @, or no such word in them."""
_SHOWN: Final = 8


def read_export(stream: BinaryIO, largest: int = COHORT_MEMBERS) -> Iterator[Fault]:
    """Yield what is wrong with an export; what makes its rows mean something else ends it there."""
    export = _Export(stream)
    yield from export.header()
    if export.columns:
        yield from _Rows(export.columns, largest).check(export)


def user_ids(stream: BinaryIO) -> Iterator[str]:
    """Yield the user ids of an export's members; raise `BadMemberships` when it cannot be one, or is not whole."""
    export = _Export(stream)
    for fault in export.header():
        _refuse(fault)
    place = export.columns.index("user_id")
    for row in export.rows():
        if isinstance(row, Fault):
            _refuse(row)
        elif row[place]:
            yield row[place]


def _refuse(fault: Fault) -> None:
    broken = rule(fault.code)
    if broken.severity is Severity.ERROR:
        raise BadMemberships(f"line {fault.line}: {broken.message} Found {fault.reason}. {broken.fix} [{fault.code}]")


class _TooLong(Exception):
    """Say that a row does not end where one should."""


class _Export:
    """Read an export: the header once, then its rows, each with the line it is on."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, strict=True)
        self.columns: list[str] = []
        self.text = b""

    @property
    def line(self) -> int:
        """Return the number of the line that was read last."""
        return self._lines.number

    def header(self) -> Iterator[Fault]:
        """Yield what is wrong with the header; `columns` stay empty when the rows cannot be read by it."""
        head = self._lines.head()
        if not head:
            yield Fault("X515", "nothing", 1, 1, b"")
            return
        if head.startswith(_BOM):
            yield Fault("X513", "a byte order mark", 1, 1, head)
            head = self._lines.without_bom()
        strange = _not_csv(head)
        if strange:
            yield Fault("X501", strange, 1, 1, head[:200])
            return
        columns = self._next()
        if not isinstance(columns, list):
            yield columns or Fault("X515", "nothing", 1, 1, b"")
            return
        yield from self._lines.faults()
        refused = _refused_header(columns)
        if refused is not None:
            yield Fault(*refused, 1, 1, head)
            return
        if "amplitude_id" not in columns:
            yield Fault("X503", _named(columns), 1, 1, head)
        if not head.lstrip().startswith(b'"'):
            yield Fault("X517", "no quotes", 1, 1, head)
        self.columns = columns

    def rows(self) -> Iterator[list[str] | Fault]:
        """Yield each row that has as many fields as the header, and a fault for each that has not."""
        while (row := self._next()) is not None:
            yield from self._lines.faults()
            self.text = self._lines.last
            if isinstance(row, Fault):
                yield row
            elif row == self.columns:
                yield Fault("X521", "the header again", self.line, 1, self.text)
            elif row and len(row) != len(self.columns):
                found = f"{len(row)} fields instead of {len(self.columns)}"
                yield Fault("X504", found, self.line, 1, self.text)
            elif row:
                yield row
        yield from self._lines.faults()

    def _next(self) -> list[str] | Fault | None:
        """Return the next row, None at the end, or why there is none."""
        first = self._lines.begin_row()
        try:
            return next(self._reader, None)
        except _TooLong:
            found = f"a quote that is not closed within {LONGEST_LINE:,} bytes, or no line breaks"
        except csv.Error as error:
            if "field larger" not in str(error) and "unexpected end" not in str(error):
                return Fault("X514", str(error), self.line, 1, self._lines.last)
            found = "a quote that is not closed"
        self._lines.end()
        return Fault("X514", f"{found}, from here to line {self.line:,}", first, 1, self._lines.first)


class _Lines:
    """Decode lines, a bounded number of bytes for each row, remembering those that are not UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head: bytes | None = None
        self._broken: list[Fault] = []
        self._left = LONGEST_LINE
        self._ended = False
        self.number = 0
        self.first = self.last = b""

    def head(self) -> bytes:
        """Read the first line and keep it to be read again."""
        self._head = self._stream.readline(LONGEST_LINE + 1)
        return self._head

    def without_bom(self) -> bytes:
        """Take the byte order mark away from the first line."""
        self._head = (self._head or b"").removeprefix(_BOM)
        return self._head

    def begin_row(self) -> int:
        """Say that a row begins, and return the number of its first line."""
        self._left, self.first = LONGEST_LINE, b""
        return self.number + 1

    def end(self) -> None:
        """Read no further: what follows would be taken for something else."""
        self._ended = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._ended:
            raise StopIteration
        line, self._head = (self._stream.readline(self._left + 1), None) if self._head is None else (self._head, None)
        if not line:
            raise StopIteration
        self.number, self.last, self.first = self.number + 1, line, self.first or line
        self._left -= len(line)
        if self._left < 0:
            raise _TooLong
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"byte 0x{line[error.start]:02x}"
            self._broken.append(Fault("X512", found, self.number, error.start + 1, line))
            return line.decode("utf-8", "replace")

    def faults(self) -> list[Fault]:
        """Return, once, the lines that could not be decoded."""
        broken, self._broken = self._broken, []
        return broken


class _Rows:
    """Check rows and remember the ids that were seen, as hashes."""

    def __init__(self, columns: list[str], largest: int) -> None:
        self.largest = largest
        self.user = columns.index("user_id")
        self.amplitude = columns.index("amplitude_id") if "amplitude_id" in columns else None
        self._amplitude_ids: set[int] = set()
        self._user_ids: set[int] = set()
        self._folded: set[int] = set()

    def check(self, export: _Export) -> Iterator[Fault]:
        """Yield what is wrong with each row."""
        count = 0
        for row in export.rows():
            if isinstance(row, Fault):
                count += row.code == "X504"
                yield row
                continue
            count += 1
            if count == self.largest + 1:
                yield Fault("X516", f"row {count:,}", export.line, 1, export.text)
            for code, found in self._ids(row):
                yield Fault(code, found, export.line, 1, export.text)

    def _ids(self, row: list[str]) -> Iterator[tuple[str, str]]:
        if self.amplitude is not None:
            amplitude_id = row[self.amplitude]
            if not (amplitude_id.isascii() and amplitude_id.isdecimal()):
                yield "X505", quote(amplitude_id)
            elif _seen(self._amplitude_ids, amplitude_id):
                yield "X506", quote(amplitude_id)
        user_id = row[self.user]
        if not user_id:
            return
        if _seen(self._user_ids, user_id):
            yield "X507", quote(user_id)
        elif _seen(self._folded, "".join(user_id.split()).casefold()):
            yield "X518", quote(user_id)
        if user_id.isalnum() and not user_id.isdecimal() and len(user_id) > len("[object Object]"):
            return  # nothing below can be wrong with a plain word; most ids are one
        if _UNTIDY.search(user_id):
            yield "X508", quote(user_id)
        if len(user_id) > 1 and user_id[0] == '"' == user_id[-1]:
            yield "X509", quote(user_id)
        if _DAMAGED.fullmatch(user_id):
            yield "X510", quote(user_id)
        if _NOBODY.fullmatch(user_id):
            yield "X511", quote(user_id)


def _seen(ids: set[int], new: str) -> bool:
    before = len(ids)
    ids.add(hash(new))
    return len(ids) == before


def columns_of(head: bytes) -> list[str]:
    """Return the columns that a first line names; none when it is no CSV."""
    try:
        return next(csv.reader([head.removeprefix(_BOM).decode("utf-8", "replace")], strict=True), [])
    except csv.Error:
        return []


def _refused_header(columns: list[str]) -> tuple[str, str] | None:
    """Return the rule and the reason why rows under these columns are no members."""
    for first, called in _GUARDS.items():
        if columns and all(name.startswith(first) for name in columns):
            return "X520", f"every header and value begins with {called}: {_named(columns)}"
    if {name.strip().casefold() for name in columns} >= _HISTORY:
        return "X519", _named(columns)
    for name in ("user_id", "amplitude_id"):
        if columns.count(name) > 1:
            return "X521", f"the column {name} twice"
    if "user_id" in columns:
        return None
    if len(columns) == 1 and (separated := re.search("[;\t|]", columns[0])):
        return "X502", f"one column, {quote(columns[0])}, as if {quote(separated[0])} were the separator"
    if columns and not any(_HEADER.fullmatch(name) for name in columns):
        return "X522", f"{_named(columns).removeprefix('the columns ')} on the first line"
    return "X502", _named(columns)


def _named(columns: list[str]) -> str:
    shown = ", ".join(map(quote, columns[:_SHOWN]))
    return f"the columns {shown}" + (f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else "")


def _not_csv(head: bytes) -> str | None:
    start = head.lstrip()[:64]
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"<"):
        return "XML or HTML"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return "zeros" if start.startswith(b"\x00") else None
