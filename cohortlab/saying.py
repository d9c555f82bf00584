"""Say something on a line of its own: what most commands print. Nothing of it is obeyed, whoever wrote it.

These lines are plain and load nothing; colour, tables and bars are `cohortlab.terminal`'s.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import IO, Any

import click

from contracts.foreign import in_json, lines, shown


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line; a line break within it is shown as its escape."""
    click.echo(shown(text), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print text of ours that has lines of its own, such as a page or an error with a list in it."""
    click.echo(lines(text.removesuffix("\n")), err=err)


def say_json(document: Any, *, indent: int | None = None) -> None:
    """Print one JSON document."""
    say_document(json.dumps(document, ensure_ascii=False, indent=indent))


def say_document(document: str) -> None:
    """Print a JSON document that is written already."""
    click.echo(in_json(document))


def say_error(error: click.ClickException | str) -> None:
    """Print on one line of stderr what is wrong; of a wrong call below its usage, as click words it."""
    if isinstance(error, str):
        say(f"Error: {error}", err=True)
        return
    told = io.StringIO()
    error.show(told)
    usage, _, message = told.getvalue().removesuffix("\n").partition("Error: ")
    if usage:
        say_lines(usage, err=True)
    say(f"Error: {message}", err=True)


def write(text: str) -> None:
    """Write a piece of a report, which has escaped itself what it shows, to standard output."""
    sys.stdout.write(text)


def is_coloured(out: IO[str]) -> bool:
    """Say whether text for a stream may be coloured: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or out.isatty()
