"""Reports: what people and machines read of runs. Each takes outcomes as they come and knows nothing of the runner."""

from __future__ import annotations

from scenarios.reports.choice import Choice, open_reports
from scenarios.reports.conformance import BEHAVIOURS, conformance
from scenarios.reports.console import ConsoleReport
from scenarios.reports.failure import failure, first_claims, last_words, notes, since
from scenarios.reports.github import GitHubReport
from scenarios.reports.grouping import Group, grouped
from scenarios.reports.html import HtmlReport, template
from scenarios.reports.json_report import JsonReport
from scenarios.reports.junit import JUnitReport
from scenarios.reports.report import Report, failed_claims, write_whole

__all__ = [
    "BEHAVIOURS",
    "Choice",
    "ConsoleReport",
    "GitHubReport",
    "Group",
    "HtmlReport",
    "JUnitReport",
    "JsonReport",
    "Report",
    "conformance",
    "failed_claims",
    "failure",
    "first_claims",
    "grouped",
    "last_words",
    "notes",
    "open_reports",
    "since",
    "template",
    "write_whole",
]
