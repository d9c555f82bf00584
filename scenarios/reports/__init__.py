"""Reports: what people and machines read of runs. Each takes outcomes as they come and knows nothing of the runner."""

from __future__ import annotations

from scenarios.reports.choice import Choice, open_reports
from scenarios.reports.conformance import conformance
from scenarios.reports.console import ConsoleReport
from scenarios.reports.github import GitHubReport
from scenarios.reports.html import HtmlReport
from scenarios.reports.json_report import JsonReport
from scenarios.reports.junit import JUnitReport
from scenarios.reports.report import Report, failed_claims, first_claims, last_words, since

__all__ = [
    "Choice",
    "ConsoleReport",
    "GitHubReport",
    "HtmlReport",
    "JUnitReport",
    "JsonReport",
    "Report",
    "conformance",
    "failed_claims",
    "first_claims",
    "last_words",
    "open_reports",
    "since",
]
