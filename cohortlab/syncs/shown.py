"""How syncs, runs and what they hold are printed."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

WIDE = 10_000

if TYPE_CHECKING:
    from syncer import RunReport
    from syncer.run import Preview


def print_json(document: object) -> None:
    """Print a document as indented JSON."""
    import orjson

    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """Print rows under their columns, or the words for there being none."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        # A pipe has no width: nothing is cut, and no lines are drawn.
        console = Console(width=WIDE)
    table = Table(*columns, box=box.SIMPLE if console.is_terminal else None, pad_edge=False)
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    if table.row_count:
        console.print(table)
    else:
        click.echo(nothing)


def print_report(report: RunReport) -> None:
    """Print what became of a run, and of those that went with it."""
    from rich.console import Console

    columns = (
        "run",
        "kind",
        "members",
        "anonymous",
        "entered",
        "left",
        "calls",
        "batches",
        "attempts",
        "failed",
        "status",
    )
    together = [each for each in (report.resumed, report, report.cleared) if each is not None]
    print_table(columns, ([getattr(each, name) for name in columns] for each in together), nothing="")
    console = Console(highlight=False, markup=False)
    console.print(f"{report.trait_key} at {report.target}")
    for each in together:
        if each.reason:
            console.print(f"run {each.run}: {each.reason}")


def print_preview(preview: Preview) -> None:
    """Print each change on a line of its own, and the count of them to stderr."""
    for user_id, value in preview.changes:
        click.echo(f"{'+' if value else '-'} {one_line(user_id)}")
    counts = preview.counts
    first = f"{preview.unfinished:,} changes of an unfinished run come first. " if preview.unfinished else ""
    click.echo(
        f"{first}{preview.trait_key}: {counts.members:,} members, {counts.anonymous:,} anonymous, "
        f"{counts.entered:,} would enter, {counts.left:,} would leave. Nothing was sent.",
        err=True,
    )


def one_line(text: str) -> str:
    """Write text so that a line break or a control character in it is seen and not obeyed."""
    return text if text.isprintable() else repr(text)[1:-1]


def when(moment: float | None) -> str | None:
    """Write a time in ISO 8601, in UTC."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: object) -> str:
    from rich.markup import escape

    if value is None:
        return ""

    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return escape(one_line(str(value)))
