"""The export contract: a cohort's CSV, row by row, before a sync believes it.

An id is never changed here: what looks damaged is named, not repaired.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from contracts.explain import quote
from contracts.limits import COHORT_MEMBERS
from contracts.reading.records import Fault

_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = re.compile(r"[0-9]+(?:[.][0-9]+)?[eE][+][0-9]+|[0-9]+[.]0")
_NOBODY: Final = re.compile(
    r"(?i)anonymous|nil|none|null|n/a|na|undefined|unknown|nan|0|-1|\{\}|lmy47d|\[object object\]|0{8}-(0{4}-){3}0{12}"
)
_UNTIDY: Final = re.compile(r"^\s|\s$|[\x00-\x1f\x7f]")


def read_export(stream: BinaryIO, largest: int = COHORT_MEMBERS) -> Iterator[Fault]:
    """Yield what is wrong with an export; memory grows with the ids, some 100 bytes each."""
    head = stream.readline(1 << 20)
    if not head:
        yield Fault("X515", "nothing", 1, 1, b"")
        return
    if head.startswith(_BOM):
        yield Fault("X513", "a byte order mark", 1, 1, head)
        head = head[len(_BOM) :]
    strange = _not_csv(head)
    if strange:
        yield Fault("X501", strange, 1, 1, head[:200])
        return
    lines = _Lines(head, stream)
    reader = csv.reader(lines, strict=True)
    try:
        columns = next(reader, [])
    except csv.Error as error:
        yield Fault("X514", str(error), lines.number, 1, lines.last)
        return
    if "user_id" not in columns:
        yield Fault("X502", f"the columns {', '.join(map(quote, columns))}", 1, 1, head)
        return
    if "amplitude_id" not in columns:
        yield Fault("X503", f"the columns {', '.join(map(quote, columns))}", 1, 1, head)
    if not head.lstrip().startswith(b'"'):
        yield Fault("X517", "no quotes", 1, 1, head)
    yield from lines.faults()
    yield from _Rows(columns, largest).check(reader, lines)


class _Lines:
    """Decode lines, remembering the last one and those that are not UTF-8."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head: bytes | None = head
        self._stream = stream
        self._broken: list[Fault] = []
        self.number = 0
        self.last = b""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self._head = (self._head, None) if self._head is not None else (self._stream.readline(), None)
        if not line:
            raise StopIteration
        self.number, self.last = self.number + 1, line
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
        self.columns = columns
        self.largest = largest
        self.user = columns.index("user_id")
        self.amplitude = columns.index("amplitude_id") if "amplitude_id" in columns else None
        self._amplitude_ids: set[int] = set()
        self._user_ids: set[int] = set()
        self._folded: set[int] = set()

    def check(self, reader: Iterator[list[str]], lines: _Lines) -> Iterator[Fault]:
        """Yield what is wrong with each row."""
        count = 0
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                yield Fault("X514", str(error), lines.number, 1, lines.last)
                continue
            yield from lines.faults()
            if row is None:
                return
            if not row:
                continue
            count += 1
            if count == self.largest + 1:
                yield Fault("X516", f"row {count:,}", lines.number, 1, lines.last)
            if len(row) != len(self.columns):
                found = f"{len(row)} fields instead of {len(self.columns)}"
                yield Fault("X504", found, lines.number, 1, lines.last)
                continue
            for code, found in self._ids(row):
                yield Fault(code, found, lines.number, 1, lines.last)

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


def _not_csv(head: bytes) -> str | None:
    start = head.lstrip()[:64]
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"<"):
        return "XML or HTML"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return "zeros" if start.startswith(b"\x00") else None
