"""`cohortlab replay`: the lab as it was at any moment of a recorded run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from scenarios.lab import Lab
    from scenarios.recording import Happened, Recorded

SHOWN_PEOPLE = 12


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(0), help="The last entry that has happened; all of them when left out.")
@click.option("--run", "number", default=1, show_default=True, help="Which run of the recording.")
@click.option("--last", default=10, show_default=True, type=click.IntRange(0), help="How many entries to show.")
@click.option("--user", help="Show this user: memberships, traits, and what was told when.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, file: Path, until: int | None, number: int, last: int, user: str | None, as_json: bool) -> int:
    """Show any moment of a run recorded with `cohortlab run --record FILE`.

    Entries count from 1. With --until N the lab is shown as it was after entry N: who was a member, what every
    profile was, what had become of every event.
    """
    from scenarios.recording import Recording

    recording = Recording(file)
    try:
        run = _chosen(recording.runs(), number)
        end = min(run.entries if until is None else until, run.entries)
        happened = list(recording.entries(run.run, end))
        lab = recording.lab(run, end)
        try:
            told = _told(run, happened, lab, user)
        finally:
            lab.close()
    finally:
        recording.close()
    told["entries"] = [_row(each) for each in happened[len(happened) - last if last < len(happened) else 0 :]]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(told)
    return 0


def _chosen(runs: list[Recorded], number: int) -> Recorded:
    for run in runs:
        if run.run == number:
            return run
    listed = "\n".join(f"  {run.run}  {run.title}" for run in runs) or "  none"
    raise click.UsageError(f"There is no run {number} in this recording. It has:\n{listed}")


def _told(run: Recorded, happened: list[Happened], lab: Lab, user: str | None) -> dict[str, Any]:
    from contracts.trait_key import trait_key_format
    from mock_core.clock import iso

    spelling = trait_key_format(run.trait_key)
    profiles = lab.segment.profiles()
    cohorts = []
    for cohort in lab.amplitude.cohorts():
        members = [member.user_id for member in lab.amplitude.membership(cohort.id)]
        trait = spelling.format(cohort.name, cohort.id)
        values = [profile.traits.get(trait) for profile in profiles.values()]
        cohorts.append(
            {
                "id": cohort.id,
                "name": cohort.name,
                "members": len(members),
                "anonymous": sum(each is None for each in members),
                "told_true": sum(value is True for value in values),
                "told_false": sum(value is False for value in values),
                **({"is_member": user in members} if user is not None else {}),
            }
        )
    verdicts: dict[str, int] = {}
    for (_, _, verdict, code), events in lab.segment.tally().items():
        word = f"{verdict}: {code}" if code else verdict
        verdicts[word] = verdicts.get(word, 0) + events
    chosen = [user] if user is not None else list(profiles)[:SHOWN_PEOPLE]
    return {
        "scenario": run.title,
        "run": run.run,
        "passed": run.passed,
        "until": len(happened),
        "of": run.entries,
        "at": iso(lab.clock.now_ms()),
        "step": happened[-1].step if happened else 0,
        "words": happened[-1].words if happened else "nothing has happened yet",
        "cohorts": cohorts,
        "verdicts": verdicts,
        "profiles": {each: lab.segment.profile(each).traits for each in chosen},
        "people": len(profiles),
    }


def _row(each: Happened) -> dict[str, Any]:
    from mock_core.clock import iso
    from scenarios.recording import summary

    return {
        "place": each.place,
        "step": each.step,
        "at": iso(each.entry.at),
        "fake": each.fake,
        "kind": each.entry.kind,
        "summary": summary(each),
    }


def _show(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(
        f"[bold]{escape(told['scenario'])}[/] [dim](run {told['run']}, {'passed' if told['passed'] else 'failed'})[/]"
    )
    console.print(
        f"after entry {told['until']} of {told['of']}, {told['at']}, step {told['step']}: {escape(told['words'])}\n"
    )
    for row in told["entries"]:
        when = f"[dim]{row['place']:>5}  {row['at'][11:23]}  step {row['step']:<3}[/]"
        console.print(f"{when} {row['fake']:<9} {escape(row['summary'])}", soft_wrap=True)
    table = Table(
        "cohort",
        "members",
        "anonymous",
        "told true",
        "told false",
        title="\nMemberships and traits",
        title_justify="left",
    )
    for each in told["cohorts"]:
        numbers = (str(each[name]) for name in ("members", "anonymous", "told_true", "told_false"))
        table.add_row(escape(f"{each['name']} ({each['id']})"), *numbers)
    console.print(table)
    verdicts = ", ".join(f"{events:,} {word}" for word, events in told["verdicts"].items()) or "none yet"
    console.print(f"Events: {escape(verdicts)}")
    people = Table("user", "traits", title=f"\nProfiles ({told['people']:,})", title_justify="left")
    for user, traits in told["profiles"].items():
        people.add_row(escape(repr(user)), escape(json.dumps(traits, ensure_ascii=False)))
    if told["profiles"]:
        console.print(people)
