"""The GitHub report: an annotation at the line of the scenario that failed, and a table in the step summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from contracts.foreign import lines
from scenarios.reports.failure import first_claims
from scenarios.reports.grouping import grouped
from scenarios.reports.report import counts, line_of
from scenarios.running import Outcome


class GitHubReport:
    """Prints workflow commands, and appends to the file GITHUB_STEP_SUMMARY names, if it does.

    GitHub shows an annotation only at a file that is named as the checkout in GITHUB_WORKSPACE names it.
    """

    def __init__(self, out: TextIO | None = None, summary: Path | None = None) -> None:
        named = os.environ.get("GITHUB_STEP_SUMMARY")
        self._out = out or sys.stderr
        self._summary = summary or (Path(named) if named else None)

    def show(self, outcome: Outcome) -> None:
        """Annotate a failed scenario, and one whose faults met no call or whose kills never came."""
        file, title = _property(_in_workspace(outcome.scenario.file)), _property(outcome.scenario.title)
        for unmet in outcome.unmet:
            self._out.write(f"::warning file={file},title={title}::{_data(unmet)}\n")
        if outcome.passed:
            return
        message = "\n".join([*(finding.cause for finding in outcome.findings), *_claims(outcome)])
        self._out.write(f"::error file={file},line={line_of(outcome)},title={title}::{_data(message)}\n")

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Write the summary."""
        if self._summary is None:
            return
        held, failed, left_out = counts(outcomes)
        more = f", {left_out} left out" if left_out else ""
        told = [f"### cohortlab: {held} of {held + failed} scenarios hold{more}", ""]
        if failed > 1:
            told += [f"- {len(each.scenarios)} of {failed}: {_cell(each.cause)}" for each in grouped(outcomes)] + [""]
        if failed:
            told += ["| scenario | why | what did not hold |", "|---|---|---|"]
        for outcome in outcomes:
            if not outcome.passed:
                causes = [finding.cause for finding in outcome.findings]
                cells = ["<br>".join(map(_cell, each)) for each in (causes, _claims(outcome))]
                told.append(f"| {_cell(outcome.scenario.title)} | {cells[0]} | {cells[1]} |")
        with self._summary.open("a", encoding="utf-8") as summary:
            summary.write("\n".join(told) + "\n\n")


def _claims(outcome: Outcome) -> list[str]:
    claims, more = first_claims(outcome)
    return [*(f"{claim}: {reason}" for claim, reason in claims), *([more] if more else [])]


def _in_workspace(file: str) -> str:
    """Return a file's path in the checkout; as it is given when there is no checkout or it is elsewhere."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    path, root = Path(file).resolve(), Path(workspace or "/").resolve()
    return path.relative_to(root).as_posix() if workspace and path.is_relative_to(root) else file


def _data(text: str) -> str:
    """Escape the message of a workflow command, as GitHub's own toolkit does."""
    return lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Escape text for a cell of a Markdown table: nothing in it is markup."""
    plain = lines(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|!#":
        plain = plain.replace(sign, f"\\{sign}")
    return " ".join(plain.split())
