"""`cohortlab keep`: what happened in a lab or was recorded becomes a scenario."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.commands._seconds import Seconds
from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from scenarios.keeping import Kept, Story


@click.command("keep")
@click.argument("source", required=False, type=click.Path(path_type=Path, exists=True, readable=True))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--lab", "lab_url", metavar="URL", help="Keep a lab that runs: the address of its Amplitude.")
@click.option("--segment-url", metavar="URL", help="Where its Segment is; the next port unless told.")
@click.option("--token", envvar="COHORTLAB_TOKEN", show_envvar=True, help="The token that up printed, if any.")
@click.option("--since", metavar="MOMENT", help="Leave out the calls before this: ISO 8601 with a zone.")
@click.option("--run", "number", default=1, show_default=True, help="Which run of a recording.")
@click.option("--title", help="What the scenario shows, in one line.")
@click.option("--shrink", is_flag=True, help="Reduce it while the same profiles stay wrong.")
@click.option("--subject", metavar="COMMAND|URL", help="The program whose profiles are wrong, for --shrink.")
@click.option(
    "--timeout", type=Seconds(), default=60.0, show_default=True, help="Seconds a program may take for one sync."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *,
    source: Path | None,
    output: Path,
    lab_url: str | None,
    segment_url: str | None,
    token: str | None,
    since: str | None,
    number: int,
    title: str | None,
    shrink: bool,
    subject: str | None,
    timeout: float,
    as_json: bool,
) -> int:
    """Write a scenario of what happened: the cohorts as they were at each sync, names, faults and time.

    SOURCE is a folder that `import`, `record` or `up --db` made, a journal in one, or what `run --record` wrote.
    `cohortlab run` on the scenario shows the profiles of the program that was recorded; with --subject another program
    faces the same. The folder appears whole or not at all.
    """
    from scenarios.keeping import draft, write

    if (source is None) == (lab_url is None):
        raise click.UsageError("Name a folder, a journal or a recording, or a lab that runs with --lab URL.")
    if subject and not shrink:
        raise click.UsageError(
            "--subject is whose profiles are wrong while --shrink reduces; `cohortlab run` judges it."
        )
    moment = _milliseconds(since)
    with _of_file(source, number, moment) if source else _of_lab(str(lab_url), segment_url, token, moment) as story:
        told = draft(story, title)
        if shrink:
            from scenarios.keeping import shrunk
            from scenarios.subjects import subject_maker

            told = shrunk(told, subject_maker(subject, timeout), progress=None if as_json else say)
        kept = write(told, output)
    if as_json:
        say_json(kept.as_dict())
    else:
        _show(kept)
    return 0


def _of_file(source: Path, number: int, since: int | None) -> AbstractContextManager[Story]:
    from scenarios.keeping import opened

    return opened(source, run=number, since=since)


@contextmanager
def _of_lab(amplitude: str, segment: str | None, token: str | None, since: int | None) -> Iterator[Story]:
    from cohortlab.live import journals_of
    from scenarios.keeping import opened

    with tempfile.TemporaryDirectory(prefix="cohortlab-keep-") as folder:
        journals_of(amplitude, segment, token, Path(folder))
        with opened(Path(folder), since=since) as story:
            yield replace(story, title="What happened in a lab")


def _milliseconds(since: str | None) -> int | None:
    from mock_core.errors import BadControl
    from mock_core.moments import milliseconds

    try:
        return None if since is None else milliseconds(since)
    except BadControl as error:
        raise click.UsageError(f"--since: {error}") from error


def _show(kept: Kept) -> None:
    for note in kept.notes:
        say(f"Note: {note}")
    parts = [
        f"{kept.syncs:,} syncs",
        f"{kept.cohorts:,} cohorts",
        f"{kept.faults:,} faults",
        f"{len(kept.exports):,} exports",
    ]
    say(f"{kept.file}: {', '.join(parts)}.")
    say(f"`cohortlab run {kept.file}` shows what was recorded; --subject lets your program face the same.")
