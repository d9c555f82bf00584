"""Which reports a run has, from what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import FileUnusable
from scenarios.reports.console import ConsoleReport, Lines
from scenarios.reports.github import GitHubReport
from scenarios.reports.html import HtmlReport
from scenarios.reports.json_report import JsonReport
from scenarios.reports.junit import JUnitReport
from scenarios.reports.report import Report


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; without JSON the console is told as well."""

    as_json: bool = False
    junit: Path | None = None
    html: Path | None = None
    github: bool = False


def open_reports(choice: Choice, out: Lines) -> list[Report]:
    """Return the reports asked for, the console's on `out`.

    Raises `FileUnusable` at once when a file could not be written at the end.
    """
    for path in (choice.junit, choice.html):
        if path is not None and (path.is_dir() or not (path.exists() or path.resolve().parent.is_dir())):
            raise FileUnusable(f"the report {path} cannot be written: it must be a file in a folder that exists.")
    reports: list[Report] = []
    if choice.junit is not None:
        reports.append(JUnitReport(choice.junit))
    if choice.html is not None:
        reports.append(HtmlReport(choice.html))
    if choice.github:
        reports.append(GitHubReport())
    # Last, so that a reader who goes away, as `head` does, takes no file along.
    reports.append(JsonReport() if choice.as_json else ConsoleReport(out))
    return reports
