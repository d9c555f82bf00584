"""`cohortlab simulate`: many generated rehearsals of our engine; what fails is shrunk to a scenario file."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.commands._campaigning import campaign_options, crew_of, given_of, keeping, of_this_machine, watched
from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from scenarios.campaigns import Crew, Kept
    from scenarios.simulation import Plan, Tried


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
@click.option(
    "--most",
    "--maxfail",
    "most",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="Failures to shrink; then it ends.",
)
@campaign_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, jobs: int, as_json: bool, **asked: Any) -> int:
    """Rehearse our engine against generated people, cohorts, faults, kills and time.

    On virtual time, judged by the oracle and the contracts. Each failure is shrunk to the smallest scenario found that
    fails the same way, written to a file, and judged again as `cohortlab run FILE` does. Whoever does the work, the
    same seed gives the same verdicts and the same files.
    Exit status: 0 all held; 1 something did not.
    """
    from scenarios.simulation import TRIED, Plan, Tally, simulate

    given = given_of(asked)
    asked["out"] = str(asked["out"])
    with keeping("simulate", given, asked, TRIED) as kept:
        asked = dict(kept.asked if kept is not None else asked)
        plan = Plan(asked["seed"], asked["runs"], asked["users"], asked["first"], exactly=asked["exactly"])
        out, tally = Path(asked["out"]), Tally()
        found: list[dict[str, Any]] = []
        with _folder(out), crew_of(given, of_this_machine(jobs)) as crew:
            results = simulate(plan, crew=crew, kept=kept)
            for tried in watched(results, plan.runs, crew, kept, given, of="rehearsals", bar=True):
                tally.count(tried)
                if tried.result.failure is None:
                    continue
                found.append(_written(plan, tried, out, crew, kept))
                if not as_json:
                    _tell(found[-1])
                if len(found) >= asked["most"]:
                    break
    told = tally.as_dict()
    if as_json:
        say_json({"seed": plan.seed, "first": plan.first, **told, "found": found})
    else:
        say(
            f"seed {plan.seed}: {tally.runs:,} runs ({tally.syncs:,} syncs, {tally.kills:,} killed) "
            f"in {tally.seconds:.1f} s, "
            f"{told['runs_per_second']:,} runs/s, {told['syncs_per_second']:,} syncs/s; {tally.failures} failed"
        )
    return 1 if found else 0


def _written(plan: Plan, tried: Tried, out: Path, crew: Crew, kept: Kept | None) -> dict[str, Any]:
    """Shrink a failure and write its file, unless that was done before; return what is told of it."""
    from scenarios.simulation import write_down
    from scenarios.subjects import subject_maker

    note = f"rehearsal {tried.number}"
    before: dict[str, Any] | None = None if kept is None else kept.notes.get(note)
    if before is not None and Path(before["file"]).exists():
        return before
    each = write_down(plan, tried, out, subject_maker(), crew=crew)
    told = {
        "run": each.number,
        "kind": each.shrunk.kind,
        "step": each.shrunk.step,
        "words": each.shrunk.words,
        "file": str(each.file),
        "judged": "failed" if not each.judged.passed else "passed",
    }
    if kept is not None:
        kept.note(note, told)
    return told


def _tell(found: Mapping[str, Any]) -> None:
    say(f"run {found['run']}: {found['kind']}, after step {found['step']}: {found['words']}")
    agrees = "fails" if found["judged"] == "failed" else "does not fail: the two judges disagree"
    say(f"  shrunk to {found['file']}; `cohortlab run {shlex.quote(found['file'])}` {agrees}")


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
