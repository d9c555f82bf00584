"""The console report: a line per scenario, and for a failed one the cause, then the claims that did not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from downstream.warehouse import note_line
from scenarios.reports.failure import failure, notes
from scenarios.reports.grouping import grouped
from scenarios.reports.report import counted, counts, is_left_out
from scenarios.running import Outcome

MOST_NOTES = 3  # of what happened on the way into a warehouse, of a scenario that passed
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
        for note in notes(outcome):
            self._out.say(("note", "yellow"), ": ", (note, "dim"), indent=5)
        for unmet in outcome.unmet:
            what, _, which = unmet.partition(": ")
            self._out.say((what, "yellow"), ": ", (which, "dim"), indent=5)
        if outcome.passed:
            self._show_warehouse(outcome)
            return
        for indent, parts in failure(outcome):
            self._out.say(*parts, indent=5 + indent)
        self._out.say((outcome.scenario.file, "dim"), indent=5)

    def _show_warehouse(self, outcome: Outcome) -> None:
        """Show what happened on the way into the warehouse of a scenario that passed, if anything did."""
        account = outcome.warehouse
        if account is not None and (account.happened or account.failures or account.trouble):
            self._out.say(("warehouse", "yellow"), ": ", (account.summary, "dim"), indent=5)
            for note in account.notes[:MOST_NOTES]:
                self._out.say((note_line(note), "dim"), indent=7)
            if account.happened > MOST_NOTES:
                self._out.say((f"... and {account.happened - MOST_NOTES:,} more", "dim"), indent=7)

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Show the summary, and what scenarios failed of, if there are several."""
        passed, failed, left_out = counts(outcomes)
        if failed > 1:
            self._out.say("What they failed of:")
            for number, group in enumerate(grouped(outcomes)):
                many = len(group.scenarios)
                first = "; mend that first" if number == 0 and many > 1 else ""
                self._out.say((f"{many} of {failed}", "red"), ": ", (group.cause, "bold"), first, indent=2)
                self._out.say((", ".join(group.scenarios), "dim"), indent=6)
        more = f", {left_out} left out" if left_out else ""
        self._out.say(f"{passed} passed, {failed} failed{more}")
