"""Reports are listeners: each turns a stream of findings into the text of one format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from contracts.reports.github import GithubReport
from contracts.reports.json_report import JsonReport
from contracts.reports.junit import JunitReport
from contracts.reports.limited import Limited
from contracts.reports.protocol import Report
from contracts.reports.sarif import SarifReport
from contracts.reports.text import TextReport

__all__ = ["REPORTS", "GithubReport", "Limited", "Report", "SarifReport", "TextReport"]


REPORTS: Final[Mapping[str, Callable[[], Report]]] = MappingProxyType(
    {"text": TextReport, "json": JsonReport, "junit": JunitReport, "github": GithubReport, "sarif": SarifReport}
)
"""Report formats by name."""
