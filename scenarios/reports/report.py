"""What a report is: told of every outcome, then closed; a file is written whole when it is closed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from scenarios.errors import FileUnusable
from scenarios.running import Outcome

_AT_A_STEP = re.compile(r"(?:after )?step (\d+)")


class Report(Protocol):
    """Listens to runs."""

    def show(self, outcome: Outcome) -> None:
        """Take in one outcome."""
        ...

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Say what there is to say at the end."""
        ...


def counts(outcomes: Sequence[Outcome]) -> tuple[int, int, int]:
    """Return how many passed, how many failed, and how many were left out and so did neither."""
    failed = sum(not outcome.passed for outcome in outcomes)
    left_out = sum(is_left_out(outcome) for outcome in outcomes)
    return len(outcomes) - failed - left_out, failed, left_out


def is_left_out(outcome: Outcome) -> bool:
    """Say whether a scenario was left out; one that was left half way, after a claim had failed, has failed."""
    return bool(outcome.left_out) and outcome.passed


def failed_claims(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield claim and reason of every check that did not hold."""
    for check in outcome.checks:
        if not check.held:
            yield check.claim, check.reason


def counted(number: int, thing: str) -> str:
    """Return a number and what it counts: 1 sync, 2 syncs."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def wrong_step(outcome: Outcome) -> int | None:
    """Return the step at which a run went wrong: its profiles, what its first cause tells of, or a claim made there."""
    if outcome.went_wrong:
        return outcome.went_wrong.step
    if outcome.findings:
        return outcome.findings[0].step
    claims = (check.claim for check in outcome.checks if not check.held)
    return next((int(found[1]) for claim in claims if (found := _AT_A_STEP.match(claim))), None)


def line_of(outcome: Outcome) -> int:
    """Return the line of the file at which the run first went wrong; 1 when no step is to blame."""
    number = wrong_step(outcome)
    return next((step.place.line for step in outcome.scenario.steps if step.number == number), 1)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it.

    A link leads to the file that is meant. What is there and is no file, a device or a pipe, is written into.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return
        meant = path.resolve()
        beside = meant.with_name(f".{meant.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8", errors="backslashreplace")
            beside.replace(meant)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        told = getattr(error, "strerror", None) or error
        raise FileUnusable(f"the report {path} cannot be written: {told}.") from error
