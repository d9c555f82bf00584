"""`cohortlab salvage`: what can still be read of a damaged journal or recording, in a new file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from scenarios.salvaging import Salvaged

_SHOWN: Final = 8
"""Spans of lost entries, and entries left out, that are shown; `--json` has them all."""


@click.command("salvage")
@click.argument("damaged", type=click.Path(path_type=Path, exists=True, readable=True))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="What to write: a file for a file, a folder for a folder. It must not be there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with every entry that is lost.")
def command(*, damaged: Path, output: Path, as_json: bool) -> int:
    """Save what can still be read of a DAMAGED journal or recording.

    DAMAGED is a journal of a lab, a recording of runs, or a folder of `cohortlab up --db`. It is read page by page, as
    bytes, and stays as it is. What is written opens with `up --db`, `trace`, `check` and `replay`, and appears whole
    or not at all.

    Exit status: 0 all of it was saved; 1 some of it was, and what is lost is told; 2 nothing was.
    """
    from scenarios.salvaging import salvage

    done = salvage(damaged, output)
    if as_json:
        say_json({"output": str(output), "saved": [each.as_dict() for each in done]})
    else:
        _show(done, damaged, output)
    return 0 if all(each.is_whole for each in done) else 1


def _show(done: Sequence[Salvaged], damaged: Path, output: Path) -> None:
    from cohortlab.terminal import Terminal

    heads = ("journal", "saved", "lost", "left out", "lost entries")
    rows = [
        (each.name, f"{each.saved:,}", f"{each.entries_lost:,}", f"{len(each.left_out):,}", _spans(each))
        for each in done
    ]
    Terminal().table(heads, rows, numbers=heads[1:4], columns=None)
    for each in done:
        for number, why in sorted(each.left_out.items())[:_SHOWN]:
            say(f"{each.name}: entry {number} was left out: {why}.")
        if len(each.left_out) > _SHOWN:
            say(f"{each.name}: {len(each.left_out) - _SHOWN:,} more were left out; --json has them.")
        for note in each.notes:
            say(f"{each.name}: {note}.")
    say(f"{output} was written; {damaged} is as it was.")
    if output.is_dir():
        say(f"`cohortlab up --db {output}` goes on with it, `cohortlab trace USER TRAIT {output}` follows one user.")
    else:
        say(f"`cohortlab check {output}` judges the events in it.")


def _spans(each: Salvaged) -> str:
    spans = [str(first) if first == last else f"{first} to {last}" for first, last in each.lost]
    text = ", ".join(spans[:_SHOWN]) + (f" and {len(spans) - _SHOWN} more" if len(spans) > _SHOWN else "")
    if each.may_have_followed:
        text = f"{text}; more may have followed the last" if text else "more may have followed the last"
    return text or "none"
