"""SARIF 2.1.0: what code scanning reads, with the rules' explanations inside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from contracts.examining import Finding, Tally, Trouble
from contracts.foreign import in_json
from contracts.publishing import page
from contracts.reports.protocol import Report
from contracts.rule import Rule, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class SarifReport(Report):
    """Write findings as one SARIF run; the rules follow the results, so that nothing has to be kept.

    `version` is that of the tool.
    """

    def __init__(self, version: str | None = None) -> None:
        self._version = version
        self._rules: dict[str, Rule] = {}
        self._separator = "\n"

    def begin(self) -> Iterable[str]:
        """Open the report."""
        yield f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"columnKind":"unicodeCodePoints","results":['

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        broken = finding.violation
        self._rules.setdefault(finding.code, broken.rule)
        region: dict[str, Any] = {"startLine": max(1, finding.line), "startColumn": finding.column}
        if finding.excerpt.text:
            region["snippet"] = {"text": finding.excerpt.text}
        result = {
            "ruleId": finding.code,
            "ruleIndex": list(self._rules).index(finding.code),
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{broken.message} Found {broken.found}; expected {broken.expected}. {broken.fix}"},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": region},
                    "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/"}],
                }
            ],
            "partialFingerprints": {"cohortlab/v1": finding.fingerprint()},
        }
        yield self._separator + in_json(orjson.dumps(result).decode())
        self._separator = ",\n"

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        rules = [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.message},
                "fullDescription": {"text": rule.explanation},
                "help": {"text": rule.fix, "markdown": page(rule)},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
                "properties": {"family": rule.family, "source": str(rule.source)},
            }
            for rule in self._rules.values()
        ]
        version = {"version": self._version} if self._version else {}
        driver = {"name": "cohortlab", **version, "rules": rules}
        told = [_notification(trouble) for trouble in tally.troubles]
        ended = {"executionSuccessful": not told, "toolExecutionNotifications": told}
        yield '\n],"tool":' + orjson.dumps({"driver": driver}).decode()
        yield ',"invocations":' + in_json(orjson.dumps([ended]).decode())
        yield ',"properties":' + orjson.dumps({"payloads": tally.payloads, "files": tally.files}).decode() + "}]}\n"


def _notification(trouble: Trouble) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": _uri(trouble.file)}}}
    return {"level": "error", "message": {"text": trouble.words}, **({"locations": [place]} if trouble.file else {})}


def _uri(file: str) -> str:
    """Return a file's name as a URI: standard input has none of its own, and an absolute path has a scheme."""
    if file == "<stdin>":
        return "stdin"
    return f"file://{quote(file)}" if file.startswith("/") else quote(file)
