"""`cohortlab check --filter`: what Segment's filters really do."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cohortlab.commands._check_outputs import reporting
from cohortlab.saying import say, say_json
from contracts.errors import BadInput
from contracts.examining import Finding, Tally, at_place
from contracts.filters import judge_filter
from contracts.foreign import shown
from contracts.fql import Advice
from contracts.policy import Policy
from contracts.rule import Severity, Violation

LONGEST = 1_000_000
"""Characters of a file of filters that are read."""


def judge_filters(
    given: Sequence[str], trait: str, options: dict[str, Any], rules: Policy, failing: Collection[Severity]
) -> int:
    """Say what each filter does; return 1 when one breaks a rule that is serious enough."""
    tally = Tally()
    kind = "json" if options["as_json"] else options["output"]
    told: list[dict[str, Any]] = []
    with reporting(options, tally, told_otherwise=("text", "json")) as outputs:
        for file, line, text in _filters(given):
            said, violations = judge_filter(text, trait)
            found = list(_found(file, line, violations, rules))
            tally.payloads += 1
            for each in found:
                tally.add(each)
                outputs.show(each)
            if kind == "json":
                told.append(_as_dict(said, found))
            elif kind == "text":
                _tell(said, found)
    if kind == "json":
        say_json(told, indent=2)
    return 1 if any(tally.findings[level] for level in failing) else 0


def _found(file: str, line: int, violations: Sequence[Violation], rules: Policy) -> Iterator[Finding]:
    for each in violations:
        if rules.keeps(each.rule):
            yield replace(at_place(file, line, 1, each), severity=rules.severity_of(each.rule))


def _as_dict(said: Advice, found: Sequence[Finding]) -> dict[str, Any]:
    messages = dict(said.surprises)
    surprises = [
        {
            "code": each.code,
            "name": each.violation.rule.name,
            "severity": each.severity.value,
            "message": messages[each.violation.rule.name],
            "fix": each.violation.fix,
        }
        for each in found
    ]
    return {**said.as_dict(), "surprises": surprises}


def _filters(given: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yield filters with where they stand: as they are, or each line of `@FILE`, `-` for standard input.

    Blank lines and those that begin with # are none.
    """
    for number, each in enumerate(given, 1):
        if each != "-" and not each.startswith("@"):
            yield "<filter>", number, each
            continue
        text = sys.stdin.read(LONGEST) if each == "-" else _read(Path(each[1:]))
        for line, filtered in enumerate(map(str.strip, text.splitlines()), 1):
            if filtered and not filtered.startswith("#"):
                yield "<stdin>" if each == "-" else each[1:], line, filtered


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown(str(file))} cannot be read as a file of filters: {error}") from error


def _tell(said: Advice, found: Sequence[Finding]) -> None:
    say(f"{shown(said.filter) or '(an empty filter)'}")
    messages = dict(said.surprises)
    for each in found:
        say(f"  {each.code} {each.violation.rule.name}: {messages[each.violation.rule.name]}")
    if not found:
        say("  does what it says")
    for value, holds in said.truth:
        answer = "throws" if holds is None else "matches" if holds else "does not match"
        say(f"  trait {value:<7} {answer}")
    if said.rewritten:
        say(f"  write: {shown(said.rewritten)}")


def asked_for(options: dict[str, object], files: tuple[str, ...]) -> bool:
    """Say whether filters are to be judged; raises UsageError where they stand beside files."""
    if not options["filters"]:
        if options["trait"]:
            raise click.UsageError("--trait says which cohort's trait a --filter is about: give a filter, too")
        return False
    if files:
        raise click.UsageError("--filter stands alone: files of filters are --filter @FILE")
    return True
