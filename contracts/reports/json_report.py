"""The report for programs: one JSON object, written as the findings come."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from contracts.examining import Finding, Tally
from contracts.foreign import in_json
from contracts.reports.protocol import Report
from contracts.rule import Severity


class JsonReport(Report):
    """Write findings as one JSON object: `{"findings": [...], "troubles": [...], "rules": {...}, "summary": {...}}`."""

    def __init__(self) -> None:
        self._separator = "\n"

    def begin(self) -> Iterable[str]:
        """Open the report."""
        return ('{"findings":[',)

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        yield self._separator + in_json(orjson.dumps(finding.as_dict()).decode())
        self._separator = ",\n"

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        counts = {severity.value: tally.findings[severity] for severity in Severity}
        looked = {"files": tally.files, "payloads": tally.payloads, "known": tally.known, "gone": tally.gone}
        if tally.cohorts:
            looked["cohorts"] = tally.cohorts
        rules = {code: count for code, count in sorted(tally.rules.items()) if count}
        troubles = [{"file": trouble.file, "message": trouble.words} for trouble in tally.troubles]
        ending = {"troubles": troubles, "rules": rules, "summary": {**looked, **counts}}
        yield "\n]," + in_json(orjson.dumps(ending).decode())[1:] + "\n"
