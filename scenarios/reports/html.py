"""The HTML report: one self-contained page with a picture of every run. Everything in it is escaped by the template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.foreign import lines
from downstream.warehouse import MOST_SHOWN
from scenarios.flow import flow
from scenarios.reports.failure import first_claims, notes, since
from scenarios.reports.guesses import guessed
from scenarios.reports.picture import CHART, COLUMN, LEFT, clock_of, in_order, picture
from scenarios.reports.report import counts, is_left_out, write_whole, wrong_step
from scenarios.running import Outcome

if TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 2_000  # of the list of events; a browser still scrolls through that


class HtmlReport:
    """Writes one page at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, outcome: Outcome) -> None:
        """Wait for the end."""

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Write the page."""
        write_whole(self._path, page(outcomes))


def template(package: str, name: str) -> Template:
    """Return a page of a package that is drawn as this report is: in its style, everything in it escaped."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only for pages

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "."), PackageLoader(__package__, ".")]),
        autoescape=True,
        finalize=lambda value: lines(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def page(outcomes: Sequence[Outcome]) -> str:
    """Return the page."""
    shown = sorted(outcomes, key=lambda outcome: outcome.passed)  # what failed comes first
    passed, failed, left_out = counts(outcomes)
    return template(__package__, "page.html").render(
        runs=[_run(number, outcome) for number, outcome in enumerate(shown, 1)],
        passed=passed,
        failed=failed,
        left_out=left_out,
        column=COLUMN,
        left=LEFT,
        chart=CHART,
        most_shown=MOST_SHOWN,
    )


def _run(number: int, outcome: Outcome) -> dict[str, Any]:
    events = list(in_order(outcome.timeline))
    return {
        "number": number,
        "outcome": outcome,
        "scenario": outcome.scenario,
        "since": since,
        "sign": "–" if is_left_out(outcome) else "✓" if outcome.passed else "✗",
        "shade": "soft" if is_left_out(outcome) else "good" if outcome.passed else "bad",
        "picture": picture(outcome.timeline, None if outcome.passed else wrong_step(outcome)),
        "claims": first_claims(outcome),
        "notes": notes(outcome),
        "guesses": [] if outcome.passed else list(guessed(outcome.timeline)),
        "rows": [(clock_of(event), event.kind, _in_words(event.as_dict())) for event in events[:MOST_ROWS]],
        "more": max(0, len(events) - MOST_ROWS),
    }


def _in_words(told: dict[str, Any]) -> str:
    left_out = {"kind", "at", "amplitude", "segment"}
    return ", ".join(
        f"{name} {flow(value)}" for name, value in told.items() if name not in left_out and value not in ("", {})
    )
