"""`cohortlab cohort`: make cohorts in a lab that runs, and move people in and out of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cohortlab.live.lab import AMPLITUDE, RunningLab, in_a_lab
from cohortlab.live.one_cohort import found, show, show_all

_lab = in_a_lab(AMPLITUDE)
_anonymous = click.option("--anonymous", type=click.IntRange(0), default=0, metavar="N", help="And N anonymous people.")
_people = click.option("--people", type=click.IntRange(0), default=0, metavar="N", help="And N people made up.")


@click.group()
def cohort() -> None:
    """Make cohorts in a lab that runs, and move people in and out.

    COHORT is the id of a cohort, or a name that only one cohort has.
    """


@cohort.command()
@click.argument("name")
@click.argument("users", nargs=-1, metavar="[USER]...")
@click.option("--id", "cohort_id", metavar="ID", help="Its id; made up unless given.")
@_anonymous
@_people
@click.option("--uploaded", is_flag=True, help="Make it an uploaded list instead of a behavioral cohort.")
@_lab
def create(
    *,
    lab: RunningLab,
    name: str,
    users: tuple[str, ...],
    cohort_id: str | None,
    anonymous: int,
    people: int,
    uploaded: bool,
) -> None:
    """Create the cohort NAME with each USER in it."""
    amplitude = lab.amplitude
    members = [*users, *[None] * anonymous]
    made = amplitude.create_cohort(name, cohort_id=cohort_id, members=members, uploaded=uploaded)["id"]
    if people:
        amplitude.populate(made, people)
    show(lab, amplitude.cohort(made), "created")


@cohort.command()
@click.argument("cohort")
@click.argument("users", nargs=-1, metavar="[USER]...")
@_anonymous
@_people
@_lab
def enter(*, lab: RunningLab, cohort: str, users: tuple[str, ...], anonymous: int, people: int) -> None:
    """Let each USER into COHORT."""
    if not (users or anonymous or people):
        raise click.UsageError("name at least one USER, or give --anonymous or --people")
    amplitude = lab.amplitude
    cohort_id = found(amplitude, cohort)
    entered = amplitude.enter(cohort_id, [*users, *[None] * anonymous]) if users or anonymous else 0
    if people:
        entered += amplitude.populate(cohort_id, people)
    show(lab, amplitude.cohort(cohort_id), f"{entered:,} entered", entered=entered)


@cohort.command()
@click.argument("cohort")
@click.argument("users", nargs=-1, metavar="USER...", required=True)
@_lab
def leave(*, lab: RunningLab, cohort: str, users: tuple[str, ...]) -> None:
    """Let each USER leave COHORT; nobody leaves when one of them is no member."""
    amplitude = lab.amplitude
    cohort_id = found(amplitude, cohort)
    left = amplitude.leave(cohort_id, users)
    show(lab, amplitude.cohort(cohort_id), f"{left:,} left", left=left)


@cohort.command()
@click.argument("cohort")
@click.argument("name")
@_lab
def rename(*, lab: RunningLab, cohort: str, name: str) -> None:
    """Give COHORT another NAME, and with it another trait key; its id stays."""
    amplitude = lab.amplitude
    show(lab, amplitude.rename(found(amplitude, cohort), name), "renamed")


@cohort.command()
@click.argument("cohort")
@_lab
def archive(*, lab: RunningLab, cohort: str) -> None:
    """Archive COHORT."""
    amplitude = lab.amplitude
    show(lab, amplitude.archive(found(amplitude, cohort)), "archived")


@cohort.command()
@click.argument("cohort")
@_lab
def unarchive(*, lab: RunningLab, cohort: str) -> None:
    """Take COHORT out of the archive."""
    amplitude = lab.amplitude
    show(lab, amplitude.unarchive(found(amplitude, cohort)), "taken out of the archive")


@cohort.command()
@click.argument("cohort")
@_lab
def delete(*, lab: RunningLab, cohort: str) -> None:
    """Delete COHORT."""
    amplitude = lab.amplitude
    cohort_id = found(amplitude, cohort)
    last = amplitude.cohort(cohort_id)
    amplitude.delete(cohort_id)
    show(lab, last, "deleted")


@cohort.command("import")
@click.argument("cohort")
@click.argument("export", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@_lab
def import_export(*, lab: RunningLab, cohort: str, export: Path) -> None:
    """Make the rows of EXPORT, a cohort's CSV as Amplitude writes it, the members of COHORT."""
    amplitude = lab.amplitude
    cohort_id = found(amplitude, cohort)
    counted = amplitude.import_csv(cohort_id, export.read_bytes())
    told = f"{counted['entered']:,} entered, {counted['left']:,} left"
    show(lab, amplitude.cohort(cohort_id), told, **counted)


@cohort.command("list")
@_lab
def list_cohorts(*, lab: RunningLab) -> None:
    """List the cohorts of the lab."""
    show_all(lab, lab.amplitude.cohorts())


@cohort.command("show")
@click.argument("cohort")
@_lab
def show_one(*, lab: RunningLab, cohort: str) -> None:
    """Show COHORT and who is in it."""
    amplitude = lab.amplitude
    cohort_id = found(amplitude, cohort)
    members: list[Any] = [member.user_id for member in amplitude.membership(cohort_id)]
    show(lab, amplitude.cohort(cohort_id), "", user_ids=members)
