"""JUnit XML: a test suite for each file, a failed test case for each finding, and one that passed where none is.

A suite names its counts before its cases, so findings are kept until the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from contracts.examining import Finding, Tally, Trouble
from contracts.foreign import in_xml, shown
from contracts.rule import Severity


class JunitReport:
    """Write findings as JUnit XML."""

    def __init__(self) -> None:
        self._cases: dict[str, list[str]] = {}

    def begin(self) -> Iterable[str]:
        """Open the report."""
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        broken = finding.violation
        name = f"{finding.code} {broken.rule.name}" + f" line {finding.line}" * bool(finding.line)
        said = (
            f"{finding.where} {finding.pointer}",
            f"found {broken.found}; expected {broken.expected}",
            f"fix: {broken.fix}",
        )
        told = "\n".join(map(shown, said))
        tag = "system-out" if finding.severity is Severity.NOTE else "failure"
        about = "" if tag == "system-out" else f" type={_value(finding.code)} message={_value(broken.message)}"
        self._add(finding.file, name, f"<{tag}{about}>{escape(in_xml(told), quote=False)}</{tag}>")
        return ()

    def more(self, file: str, code: str, count: int) -> Iterable[str]:
        """Say how many findings of a rule are not shown."""
        self._add(file, f"{code}, {count:,} more", f'<failure type={_value(code)} message="and {count:,} more"/>')
        return ()

    def trouble(self, trouble: Trouble) -> Iterable[str]:
        """Add what could not be judged as an error."""
        words = _value(trouble.words)
        self._add(trouble.file or "cohortlab check", "is judged", f'<error type="trouble" message={words}/>')
        return ()

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        for file in tally.names or ["cohortlab check"]:
            if file not in self._cases:
                self._add(file, "breaks no rule", "")
        counted = [_counts(cases) for cases in self._cases.values()]
        total = [sum(column) for column in zip(*counted, strict=True)]
        yield f'<testsuites name="cohortlab check"{_attributes(total)}>\n'
        for (file, cases), counts in zip(self._cases.items(), counted, strict=True):
            yield f"  <testsuite name={_value(file)}{_attributes(counts)}>\n"
            yield from cases
            yield "  </testsuite>\n"
        yield "</testsuites>\n"

    def _add(self, file: str, name: str, inside: str) -> None:
        case = f"    <testcase classname={_value(file)} name={_value(name)}>{inside}</testcase>\n"
        self._cases.setdefault(file, []).append(case)


def _counts(cases: list[str]) -> tuple[int, int, int]:
    return len(cases), sum("<failure" in case for case in cases), sum("<error" in case for case in cases)


def _attributes(counts: Iterable[int]) -> str:
    return ' tests="{}" failures="{}" errors="{}"'.format(*counts)


def _value(text: str) -> str:
    return f'"{escape(in_xml(shown(text)))}"'
