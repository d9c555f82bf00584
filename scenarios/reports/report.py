"""What a report is: told of every outcome, then closed; a file is written whole when it is closed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from scenarios.errors import FileUnusable
from scenarios.running import Outcome
from scenarios.verdict import Finding

MOST_CLAIMS = 10  # shown of those that did not hold; the JSON and JUnit reports have them all
MOST_PRINTED = 300  # characters of what a program printed


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


def first_claims(outcome: Outcome) -> tuple[list[tuple[str, str]], str]:
    """Return the claims to show a person, and in words how many more there are: a broken sync fails hundreds."""
    claims = list(failed_claims(outcome))
    more = len(claims) - MOST_CLAIMS
    return claims[:MOST_CLAIMS], f"and {counted(more, 'claim')} more did not hold" if more > 0 else ""


def since(finding: Finding) -> str:
    """Return since when it is so, in words."""
    return f"step {finding.step}, {finding.words}" if finding.step else "the start"


def last_words(output: str) -> str:
    """Return the end of what a program printed, on one line of bearable length."""
    last = " | ".join(output.strip().splitlines()[-3:])
    return last if len(last) <= MOST_PRINTED else f"...{last[3 - MOST_PRINTED :]}"


def counted(number: int, thing: str) -> str:
    """Return a number and what it counts: 1 sync, 2 syncs."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def line_of(outcome: Outcome) -> int:
    """Return the line of the file at which the run first went wrong; 1 when no step is to blame."""
    number = outcome.went_wrong.step if outcome.went_wrong else 0
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
