"""`cohortlab replay`: the lab as it was at any moment of a recorded run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.forms import refuse_others
from cohortlab.saying import say_json
from contracts.foreign import quoted

if TYPE_CHECKING:
    from scenarios.lab import Lab
    from scenarios.recordings import Happened, Recorded

SHOWN_PEOPLE = 12
SHOWN_ENTRIES = 10
LISTED = 10


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(0), help="The last entry that has happened; all of them when left out.")
@click.option("--run", "number", default=1, show_default=True, help="Which run of the recording.")
@click.option("--last", type=click.IntRange(0), help="How many entries to show. Default 10; all of them with --json.")
@click.option("--user", help="Show this user only: memberships, traits, and what was told when.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with every entry and profile.")
def command(*, file: Path, until: int | None, number: int, last: int | None, user: str | None, as_json: bool) -> int:
    """Show any moment of a run recorded with `cohortlab run --record FILE`.

    Entries count from 1. With --until N the lab is shown as it was after entry N: who was a member, what every
    profile was, what had become of every event.
    """
    from scenarios.recordings import Recording

    refuse_others(file, "a recording of runs", "recording")
    recording = Recording(file)
    try:
        run = chosen_run(recording.runs(), number)
        end = min(run.entries if until is None else until, run.entries)
        happened = list(recording.entries(run.run, end))
        lab = recording.lab(run, end)
        try:
            told = _told(run, happened, lab, user)
            rows = [_row(each) for each in happened] if user is None else list(_rows_of(user, happened, lab))
        finally:
            lab.close()
    finally:
        recording.close()
    most = last if last is not None else len(rows) if as_json else SHOWN_ENTRIES
    told["entries"] = rows[max(len(rows) - most, 0) :]
    if as_json:
        say_json(told)
    else:
        _show(told)
    return 0


def chosen_run(runs: list[Recorded], number: int) -> Recorded:
    """Return the run with this number, or refuse with a list of those that a recording has."""
    for run in runs:
        if run.run == number:
            return run
    listed = "; ".join(f"{run.run}: {run.title}" for run in runs[:LISTED]) or "none"
    more = f"; and {len(runs) - LISTED} more" if len(runs) > LISTED else ""
    raise click.UsageError(f"There is no run {number} in this recording. It has {listed}{more}.")


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
        "profiles": {each: lab.segment.profile(each).traits for each in (profiles if user is None else [user])},
        "people": len(profiles),
    }


def _row(each: Happened) -> dict[str, Any]:
    from mock_core.clock import iso
    from scenarios.recordings import summary

    return {
        "place": each.place,
        "step": each.step,
        "at": iso(each.entry.at),
        "fake": each.fake,
        "kind": each.entry.kind,
        "summary": summary(each),
    }


def _rows_of(user: str, happened: list[Happened], lab: Lab) -> Iterator[dict[str, Any]]:
    """Yield the entries that name or move a user; with an upload what it says of the user, with a move where to."""
    from scenarios.bench import attempts

    sent = {
        attempt.entry: [event.get("traits") for event in attempt.events if event.get("userId") == user]
        for attempt in attempts(lab.segment)
    }
    cohorts: set[str] = set()
    was: set[str] = set()
    for each in happened:
        entry, op = each.entry, str(each.entry.data.get("op", ""))
        row, words = _row(each), ""
        if told := sent.get(entry.seq, []) if each.fake == "segment" else []:
            row["told"] = told
            words = ", told " + ", ".join(json.dumps(traits, ensure_ascii=False) for traits in told)
        if each.fake == "amplitude" and op.startswith(("cohort.", "person.")):
            cohorts |= {entry.data["cohort"]["id"]} if op == "cohort.create" else set()
            now = {cohort for cohort in cohorts if _is_member(lab, cohort, user, entry.seq)}
            words = "".join(f", entered {cohort}" for cohort in sorted(now - was))
            words += "".join(f", left {cohort}" for cohort in sorted(was - now))
            was = now
        if words or (entry.kind == "control" and _names(entry.data, user)):
            yield {**row, "summary": row["summary"] + words}


def _is_member(lab: Lab, cohort_id: str, user: str, entry: int) -> bool:
    from mock_core.errors import LabError

    try:
        return any(member.user_id == user for member in lab.amplitude.membership(cohort_id, entry=entry))
    except LabError:  # deleted by then
        return False


def _names(data: object, user: str) -> bool:
    if isinstance(data, dict):
        return any(_names(each, user) for each in data.values())
    if isinstance(data, (list, tuple)):
        return any(_names(each, user) for each in data)
    return data == user


def _show(told: dict[str, Any]) -> None:
    from cohortlab.terminal import Terminal

    console = Terminal()
    console.say(
        (told["scenario"], "bold"), (f" (run {told['run']}, {'passed' if told['passed'] else 'failed'})", "dim")
    )
    console.say(f"after entry {told['until']} of {told['of']}, {told['at']}, step {told['step']}: {told['words']}")
    console.say()
    for row in told["entries"]:
        when = f"{row['place']:>5}  {row['at'][11:23]}  step {row['step']:<3}"
        console.say((when, "dim"), f" {row['fake']:<9} {row['summary']}")
    console.say()
    numbers = ("members", "anonymous", "told true", "told false")
    of_user = [name for name in ("is_member",) if any(name in each for each in told["cohorts"])]
    rows = [
        [
            f"{each['name']} ({each['id']})",
            *(str(each[name.replace(" ", "_")]) for name in numbers),
            *("yes" if each[name] else "no" for name in of_user),
        ]
        for each in told["cohorts"]
    ]
    heads = ["cohort", *numbers, *("is a member" for _ in of_user)]
    console.table(heads, rows, title="Memberships and traits", numbers=numbers)
    verdicts = ", ".join(f"{events:,} {word}" for word, events in told["verdicts"].items()) or "none yet"
    console.say(f"Events: {verdicts}")
    if told["profiles"]:
        console.say()
        people = list(told["profiles"].items())[:SHOWN_PEOPLE]
        rows = [[quoted(user), json.dumps(traits, ensure_ascii=False)] for user, traits in people]
        console.table(("user", "traits"), rows, title=f"Profiles ({told['people']:,})", columns=None)
