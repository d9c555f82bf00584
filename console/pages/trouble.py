"""Clock and trouble: the lab's time, faults, settings, and beginning anew."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from console.desk import Desk, desk
from console.doing import done
from console.forms import as_word, fields_of, filled, setting_field
from console.live import FAKES
from console.words import counted, moment
from contracts.nearest import nearest
from mock_core.clock import LATEST
from mock_core.errors import BadControl
from mock_core.faults import Match
from mock_core.moments import iso_seconds
from mock_core.settings import described
from scenarios.portal import portal_of

blueprint = Blueprint("trouble", __name__, url_prefix="/trouble")
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_MATCH = "match."


@blueprint.get("")
def page() -> str:
    """Show the clock, what is due next, armed faults, a form for another, and the settings."""
    here = desk()
    due = {
        "Segment": here.segment.next_change(),
        "Amplitude": here.amplitude.next_change(),
    }
    return render_template(
        "trouble.html",
        due={name: at for name, at in due.items() if at is not None},
        units=_UNITS,
        armed=[(fake, each) for fake in FAKES for each in _state(here, fake).workspace.faults],
        kinds={fake: _kinds(here, fake) for fake in FAKES},
        settings={
            fake: [
                (each, setting_field(each), as_word(each["value"])) for each in described(_state(here, fake).settings)
            ]
            for fake in FAKES
        },
        **_chosen(here),
    )


@blueprint.get("/fault-fields")
def fault_fields() -> str:
    """Return the fields of the fault that was chosen."""
    return render_template("_fault_fields.html", **_chosen(desk()))


def _chosen(here: Desk) -> dict[str, Any]:
    fake, _, kind = request.args.get("fault", "segment/status").partition("/")
    if fake not in FAKES or kind not in _kinds(here, fake):
        raise BadControl(f"There is no fault {kind!r}: {nearest(kind, _kinds(here, 'segment'))}")
    made = _state(here, fake).workspace.kinds[kind]
    return {
        "chosen": f"{fake}/{kind}",
        "chosen_doc": (made.__doc__ or "").strip().split("\n\n")[0],
        "fields": fields_of(made),
        "match_fields": fields_of(Match),
    }


def _kinds(here: Desk, fake: str) -> dict[str, str]:
    """Return the faults of a fake by name, each with its first line."""
    kinds = _state(here, fake).workspace.kinds
    return {name: (kind.__doc__ or "").strip().splitlines()[0] for name, kind in kinds.items()}


def _state(here: Desk, fake: str) -> Any:
    return here.amplitude if fake == "amplitude" else here.segment


@blueprint.post("/clock")
def clock() -> Answer:
    """Freeze, release or move the lab's clock, and say what that set off."""
    here, form = desk(), request.form
    clock, began = here.clock, _standing(here)
    match form.get("do", ""):
        case "freeze":
            at = form.get("at", "").strip()
            clock.freeze(iso_seconds(at, "a time such as 2026-01-05T10:00:00Z") if at else None)
        case "run":
            clock.run()
        case "follow":
            clock.follow_system()
        case "advance":
            seconds = _seconds(form.get("by", ""), form.get("unit", "seconds"), clock.now())
            portal_of(here.amplitude).advance(seconds)  # what is due on the way runs when it is due
        case other:
            raise BadControl(f"The clock cannot do {other!r}: freeze, run, follow or advance.")
    stands = "stands at" if clock.is_frozen else "shows"
    return done(f"The lab's clock {stands} {moment(clock.now() * 1000)} UTC. {_set_off(here, began)}", _home())


def _seconds(said: str, unit: str, now: float) -> float:
    try:
        seconds = float(said) * _UNITS[unit]
    except (ValueError, KeyError) as error:
        raise BadControl(f"The clock cannot go {said[:40]!r} {unit[:40]!r} forward, expected a number.") from error
    if not 0 <= seconds <= LATEST - now:
        raise BadControl(f"The clock cannot go {said} {unit} forward: from 0 up to the year 9999.")
    return seconds


def _standing(here: Desk) -> dict[str, int]:
    """Return what the lab has counted so far: calls and changes of each fake, events by what became of them."""
    standing = {fake: _state(here, fake).workspace.journal.last for fake in FAKES}
    for (_, _, verdict, _), events in here.segment.tally().items():
        standing[verdict] = standing.get(verdict, 0) + events
    return standing


def _set_off(here: Desk, began: dict[str, int]) -> str:
    """Say what came of a move of the clock, which is an entry of both journals itself."""
    here.segment.workspace.settle()
    here.amplitude.workspace.settle()
    now = _standing(here)
    more = {name: now[name] - began.get(name, 0) for name in now}
    calls = {fake: max(0, more.pop(fake) - 1) for fake in FAKES}
    events = [f"{number:,} {verdict}" for verdict, number in more.items() if number]
    if not any(calls.values()) and not events:
        return "That set nothing off."
    said = " and ".join(
        f"{counted(number, 'entry', 'entries')} at {fake.capitalize()}" for fake, number in calls.items() if number
    )
    became = f": {', '.join(events)}" if events else ""
    return f"That set off {said or 'what was held back'}{became}."


@blueprint.post("/faults")
def arm() -> Answer:
    """Arm a fault from the form that its table made."""
    here, form = desk(), request.form
    fake, _, kind = form.get("fault", "").partition("/")
    if fake not in FAKES or kind not in _kinds(here, fake):
        raise BadControl(f"There is no fault {kind!r}: {nearest(kind, _kinds(here, 'segment'))}")
    workspace = _state(here, fake).workspace
    match = filled(fields_of(Match), form, _MATCH)
    if form.get("until_lifted") == "yes":
        match["times"] = None
    armed = workspace.arm({"fault": kind, **filled(fields_of(workspace.kinds[kind]), form), "match": match})
    return done(f"{fake.capitalize()} has trouble from now on: {kind} ({armed.id}).", _home("faults"))


@blueprint.post("/faults/lift")
def lift() -> Answer:
    """Lift one fault, or all of them."""
    here, fake, fault_id = desk(), request.form.get("fake", ""), request.form.get("id") or None
    fakes = [fake] if fake in FAKES else FAKES
    lifted = sum(_state(here, each).workspace.lift(fault_id) for each in fakes)
    return done(f"{counted(lifted, 'fault')} lifted.", _home("faults"))


@blueprint.post("/settings")
def set_setting() -> Answer:
    """Change one setting of a fake."""
    here, fake, name = desk(), request.form.get("fake", ""), request.form.get("name", "")
    if fake not in FAKES:
        raise BadControl("Say of which fake the setting is.")
    state = _state(here, fake)
    known = {each["name"]: each for each in described(state.settings)}
    if name not in known:
        raise BadControl(f"There is no setting {name!r}: {nearest(name, known)}")
    value = setting_field(known[name]).read(request.form.get("value", ""))
    state.configure(**{name: next((each for each in known[name]["choices"] if as_word(each) == as_word(value)), value)})
    return done(f"{name} is {as_word(value)} from now on.", _home("settings"))


@blueprint.post("/reset")
def reset() -> Answer:
    """Forget what was captured, or everything."""
    here, captures_only = desk(), request.form.get("what") != "everything"
    for fake in FAKES:
        _state(here, fake).workspace.reset(captures_only=captures_only)
    told = "What was captured is forgotten." if captures_only else "Everything is forgotten: the lab begins anew."
    return done(told, _home("reset"))


def _home(place: str | None = None) -> str:
    return url_for("trouble.page", _anchor=place)
