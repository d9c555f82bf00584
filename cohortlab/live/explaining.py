"""`cohortlab explain`: why somebody is in a cohort of a lab that runs, or not."""

from __future__ import annotations

from typing import Any

import click

from cohortlab.live.lab import AMPLITUDE, RunningLab, in_a_lab
from cohortlab.live.one_cohort import found
from cohortlab.saying import say, say_json

_SHOWN = 5


@click.command("explain")
@click.argument("cohort")
@click.argument("user")
@click.option("--at", metavar="TIME", help="When: ISO 8601 with a zone; now unless given.")
@in_a_lab(AMPLITUDE)
def explain(*, lab: RunningLab, cohort: str, user: str, at: str | None) -> None:
    """Say why USER is in COHORT, or is not: each clause, what met it or came nearest, since when, and until when.

    COHORT has a definition; USER is a user id or an Amplitude id.
    """
    amplitude = lab.amplitude
    told = amplitude.explain(found(amplitude, cohort), user, at=at)
    if lab.as_json:
        say_json(told)
        return
    for line in in_lines(told):
        say(line)


def in_lines(told: dict[str, Any]) -> list[str]:
    """Say an explanation."""
    state = "is a member" if told["is_member"] else "is no member"
    since = f" since {told['since']}" if told["since"] else ""
    change = "leaves" if told["is_member"] else "enters"
    ahead = f"{change} at {told['until']} unless something comes" if told["until"] else "and stays so if nothing comes"
    lines = [f"{told['user']} {state} of {told['cohort_id']} at {told['at']}{since}; {ahead}."]
    if not told["clauses"]:
        why = "; ".join(each["words"] for each in told["not_computed"]) or "it has no definition of its own"
        return [f"{told['user']} {state} of {told['cohort_id']} at {told['at']}, by hand: {why}."]
    for clause in told["clauses"]:
        mark = "yes" if clause["holds"] else "no "
        excluded = "excluded: " if clause["negated"] else ""
        lines.append(f"  {mark}  {excluded}{clause['words']}{_found(clause)}")
        if clause["since"]:
            lines.append(f"         so since {clause['since']}")
        if clause["until"]:
            lines.append(
                f"         {'no longer' if clause['holds'] else 'holds'} from {clause['until']} if nothing comes"
            )
        met = clause["met"] if clause["holds"] else []
        lines += [f"         {event['at']}  {event['name']}" for event in met[-_SHOWN:]]
        if len(met) > _SHOWN:
            lines.append(f"         and {len(met) - _SHOWN} before")
        lines += [f"         {event['at']}  {event['name']}: {event['why']}" for event in clause["near"]]
    return lines


def _found(clause: dict[str, Any]) -> str:
    return "" if clause["found"] is None else f"  [found {clause['found']:g}]"
