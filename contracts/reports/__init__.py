"""Reports are listeners: each turns a stream of findings into the text of one format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from contracts.examining import Finding, Tally
from contracts.reports.github import GithubReport
from contracts.reports.json_report import JsonReport
from contracts.reports.junit import JunitReport
from contracts.reports.sarif import SarifReport
from contracts.reports.text import TextReport

__all__ = ["REPORTS", "Report", "TextReport"]


class Report(Protocol):
    """Write findings as they come; each method returns pieces of text to be written one after the other."""

    def begin(self) -> Iterable[str]:
        """Open the report."""

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""


REPORTS: Final[Mapping[str, Callable[[], Report]]] = MappingProxyType(
    {"text": TextReport, "json": JsonReport, "junit": JunitReport, "github": GithubReport, "sarif": SarifReport}
)
"""Report formats by name."""
