"""JUnit XML: one test suite for each file, one failed test case for each finding.

A suite names its counts before its cases, so findings are kept until the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from contracts.examining import Finding, Tally
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
        name = f"{finding.code} {broken.rule.name} line {finding.line}"
        said = (
            f"{finding.file}:{finding.line}:{finding.column} {finding.pointer}",
            f"found {broken.found}; expected {broken.expected}",
            f"fix: {broken.fix}",
        )
        told = "\n".join(map(shown, said))
        tag = "system-out" if finding.severity is Severity.NOTE else "failure"
        about = "" if tag == "system-out" else f" type={_value(finding.code)} message={_value(broken.message)}"
        self._cases.setdefault(finding.file, []).append(
            f"    <testcase classname={_value(finding.file)} name={_value(name)}>"
            f"<{tag}{about}>{escape(in_xml(told), quote=False)}</{tag}></testcase>\n"
        )
        return ()

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        failed = sum("<failure" in case for cases in self._cases.values() for case in cases)
        total = sum(map(len, self._cases.values()))
        yield f'<testsuites name="cohortlab check" tests="{max(1, total)}" failures="{failed}">\n'
        for file, cases in self._cases.items():
            failures = sum("<failure" in case for case in cases)
            yield f'  <testsuite name={_value(file)} tests="{len(cases)}" failures="{failures}" errors="0">\n'
            yield from cases
            yield "  </testsuite>\n"
        if not self._cases:
            yield '  <testsuite name="cohortlab check" tests="1" failures="0" errors="0">\n'
            yield f'    <testcase classname="cohortlab" name="{tally.payloads} payloads"/>\n  </testsuite>\n'
        yield "</testsuites>\n"


def _value(text: str) -> str:
    return f'"{escape(in_xml(shown(text)))}"'
