"""People: a user's profile, which call set each trait, and the way a trait went from the cohort to the profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from console.desk import Desk, console, desk
from console.live import Filters, end_of, look_back
from mock_segment.delivery import PLACES
from scenarios.recordings import trace, wrong_at

blueprint = Blueprint("people", __name__, url_prefix="/people")
_MOST_FOUND = 100
_MOST_TOLD = 100  # values of one trait that are shown
_TRACED_AT_ONCE = 20_000  # entries of journals up to which a trace is drawn unasked


@dataclass(slots=True)
class Trait:
    """A trait of a user: what it is, and every value it was told with, the newest first."""

    name: str
    is_set: bool = False
    value: Any = None
    told: list[Told] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A value that was told: when it was delivered (milliseconds), by which event."""

    at: int
    value: Any
    position: int
    call: int


@blueprint.get("")
def page() -> str | Answer:
    """Find people: by user id, among members of cohorts and in the newest calls."""
    if "user" in request.args:
        return person(request.args["user"])
    here, wanted = desk(), request.args.get("search", "").strip()
    found = list(dict.fromkeys(islice(_found(here, wanted), _MOST_FOUND)))
    if wanted and found == [wanted]:
        return redirect(url_for("people.page", user=wanted))
    return render_template("people.html", search=wanted, people=found)


def _found(here: Desk, wanted: str) -> Iterator[str]:
    """Yield user ids that fit: in the newest calls, then among the members of cohorts."""
    filters = Filters(fake="segment", text=wanted)
    for row in look_back(here, filters, end_of(here, console().name), most=200).rows:
        yield from (line.user for line in row.events if line.user and wanted.lower() in line.user.lower())
    for cohort in here.amplitude.cohorts():
        for _, user in islice(here.amplitude.membership(cohort.id).rows(), 20_000 if wanted else _MOST_FOUND):
            if user and wanted.lower() in user.lower():
                yield user


def person(user: str) -> str:
    """Show a user: profile, memberships, each trait's history, and the way of a cohort's trait."""
    here = desk()
    directory = here.amplitude.world.cohorts.directory
    amplitude_id = directory.amplitude_id(user)
    cohorts = here.amplitude.cohorts()
    with here.amplitude.workspace.lock:  # or somebody else might be at work on what is looked at here
        world = here.amplitude.world.cohorts
        memberships = [each for each in cohorts if amplitude_id is not None and amplitude_id in world.current(each.id)]
    entries = here.amplitude.workspace.journal.last + here.segment.workspace.journal.last
    return render_template(
        "person.html",
        user=user,
        amplitude_id=amplitude_id,
        properties=directory.properties_of(amplitude_id) if amplitude_id is not None else {},
        profile=here.segment.profile(user),
        traits=list(_traits(here, user).values()),
        memberships=memberships,
        cohorts=cohorts,
        is_traced=entries <= _TRACED_AT_ONCE,
    )


@blueprint.get("/trace")
def traced() -> str:
    """Return the way of a trait, from the membership change to the value, with the step at which it went wrong."""
    here, user, trait = desk(), request.args.get("user", ""), request.args.get("trait", "")
    marks = trace(here.amplitude, here.segment, user, trait)
    return render_template("_trace.html", marks=marks, wrong=wrong_at(marks), user=user, trait=trait)


def _traits(here: Desk, user: str) -> dict[str, Trait]:
    """Return the traits a user was told of, with the events that told them."""
    profile = here.segment.profile(user)
    traits = {name: Trait(name, True, value) for name, value in profile.traits.items()}
    for event in here.segment.delivered(user_id=user):
        told = event.raw.get("traits")
        if event.raw.get("type") != "identify" or not isinstance(told, dict):
            continue
        at = event.delivered_at or event.capture.at
        for name, value in told.items():
            trait = traits.setdefault(name, Trait(name))
            trait.told.insert(0, Told(at, value, event.position, event.position // PLACES))
            if len(trait.told) > _MOST_TOLD:
                trait.told.pop()
                trait.more += 1
    return traits
