"""The console report: a line per scenario, and for a failed one the cause, then the claims that did not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scenarios.reports.report import counted, counts, first_claims, is_left_out, last_words, since
from scenarios.running import Outcome

LONG = 5.0  # seconds from which on it is told how long a scenario took


class Lines(Protocol):
    """What is written on: lines of text, a piece in a style being a pair. It escapes what a terminal would obey."""

    def say(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """Write one line."""
        ...


class ConsoleReport:
    """Shows outcomes as they come; plain when piped, in colour on a terminal."""

    def __init__(self, out: Lines) -> None:
        self._out = out

    def show(self, outcome: Outcome) -> None:
        """Show one outcome."""
        title = outcome.scenario.title
        if is_left_out(outcome):
            self._out.say(("left", "yellow"), f" {title} ", (f"({outcome.left_out})", "dim"))
            return
        claims = f"{counted(len(outcome.checks), 'check')}, {counted(len(outcome.syncs), 'sync')}"
        if outcome.seconds >= LONG:
            claims += f", {outcome.seconds:.0f} s"
        self._out.say(("ok  ", "green") if outcome.passed else ("FAIL", "red"), f" {title} ", (f"({claims})", "dim"))
        for fault in outcome.unmet:
            self._out.say(("a fault met no call", "yellow"), ": ", (fault, "dim"), indent=5)
        for note in outcome.notes:
            self._out.say(("note", "yellow"), ": ", (note, "dim"), indent=5)
        if not outcome.passed:
            self._show_failure(outcome)

    def _show_failure(self, outcome: Outcome) -> None:
        for finding in outcome.findings:
            self._out.say((finding.cause, "bold"), indent=5)
            self._out.say((f"since {since(finding)}", "dim"), indent=7)
            for line in finding.told:
                self._out.say((line, "dim"), indent=9)
        claims, more = first_claims(outcome)
        for claim, reason in claims:
            self._out.say(claim, indent=5)
            self._out.say((reason, "red"), indent=7)
        if more:
            self._out.say((more, "dim"), indent=5)
        for number, sync in enumerate(outcome.syncs, 1):
            if sync.output.strip():
                self._out.say(f"sync {number} printed: {last_words(sync.output)}", indent=5)
        self._out.say((outcome.scenario.file, "dim"), indent=5)

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Show the summary."""
        passed, failed, left_out = counts(outcomes)
        more = f", {left_out} left out" if left_out else ""
        self._out.say(f"{passed} passed, {failed} failed{more}")
