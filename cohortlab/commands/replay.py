"""`cohortlab replay`: the lab as it was at any moment of a recorded run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.forms import refuse_others
from cohortlab.saying import say_json
from contracts.foreign import quoted

if TYPE_CHECKING:
    from scenarios.lab import Lab
    from scenarios.recordings import Happened, Recorded, Recording

SHOWN_PEOPLE = 12
SHOWN_ENTRIES = 10
LISTED = 10


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(0), help="The last entry that has happened; all of them when left out.")
@click.option("--step", type=click.IntRange(0), help="The same: after this step of the scenario, 0 being the start.")
@click.option("--at", "moment", metavar="TIME", help="The same: at this time of the lab, as 2026-01-05T10:00:00Z.")
@click.option("--diff", nargs=2, type=click.IntRange(0), metavar="A B", help="What changed after entry A up to B.")
@click.option("--run", "number", default=1, show_default=True, help="Which run of the recording.")
@click.option("--last", type=click.IntRange(0), help="How many entries to show. Default 10; all of them with --json.")
@click.option("--limit", type=click.IntRange(0), help="How many profiles to show. Default 12; all of them with --json.")
@click.option("--user", help="Show this user only: memberships, traits, and what was told when.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with every entry and profile.")
@click.option("--open", "is_opened", is_flag=True, help="Open the run in the browser, until interrupted.")
@click.option(
    "--console-port", type=click.IntRange(0, 65_535), default=0, metavar="PORT", help="With --open: where it is served."
)
def command(
    *,
    file: Path,
    until: int | None,
    step: int | None,
    moment: str | None,
    diff: tuple[int, int] | None,
    number: int,
    last: int | None,
    limit: int | None,
    user: str | None,
    as_json: bool,
    is_opened: bool,
    console_port: int,
) -> int:
    """Show any moment of a run recorded with `cohortlab run --record FILE`.

    Entries count from 1. With --until N the lab is shown as it was after entry N: who was a member, what every
    profile was, what had become of every event. With --open the console shows the run, with a slider over its entries.
    """
    from scenarios.recordings import Recording

    if sum(each is not None for each in (until, step, moment, diff)) > 1:
        raise click.UsageError("--until, --step, --at and --diff each name a moment; give one of them.")
    refuse_others(file, "a recording of runs", "recording")
    recording = Recording(file)
    try:
        run = chosen_run(recording.runs(), number)
        if is_opened:
            from cohortlab.serving import show_past

            show_past(file, run, console_port)
            return 0
        every = list(recording.entries(run.run, run.entries))
        if user is not None:
            _must_be_known(user, recording, run)
        most = limit if limit is not None else None if as_json else SHOWN_PEOPLE
        if diff is not None:
            changed = _changed(recording, run, (_place(run, diff[0], "--diff"), _place(run, diff[1], "--diff")), user)
            _show_changed(changed, as_json=as_json, most=most)
            return 0
        end = _end(run, every, until, step, moment)
        happened = every[:end]
        lab = recording.lab(run, end)
        try:
            told = _told(run, happened, lab, user, most)
            rows = [_row(each) for each in happened] if user is None else list(_rows_of(user, happened, lab))
        finally:
            lab.close()
    finally:
        recording.close()
    shown = last if last is not None else len(rows) if as_json else SHOWN_ENTRIES
    told["entries"] = rows[max(len(rows) - shown, 0) :]
    if as_json:
        say_json(told)
    else:
        _show(told)
    return 0


def _place(run: Recorded, place: int, option: str) -> int:
    """Return a place of a run; refuse one beyond its end."""
    if place > run.entries:
        raise click.UsageError(f"{option} {place} is beyond the end: run {run.run} has {run.entries} entries.")
    return place


def _end(run: Recorded, every: list[Happened], until: int | None, step: int | None, moment: str | None) -> int:
    """Return the place of the last entry that has happened."""
    if until is not None:
        return _place(run, until, "--until")
    if step is not None:
        known = sorted({each.step for each in every})
        if every and step > known[-1]:
            raise click.UsageError(f"--step {step} is beyond the end: the last step with entries is {known[-1]}.")
        return sum(each.step <= step for each in every)
    if moment is not None:
        try:
            at = datetime.fromisoformat(moment)
        except ValueError as error:
            raise click.UsageError(f"--at takes a time such as 2026-01-05T10:00:00Z, not {moment!r}.") from error
        limit = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000
        return sum(1 for _ in takewhile(lambda each: each.entry.at <= limit, every))
    return run.entries


def _must_be_known(user: str, recording: Recording, run: Recorded) -> None:
    """Refuse a user whom the run never heard of: the name is misspelt."""
    from scenarios.bench import attempts
    from scenarios.files import nearest

    with closing(recording.lab(run, run.entries)) as lab:
        known = {str(event["userId"]) for each in attempts(lab.segment) for event in each.events if event.get("userId")}
        for job in lab.amplitude.jobs():
            known |= {member.user_id for member in lab.amplitude.export_of(job).members if member.user_id}
        for cohort in lab.amplitude.cohorts():
            known |= {member.user_id for member in lab.amplitude.membership(cohort.id) if member.user_id}
    for each in recording.entries(run.run, run.entries):
        known |= {str(name) for name in each.entry.data.get("members") or () if isinstance(name, str)}
    if user not in known:
        raise click.UsageError(f"There is no user {user!r} in run {run.run}; {nearest(user, known)}")


def _changed(recording: Recording, run: Recorded, places: tuple[int, int], user: str | None) -> dict[str, Any]:
    """Return what two moments of a run differ in: counts of cohorts, events by verdict, and traits by user."""
    moments = []
    for place in places:
        with closing(recording.lab(run, place)) as lab:
            moments.append(_told(run, list(recording.entries(run.run, place)), lab, user, None))
    before, after = moments
    were = {each["id"]: each for each in before["cohorts"]}
    cohorts = [
        {
            "id": each["id"],
            **{name: [were.get(each["id"], {}).get(name), now] for name, now in each.items() if name != "id"},
        }
        for each in after["cohorts"]
        if were.get(each["id"]) != each
    ]
    people = {
        each: [before["profiles"].get(each, {}), after["profiles"].get(each, {})]
        for each in {**before["profiles"], **after["profiles"]}
        if before["profiles"].get(each, {}) != after["profiles"].get(each, {})
    }
    verdicts = {
        word: [before["verdicts"].get(word, 0), after["verdicts"].get(word, 0)]
        for word in {**before["verdicts"], **after["verdicts"]}
        if before["verdicts"].get(word, 0) != after["verdicts"].get(word, 0)
    }
    return {
        "scenario": run.title,
        "run": run.run,
        "from": places[0],
        "to": places[1],
        "cohorts": cohorts,
        "verdicts": verdicts,
        "profiles": people,
    }


def _show_changed(changed: dict[str, Any], *, as_json: bool, most: int | None) -> None:
    from cohortlab.terminal import Terminal

    if as_json:
        say_json(changed)
        return
    console = Terminal()
    console.say((changed["scenario"], "bold"), f" from entry {changed['from']} to {changed['to']}")
    for cohort in changed["cohorts"]:
        moved = [
            f"{name.replace('_', ' ')} {'none' if was is None else was} -> {now}"
            for name, (was, now) in ((name, pair) for name, pair in cohort.items() if name != "id")
            if was != now
        ]
        console.say(f"cohort {cohort['id']}: {', '.join(moved)}")
    for word, (was, now) in changed["verdicts"].items():
        console.say(f"events {word}: {was} -> {now}")
    people = list(changed["profiles"].items())
    for each, (was, now) in people[:most]:
        console.say(f"{quoted(each)}: {json.dumps(was, ensure_ascii=False)} -> {json.dumps(now, ensure_ascii=False)}")
    if most is not None and len(people) > most:
        console.say(f"and {len(people) - most} profiles more; --limit shows them")
    if not (changed["cohorts"] or changed["verdicts"] or people):
        console.say("nothing changed")


def chosen_run(runs: list[Recorded], number: int) -> Recorded:
    """Return the run with this number, or refuse with a list of those that a recording has."""
    for run in runs:
        if run.run == number:
            return run
    listed = "; ".join(f"{run.run}: {run.title}" for run in runs[:LISTED]) or "none"
    more = f"; and {len(runs) - LISTED} more" if len(runs) > LISTED else ""
    raise click.UsageError(f"There is no run {number} in this recording. It has {listed}{more}.")


def _told(run: Recorded, happened: list[Happened], lab: Lab, user: str | None, most: int | None) -> dict[str, Any]:
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
        "profiles": {
            each: lab.segment.profile(each).traits for each in (islice(profiles, most) if user is None else [user])
        },
        "people": len(profiles),
        "user": user,
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
    ever: set[str] = set()  # cohorts that the user was ever a member of
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
            renamed = entry.data.get("changes", {}).get("name") if op == "cohort.edit" else None
            if renamed is not None and entry.data["cohort_id"] in was | ever:
                words += f", called {quoted(renamed)} from here on"
            was, ever = now, ever | now
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
        rows = [[quoted(user), json.dumps(traits, ensure_ascii=False)] for user, traits in told["profiles"].items()]
        many = f"{len(rows):,} of {told['people']:,}" if len(rows) < told["people"] else f"{told['people']:,}"
        title = f"Profile of {rows[0][0]}" if told["user"] is not None else f"Profiles ({many})"
        console.table(("user", "traits"), rows, title=title, columns=None)
