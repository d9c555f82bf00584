"""`cohortlab check --filter`: what Segment's filters really do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from cohortlab.saying import say, say_json
from contracts.errors import BadInput
from contracts.foreign import shown
from contracts.fql import Advice, advice

LONGEST = 1_000_000
"""Characters of a file of filters that are read."""


def judge_filters(given: Sequence[str], trait: str, *, as_json: bool) -> int:
    """Say what each filter does; return 1 when one does not do what it says."""
    said = [advice(each, trait) for each in _filters(given)]
    if as_json:
        say_json([each.as_dict() for each in said], indent=2)
    else:
        for each in said:
            _tell(each)
    return 1 if any(each.surprises for each in said) else 0


def _filters(given: Sequence[str]) -> Iterator[str]:
    """Yield filters: as they are, or each line of `@FILE`, `-` for standard input; blank lines and # are none."""
    for each in given:
        if each != "-" and not each.startswith("@"):
            yield each
            continue
        text = sys.stdin.read(LONGEST) if each == "-" else _read(Path(each[1:]))
        yield from (line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown(str(file))} cannot be read as a file of filters: {error}") from error


def _tell(said: Advice) -> None:
    say(f"{shown(said.filter) or '(an empty filter)'}")
    for name, message in said.surprises:
        say(f"  {name}: {message}")
    if not said.surprises:
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
