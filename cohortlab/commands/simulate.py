"""`cohortlab simulate`: many generated rehearsals of our engine; what fails is shrunk to a scenario file."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json
from contracts.extras import lacking

if TYPE_CHECKING:
    from scenarios.simulation import Tried


@click.command("simulate")
@click.option("--seed", default=0, show_default=True, help="The seed of every choice; a run is a seed and a number.")
@click.option("--runs", default=1_000, show_default=True, type=click.IntRange(1), help="How many rehearsals.")
@click.option("--first", default=0, show_default=True, type=click.IntRange(0), help="The number of the first one.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes to use.")
@click.option("--users", default=1_000, show_default=True, type=click.IntRange(20), help="Most people in a cohort.")
@click.option("--exactly", is_flag=True, help="Let the first cohort begin with exactly that many user ids.")
@click.option(
    "--out",
    default="simulated",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where scenario files of failures are written.",
)
@click.option("--most", default=3, show_default=True, type=click.IntRange(1), help="Failures to shrink; then it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *, seed: int, runs: int, first: int, jobs: int, users: int, exactly: bool, out: Path, most: int, as_json: bool
) -> int:
    """Rehearse our engine against generated people, cohorts, faults, kills and time.

    In this process and on virtual time, judged by the oracle and the contracts. Each failure is shrunk to the smallest
    scenario that fails the same way, written to a file, and judged again as `cohortlab run FILE` does.
    Exit status: 0 all held; 1 something did not.
    """
    missing = lacking("hypothesis", "`cohortlab simulate`")
    if missing:
        raise click.ClickException(missing)
    from scenarios.simulation import Plan, Tally, simulate, write_down
    from scenarios.subjects import subject_maker

    plan = Plan(seed, runs, users, first, exactly=exactly, jobs=jobs)
    tally = Tally()
    found = []
    with _folder(out):
        for tried in _with_progress(simulate(plan), runs):
            tally.count(tried)
            if tried.result.failure is None:
                continue
            each = write_down(plan, tried, out, subject_maker())
            found.append(each)
            if not as_json:
                say(f"run {each.number}: {each.shrunk.kind}, after step {each.shrunk.step}: {each.shrunk.words}")
                agrees = "fails" if not each.judged.passed else "does not fail: the two judges disagree"
                say(f"  shrunk to {each.file}; `cohortlab run {shlex.quote(str(each.file))}` {agrees}")
            if len(found) >= most:
                break
    told = tally.as_dict()
    if as_json:
        failures = [
            {
                "run": each.number,
                "kind": each.shrunk.kind,
                "step": each.shrunk.step,
                "words": each.shrunk.words,
                "file": str(each.file),
                "judged": "failed" if not each.judged.passed else "passed",
            }
            for each in found
        ]
        say_json({"seed": seed, "first": first, **told, "found": failures})
    else:
        say(
            f"seed {seed}: {tally.runs:,} runs ({tally.syncs:,} syncs, {tally.kills:,} killed) "
            f"in {tally.seconds:.1f} s, "
            f"{told['runs_per_second']:,} runs/s, {told['syncs_per_second']:,} syncs/s; {tally.failures} failed"
        )
    return 1 if found else 0


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Have a folder that can be written to before anything is rehearsed; one made for nothing goes again."""
    made = [each for each in (out, *out.parents) if not each.exists()]
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=out):
                pass
        except OSError as error:
            told = f"Scenario files of failures cannot be written to {out}: {error.strerror}. Name another with --out."
            raise click.UsageError(told) from error
        yield
    finally:
        with suppress(OSError):  # something was written
            for each in made:
                each.rmdir()


def _with_progress(tried: Iterator[Tried], runs: int) -> Iterator[Tried]:
    """Show a bar while rehearsals run, on a terminal."""
    from rich.progress import track

    from cohortlab.terminal import Terminal

    console = Terminal(stderr=True)
    yield from track(tried, "rehearsals", runs, console=console, transient=True, disable=not console.is_terminal)
