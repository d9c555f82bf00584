"""GitHub annotations: workflow commands that put each finding beside its line in a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from contracts.examining import Finding, Tally, Trouble
from contracts.foreign import lines
from contracts.reports.text import summary
from contracts.rule import Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class GithubReport:
    """Write findings as workflow commands; `name` turns a file's name into the one that GitHub knows it by."""

    def __init__(self, name: Callable[[str], str] = str) -> None:
        self._name = name

    def begin(self) -> Iterable[str]:
        """Open the report."""
        return ()

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        broken = finding.violation
        place = f"file={_property(self._name(finding.file))},line={max(1, finding.line)},col={finding.column}"
        title = _property(f"{finding.code} {broken.rule.name}")
        said = f"{broken.message} Found {broken.found}; expected {broken.expected}.\nFix: {broken.fix}"
        yield f"::{_COMMANDS[finding.severity]} {place},title={title}::{_data(said)}\n"

    def more(self, file: str, code: str, count: int) -> Iterable[str]:
        """Say how many findings of a rule are not shown."""
        yield f"::notice file={_property(self._name(file))}::{_data(f'and {count:,} more of {code}')}\n"

    def trouble(self, trouble: Trouble) -> Iterable[str]:
        """Say what could not be judged."""
        place = f" file={_property(self._name(trouble.file))}" if trouble.file else ""
        yield f"::error{place}::{_data(trouble.words)}\n"

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        yield summary(tally) + "\n"


def _data(text: str) -> str:
    return lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
