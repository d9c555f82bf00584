"""The JSON report: one document on standard output, with everything a run told."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TextIO

from contracts.foreign import in_json
from scenarios.reports.conformance import conformance
from scenarios.reports.grouping import grouped
from scenarios.running import Outcome


class JsonReport:
    """Writes all outcomes at the end."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def show(self, outcome: Outcome) -> None:
        """Wait for the end."""

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Write the document."""
        document = {
            "passed": all(outcome.passed for outcome in outcomes),
            "scenarios": [outcome.as_dict() for outcome in outcomes],
            "failed_of": [each.as_dict() for each in grouped(outcomes)],
            "conformance": [each.as_dict() for each in conformance(outcomes)],
        }
        self._out.write(in_json(json.dumps(document, ensure_ascii=False)) + "\n")
