"""`cohortlab trace`: walk one user and trait from the membership change to the profile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.commands._seconds import Seconds
from cohortlab.commands.replay import chosen_run
from cohortlab.forms import form_of_file, refuse_others
from cohortlab.saying import say_json
from contracts.reading import JOURNAL, RECORDING

if TYPE_CHECKING:
    from downstream.warehouse import Target
    from scenarios.recordings import Mark


@click.command("trace")
@click.argument("user")
@click.argument("trait")
@click.argument("source", type=click.Path(path_type=Path, exists=True, readable=True))
@click.option("--subject", metavar="COMMAND|URL", help="The sync program to run the scenario with.")
@click.option(
    "--timeout", type=Seconds(), default=60.0, show_default=True, help="Seconds a program may take for one sync."
)
@click.option("--run", "number", default=1, show_default=True, help="Which run of a recording.")
@click.option(
    "--warehouse",
    "into",
    metavar="DATABASE",
    help="Where journals or a recording were loaded: duckdb:FILE, or postgresql://USER@HOST/DATABASE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *,
    user: str,
    trait: str,
    source: Path,
    subject: str | None,
    timeout: float,
    number: int,
    into: str | None,
    as_json: bool,
) -> int:
    """Walk one USER and TRAIT: membership change, export, row, difference, upload, attempts, verdict, profile, tables.

    TRAIT is a trait key, or a cohort's name, id or short name. SOURCE is a scenario file, which is run; a folder with
    the journals amplitude.db and segment.db, as `cohortlab up --db` keeps them, or one of the two; or a recording.
    """
    form = None if source.is_dir() else form_of_file(source)
    with _target(into) as target:
        if source.is_dir() or form == JOURNAL:
            marks = _of_journals(user, trait, source if source.is_dir() else source.parent, target)
        elif form == RECORDING:
            marks = _of_recording(user, trait, source, number, target)
        else:
            refuse_others(source, "a scenario, journals or a recording", "scenario")
            if target is not None:
                raise click.UsageError("--warehouse goes with journals or a recording: a scenario has its own.")
            marks = _of_scenario(user, trait, source, subject, timeout)
    if as_json:
        say_json({"user": user, "trait": trait, "marks": [each.as_dict() for each in marks]})
    else:
        _show(marks)
    return 0


@contextmanager
def _target(into: str | None) -> Iterator[Target | None]:
    """Open the database that was named, if one was."""
    if into is None:
        yield None
        return
    from downstream.warehouse import target_of

    with closing(target_of(into)) as target:
        yield target


def _of_scenario(user: str, trait: str, file: Path, subject: str | None, timeout: float) -> list[Mark]:
    from scenarios import Bench, read_scenario, run_scenario, subject_maker
    from scenarios.recordings import Known, trace

    scenario = read_scenario(file)
    word = scenario.cohorts[trait].cohort_id if trait in scenario.cohorts else trait
    marks: list[Mark] = []

    def look(bench: Bench) -> None:
        marks.extend(trace(bench.lab.amplitude, bench.lab.segment, user, word, Known.of(bench)))

    run_scenario(scenario, subject_maker(subject, timeout), at_end=look)
    return marks


def _of_recording(user: str, trait: str, file: Path, number: int, target: Target | None) -> list[Mark]:
    from scenarios.recordings import Recording, trace

    with closing(Recording(file)) as recording:
        run = chosen_run(recording.runs(), number)
        with closing(recording.lab(run, run.entries)) as lab:
            return trace(lab.amplitude, lab.segment, user, trait, target=target)


def _of_journals(user: str, trait: str, folder: Path, target: Target | None) -> list[Mark]:
    from scenarios.recordings import lab_in, trace

    with lab_in(folder) as lab:
        return trace(lab.amplitude, lab.segment, user, trait, target=target)


def _show(marks: list[Mark]) -> None:
    from cohortlab.terminal import Terminal
    from mock_core.clock import iso

    console = Terminal()
    if not any(mark.kind == "attempt" for mark in marks):
        console.say(("Segment was never told anything of this.", "yellow"))
    for mark in marks:
        where = f"{mark.on} #{mark.entry}"
        console.say(f"{iso(mark.at)}  {where:<14} ", (f"{mark.kind:<11}", "bold"), f" {mark.words}")
