"""The console report: a line per scenario, and for a failed one the cause, then the claims that did not hold."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape as escape_markup

from scenarios.reports.report import counted, counts, first_claims, is_left_out, last_words, since
from scenarios.running import Outcome

LONG = 5.0  # seconds from which on it is told how long a scenario took
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}


def escape(text: str) -> str:
    """Return text that a terminal shows and does not obey: it may be anybody's name, or a program's output."""
    return escape_markup(text.translate(_CONTROL))


class ConsoleReport:
    """Shows outcomes as they come; plain when piped, in colour on a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def show(self, outcome: Outcome) -> None:
        """Show one outcome."""
        if is_left_out(outcome):
            self._console.print(
                f"[yellow]left[/] {escape(outcome.scenario.title)} [dim]({escape(outcome.left_out)})[/]"
            )
            return
        mark = "[green]ok  [/]" if outcome.passed else "[red]FAIL[/]"
        claims = f"{counted(len(outcome.checks), 'check')}, {counted(len(outcome.syncs), 'sync')}"
        if outcome.seconds >= LONG:
            claims += f", {outcome.seconds:.0f} s"
        self._console.print(f"{mark} {escape(outcome.scenario.title)} [dim]({claims})[/]")
        for fault in outcome.unmet:
            self._console.print(f"     [yellow]a fault met no call[/]: [dim]{escape(fault)}[/]")
        if not outcome.passed:
            self._show_failure(outcome)

    def _show_failure(self, outcome: Outcome) -> None:
        for finding in outcome.findings:
            cause, where = escape(finding.cause), escape(since(finding))
            self._console.print(f"     [bold]{cause}[/]\n       [dim]since {where}[/]")
            for line in finding.told:
                self._console.print(f"         [dim]{escape(line)}[/]")
        claims, more = first_claims(outcome)
        for claim, reason in claims:
            self._console.print(f"     {escape(claim)}\n       [red]{escape(reason)}[/]")
        if more:
            self._console.print(f"     [dim]{more}[/]")
        for number, sync in enumerate(outcome.syncs, 1):
            if sync.output.strip():
                self._console.print(f"     sync {number} printed: {escape(last_words(sync.output))}")
        self._console.print(f"     [dim]{escape(outcome.scenario.file)}[/]")

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Show the summary."""
        passed, failed, left_out = counts(outcomes)
        more = f", {left_out} left out" if left_out else ""
        self._console.print(f"{passed} passed, {failed} failed{more}")
