"""A finding: a violation with its file, line and column, and the line itself to show."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final

from contracts.catalogue import rule
from contracts.reading import Fault, Lines, Record, Span, Spans, locate
from contracts.rule import Observation, Severity, Violation

_WIDTH: Final = 100
_NUMBER: Final = "the number "
_NUMBER_AT_END: Final = re.compile(r"-?[0-9][0-9.eE+-]*\Z")
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Hold a piece of a line, and which characters of it are meant."""

    text: str
    start: int
    end: int


class Spot:
    """Hold where on its line a finding stands, found when it is first asked for: most of very many are only counted."""

    def __init__(self, look: Callable[[], tuple[int, Excerpt]]) -> None:
        self._look = look

    @cached_property
    def place(self) -> tuple[int, Excerpt]:
        """Return the column, and the piece of the line to show."""
        return self._look()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spot) and self.place == other.place

    def __hash__(self) -> int:
        return hash(self.place)


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one thing to act on. `pointer` is the place in the file's document, `violation.pointer` in the payload."""

    file: str
    line: int
    spot: Spot
    pointer: str
    violation: Violation
    severity: Severity

    @property
    def column(self) -> int:
        """Return the column, from 1."""
        return self.spot.place[0]

    @property
    def excerpt(self) -> Excerpt:
        """Return the piece of the line to show."""
        return self.spot.place[1]

    @property
    def code(self) -> str:
        """Return the code of the broken rule."""
        return self.violation.rule.code

    @property
    def where(self) -> str:
        """Return file, line and column as editors jump to them; of the input as a whole, line 0, only the file."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def fingerprint(self) -> str:
        """Return what stays the same when lines are added above: file, code, place in the payload, and content."""
        parts = (self.file, self.code, self.violation.pointer, self.violation.found, self.excerpt.text)
        return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "file": self.file,
            "line": self.line or None,
            "column": self.column if self.line else None,
            **self.violation.as_dict(),
            "severity": self.severity.value,
            "pointer": self.pointer,
        }


def of_record(file: str, record: Record, violation: Violation) -> Finding:
    """Place a violation of a record's value in the file."""
    return placed(file, record, (violation,))[0]


def placed(file: str, record: Record, violations: Sequence[Violation]) -> list[Finding]:
    """Place violations of a record's value in the file, in the order of lines and columns.

    The record's text is gone through once, however many there are.
    """
    text = record.text.decode("utf-8", "replace")
    spans, lines = Spans(text, (violation.pointer for violation in violations)), Lines(text)
    found = []
    for violation in violations:
        span = spans[violation.pointer]
        line, column = (1, 1) if record.embedded else lines.place(span.start)
        place = column + (record.column - 1 if line == 1 else 0), _excerpt(text, span, lines.around(span.start))
        found.append(
            Finding(
                file,
                record.line + line - 1,
                Spot(partial(_known, place)),
                record.pointer + violation.pointer,
                _as_written(violation, text, span),
                violation.rule.severity,
            )
        )
    return sorted(found, key=place_of)


def on_a_line(file: str, line: int, text: str, violations: Sequence[Violation]) -> list[Finding]:
    """Place violations of the payload that a line is, given in their order there, as they were already written.

    The text is gone through when somebody asks for a column.
    """
    return [
        Finding(file, line, Spot(partial(_spot, text, broken.pointer)), broken.pointer, broken, broken.rule.severity)
        for broken in violations
    ]


def _known(place: tuple[int, Excerpt]) -> tuple[int, Excerpt]:
    return place


def _spot(text: str, pointer: str) -> tuple[int, Excerpt]:
    span, lines = locate(text, pointer), Lines(text)
    return lines.place(span.start)[1], _excerpt(text, span, lines.around(span.start))


def _as_written(violation: Violation, text: str, span: Span) -> Violation:
    """Return a violation that shows a number as the text has it; beyond 2^64 a reader makes a double of it."""
    if not violation.found.startswith(_NUMBER):
        return violation
    written = _NUMBER_AT_END.search(text, span.start, span.end)
    if written is None or str(_number(written[0])) != str(_number(violation.found.removeprefix(_NUMBER))):
        return violation
    return replace(violation, found=f"{_NUMBER}{written[0][:_SHOWN]}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # cut short
        return None


def place_of(finding: Finding) -> tuple[int, int]:
    """Return where a finding stands in its file, to sort by."""
    return finding.line, finding.column


def of_fault(file: str, fault: Fault) -> Finding:
    """Turn a fault of the text into a finding."""
    broken = rule(fault.code)
    violation = Violation.of(broken, Observation("", fault.reason))
    text = fault.text.decode("utf-8", "replace").rstrip("\r\n")
    at = min(fault.column - 1, len(text))
    place = fault.column, _excerpt(text, Span(at, at + 1), Span(0, len(text)))
    return Finding(file, fault.line, Spot(partial(_known, place)), "", violation, broken.severity)


def at_place(file: str, line: int, column: int, violation: Violation) -> Finding:
    """Place a violation of which only the position is still known."""
    severity = violation.rule.severity
    spot = Spot(partial(_known, (column, Excerpt("", 0, 1))))
    return Finding(file, line, spot, violation.pointer, violation, severity)


def _excerpt(text: str, span: Span, line: Span) -> Excerpt:
    """Cut out the line that the span starts in, and of a long line the part around the span."""
    stop = min(span.end, line.end)
    spare = max(0, _WIDTH - (stop - span.start)) // 2
    left, right = max(line.start, span.start - spare), min(line.end, max(span.start + _WIDTH, stop + spare))
    right = min(right, left + 2 * _WIDTH)
    shown = text[left:right]
    if not shown.isprintable():
        shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown)
    before, after = "..." if left > line.start else "", "..." if right < line.end else ""
    start = len(before) + span.start - left
    return Excerpt(before + shown + after, start, max(start + 1, len(before) + min(stop, right) - left))
