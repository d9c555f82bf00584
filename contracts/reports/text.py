"""The report for people: each finding with the offending line, what to do, and a count at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.examining import Finding, Tally
from contracts.foreign import shown, width
from contracts.reports.protocol import Report
from contracts.rule import Severity

_COLOURS: Final = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


class TextReport(Report):
    """Write findings as text, in colour when asked; with `statistics` only how many there are of each rule.

    What could not be judged is for standard error.
    """

    def __init__(self, *, colour: bool = False, statistics: bool = False) -> None:
        self._colour = colour
        self._statistics = statistics
        self._severities: dict[str, tuple[Severity, str]] = {}
        self._cut = False

    def begin(self) -> Iterable[str]:
        """Open the report."""
        return ()

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        broken, excerpt, shade = finding.violation, finding.excerpt, _COLOURS[finding.severity]
        self._severities.setdefault(finding.code, (finding.severity, broken.rule.name))
        if self._statistics:
            return
        where = self._paint("1", shown(f"{finding.where}:"))
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
        if broken.rule.source.is_inferred:
            lines.append(f"    rests on an inferred fact: {shown(broken.rule.source.page)}")
        yield "\n".join(lines) + "\n\n"

    def more(self, file: str, code: str, count: int) -> Iterable[str]:
        """Say how many findings of a rule are not shown."""
        self._cut = True
        if not self._statistics:
            yield f"{self._paint('1', shown(f'{file}:'))} and {count:,} more of {code}\n\n"

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        if self._statistics:
            for code, count in sorted(tally.rules.items(), key=lambda each: (-each[1], each[0])):
                severity, name = self._severities[code]
                yield (
                    f"{count:>11,}  {self._paint(_COLOURS[severity], f'{severity:<7}')}  {code}  {name}\n"
                    if count
                    else ""
                )
        elif self._cut:
            yield "--statistics counts them by rule, --limit 0 shows them all.\n"
        if tally.files or not tally.troubles:
            yield summary(tally) + "\n"

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text


def summary(tally: Tally) -> str:
    """Say in one line what was looked at and what was found."""
    looked = _count(tally.files, "file")
    if tally.plan_rules is not None and not tally.files:
        looked = f"1 plan with {_count(tally.plan_rules, 'rule')}"
    if tally.cohorts:
        looked = f"{_count(tally.cohorts, 'cohort')} in {_count(tally.files, 'list')}"
    if tally.payloads:
        looked = f"{_count(tally.payloads, 'payload')} in {looked}"
    if tally.known:
        looked += f", {_count(tally.known, 'known finding')} left out"
    if tally.gone:
        looked += f", {_count(tally.gone, 'known finding')} gone (write the baseline anew)"
    parts = [_count(tally.findings[severity], severity.value) for severity in Severity if tally.findings[severity]]
    if tally.troubles:
        parts.append(f"{_count(len(tally.troubles), 'file')} not read")
    return f"{looked}: {', '.join(parts) or 'nothing found'}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
