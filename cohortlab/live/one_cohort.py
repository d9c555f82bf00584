"""A cohort of a running lab: found by its id or its name, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohortlab.live.lab import RunningLab
from cohortlab.live.tables import say_table
from cohortlab.saying import say, say_json
from contracts.nearest import nearest
from mock_core.errors import BadControl, NotFound

if TYPE_CHECKING:
    from mock_amplitude import AmplitudeClient

NO_TRAIT_KEY = "none: no trait can be named after it"


def found(amplitude: AmplitudeClient, word: str) -> str:
    """Return the id of the cohort that has this id, or as the only one this name; raise `NotFound`, `BadControl`."""
    cohorts = amplitude.cohorts()
    if any(cohort["id"] == word for cohort in cohorts):
        return word
    called = [str(cohort["id"]) for cohort in cohorts if cohort["name"] == word]
    if len(called) > 1:
        raise BadControl(f"{len(called)} cohorts are called {word!r}. Name one by its id: {', '.join(called)}.")
    if not called:
        names = {str(cohort[key]) for cohort in cohorts for key in ("id", "name")}
        raise NotFound(f"There is no cohort {word!r}: {nearest(word, names)} cohortlab cohort create makes one.")
    return called[0]


def show(lab: RunningLab, cohort: dict[str, Any], did: str, **more: Any) -> None:
    """Say what was done to a cohort and how it is now."""
    if lab.as_json:
        say_json({**cohort, **more})
        return
    members = cohort["members"]
    state = f"{members:,} member{'' if members == 1 else 's'}{', archived' if cohort['archived'] else ''}"
    say(f"{cohort['name']} ({cohort['id']}): {did}{'; ' if did else ''}{state}.")
    say(f"  trait key  {cohort['trait_key'] or NO_TRAIT_KEY}")
    say(f"  export COHORT_ID={cohort['id']}")
    listed = more.get("user_ids", [])
    for user_id in listed:
        say(f"  {'(anonymous)' if user_id is None else user_id}")


def show_all(lab: RunningLab, cohorts: list[dict[str, Any]]) -> None:
    """List cohorts."""
    if lab.as_json:
        say_json(cohorts)
        return
    say_table(
        ("id", "trait key", "members", ""),
        (
            [each["id"], each["trait_key"] or NO_TRAIT_KEY, each["members"], "archived" if each["archived"] else ""]
            for each in cohorts
        ),
        nothing="No cohorts. Make one with `cohortlab cohort create NAME USER...`.",
    )
