"""The report for people: each finding with the offending line, what to do, and a count at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.examining import Finding, Tally
from contracts.foreign import shown, width
from contracts.rule import Severity

_COLOURS: Final = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


class TextReport:
    """Write findings as text, in colour when asked."""

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour

    def begin(self) -> Iterable[str]:
        """Open the report."""
        return ()

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        broken, excerpt, shade = finding.violation, finding.excerpt, _COLOURS[finding.severity]
        where = self._paint("1", shown(f"{finding.file}:{finding.line}:{finding.column}:"))
        at = f" at {shown(finding.pointer)}" if finding.pointer else ""
        kind = self._paint(shade, f"{finding.severity} {finding.code}")
        lines = [f"{where} {kind} {broken.rule.name}{at}"]
        if excerpt.text.strip():
            before, meant = excerpt.text[: excerpt.start], excerpt.text[excerpt.start : excerpt.end]
            marks = self._paint(shade, "^" * width(shown(meant)))
            lines += [f"    | {shown(excerpt.text)}", f"    | {' ' * width(shown(before))}{marks}"]
        lines.append(f"    {shown(broken.message)}")
        lines.append(f"    found {shown(broken.found)}; expected {shown(broken.expected)}")
        lines.append(f"    fix: {shown(broken.fix)}")
        yield "\n".join(lines) + "\n\n"

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        yield summary(tally) + "\n"

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text


def summary(tally: Tally) -> str:
    """Say in one line what was looked at and what was found."""
    looked = _count(tally.files, "file")
    if tally.payloads:
        looked = f"{_count(tally.payloads, 'payload')} in {looked}"
    if tally.known:
        looked += f", {_count(tally.known, 'known finding')} left out"
    parts = [_count(tally.findings[severity], severity.value) for severity in Severity if tally.findings[severity]]
    return f"{looked}: {', '.join(parts) or 'nothing found'}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
