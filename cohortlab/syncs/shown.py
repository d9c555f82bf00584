"""How syncs, runs and what they hold are printed."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cohortlab.saying import say, say_document

if TYPE_CHECKING:
    from syncer import RunReport
    from syncer.run import Preview


def print_json(document: object) -> None:
    """Print a document as indented JSON."""
    import orjson

    say_document(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """Print rows under their columns, or the words for there being none."""
    cells = [[_text(value) for value in row] for row in rows]
    if not cells:
        say(nothing)
        return
    from cohortlab.terminal import Terminal

    Terminal().table(columns, cells, boxed=False, columns=None)


def print_report(report: RunReport) -> None:
    """Print what became of a run, and of those that went with it."""
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
    say(f"{report.trait_key} at {report.target}")
    for each in together:
        if each.reason:
            say(f"run {each.run}: {each.reason}")


def print_preview(preview: Preview) -> None:
    """Print each change on a line of its own, and the count of them to stderr."""
    for chunk in preview.changes:
        for user_id, value in chunk:
            say(f"{'+' if value else '-'} {user_id}")
    counts = preview.counts
    first = f"{preview.unfinished:,} changes of an unfinished run come first. " if preview.unfinished else ""
    say(
        f"{first}{preview.trait_key}: {counts.members:,} members, {counts.anonymous:,} anonymous, "
        f"{counts.entered:,} would enter, {counts.left:,} would leave. Nothing was sent.",
        err=True,
    )
    if preview.note:
        say(f"Note: {preview.note}.", err=True)


def print_preview_json(preview: Preview) -> None:
    """Print a preview as one JSON document, its changes as they are read: there may be millions."""
    import orjson

    facts = orjson.dumps(preview.facts(), option=orjson.OPT_INDENT_2).decode()
    say_document(f'{facts.removesuffix("}").rstrip()},\n  "changes": [')
    between = " "
    for chunk in preview.changes:
        for user_id, value in chunk:
            say_document(f"  {between} {orjson.dumps({'user_id': user_id, 'value': value}).decode()}")
            between = ","
    say_document("  ]\n}")


def when(moment: float | None) -> str | None:
    """Write a time in ISO 8601, in UTC."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
