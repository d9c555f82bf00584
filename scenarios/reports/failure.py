"""A failure in words: why it matters, the cause, the claims that did not hold, the faults, what the program printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from contracts.foreign import NAME_COLUMNS, cut, quoted
from scenarios.reports.guesses import guessed
from scenarios.reports.report import counted
from scenarios.running import Outcome
from scenarios.subjects import SyncResult
from scenarios.verdict import Finding

MOST_CLAIMS = 10  # shown of those that did not hold; the JSON and JUnit reports have them all
MOST_PRINTED = 300  # columns of a line that a program printed
MOST_LINES = 10  # from the beginning of what a failed sync printed, and as many from its end
MOST_SYNCS = 3  # whose output is shown
_STEP = re.compile(r"step \d+")

Part = str | tuple[str, str]
"""A piece of a line, or a piece and its style."""


def failure(outcome: Outcome) -> Iterator[tuple[int, tuple[Part, ...]]]:
    """Yield what a person reads of a scenario that failed, line by line: how far it is set in, and its pieces."""
    if outcome.scenario.why:
        yield 0, ((f"why: {outcome.scenario.why}", "dim"),)
    for finding in outcome.findings:
        yield 0, ((finding.cause, "bold"),)
        yield 2, ((f"since {since(finding)}", "dim"),)
        if finding.user_id:
            whose = f"{quoted(finding.user_id, NAME_COLUMNS)}, {quoted(finding.trait, 2 * NAME_COLUMNS)}"
            yield 2, ((whose, "dim"),)
        for line in finding.told:
            yield 4, ((line, "dim"),)
    claims, more = first_claims(outcome)
    for claim, reason in claims:
        yield 0, (claim,)
        yield 2, ((reason, "red"),)
    if more:
        yield 0, ((more, "dim"),)
    for fault in outcome.faults:
        yield 0, (("fault: ", "yellow"), (fault, "dim"))
    for name, counts in outcome.destinations.items():
        told = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items()) or "no event"
        yield 0, (("destination: ", "yellow"), (f"{name}: {told}", "dim"))
    if outcome.warehouse is not None:
        for line in outcome.warehouse.lines():
            yield 0, (("warehouse: ", "yellow"), (line, "dim"))
    for guess in guessed(outcome.timeline):
        yield 0, (("guess: ", "yellow"), (guess, "dim"))
    yield from _printed(outcome)


def first_claims(outcome: Outcome) -> tuple[list[tuple[str, str]], str]:
    """Return the claims to show a person, and in words how many more there are: a broken sync fails hundreds.

    What did not hold at several places for the same reason is one claim that names them all.
    """
    places: dict[tuple[str, str], list[str]] = {}
    for check in outcome.checks:
        if not check.held:
            step, told, what = check.what.partition(": ")
            is_at_a_step = told and _STEP.fullmatch(step)
            where, what = (step, what) if is_at_a_step else (check.where, check.what)
            places.setdefault((what, check.reason), []).append(where)
    claims = [
        (f"{' and '.join(where)}: {what}" if all(where) else what, reason) for (what, reason), where in places.items()
    ]
    more = len(claims) - MOST_CLAIMS
    return claims[:MOST_CLAIMS], f"and {counted(more, 'claim')} more did not hold" if more > 0 else ""


def since(finding: Finding) -> str:
    """Return since when it is so, in words."""
    return f"step {finding.step}, {finding.words}" if finding.step else "the start"


def notes(outcome: Outcome) -> list[str]:
    """Return what a reader should know of claims that hold, of each as it was last."""
    return list({check.what: check.note for check in outcome.checks if check.note}.values())


def last_words(output: str) -> str:
    """Return the end of what a program printed, on one line of bearable length."""
    last = " | ".join(output.strip().splitlines()[-3:])
    return last if len(last) <= MOST_PRINTED else f"...{last[3 - MOST_PRINTED :]}"


def _printed(outcome: Outcome) -> Iterator[tuple[int, tuple[Part, ...]]]:
    """Yield what the syncs printed: of those that failed the beginning, too, where an error message may stand."""
    alike: dict[tuple[bool, str, str], list[int]] = {}
    for number, sync in enumerate(outcome.syncs, 1):
        if sync.output.strip():
            alike.setdefault((_failed(sync), sync.reason, sync.output), []).append(number)
    for (failed, reason, output), numbers in islice(alike.items(), MOST_SYNCS):
        who = f"sync{'s' if numbers[1:] else ''} {', '.join(map(str, numbers))}"
        if not failed:
            yield 0, (f"{who} printed: {last_words(output)}",)
            continue
        yield 0, (f"{who} failed ({reason.removesuffix('.') or 'it said so'}) and printed:",)
        for line in _ends(output.strip("\n").splitlines()):
            yield 2, (f"| {cut(line, MOST_PRINTED)}",)


def _failed(sync: SyncResult) -> bool:
    return not (sync.succeeded or sync.was_killed)


def _ends(lines: list[str]) -> Iterator[str]:
    """Yield the first lines and the last, and between them how many there are."""
    left_out = len(lines) - 2 * MOST_LINES
    if left_out <= 0:
        yield from lines
        return
    yield from lines[:MOST_LINES]
    yield f"... {counted(left_out, 'line')} more ..."
    yield from lines[-MOST_LINES:]
