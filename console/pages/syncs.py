"""The syncs that stand: when each runs next, how its runs ended, and what may be done to it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from console.desk import Desk, desk
from console.doing import done
from contracts.errors import BadTraitKey
from contracts.trait_key import trait_key_format
from mock_amplitude.cohorts import Cohort
from mock_core.errors import NotFound
from scenarios.portal import CADENCES, MANAGE_SYNCS, Standing, may, portal_of

blueprint = Blueprint("syncs", __name__, url_prefix="/syncs")
WAITED = 2.0  # seconds that a page waits for a run that somebody began
MOST_RUNS = 200  # of one sync on its page
_TRAIT_KEY = trait_key_format("amplitude")


@blueprint.get("/")
def page() -> str:
    """Show every sync that stands."""
    here = desk()
    portal = portal_of(here.amplitude)
    return render_template(
        "syncs/page.html", rows=[_row(here, each) for each in portal.syncs()], may_edit=may(portal.role, MANAGE_SYNCS)
    )


@blueprint.get("/<path:label>")
def one(label: str) -> str:
    """Show one sync with its history."""
    here = desk()
    portal = portal_of(here.amplitude)
    runs = portal.runs(label)
    return render_template(
        "syncs/one.html",
        row=_row(here, portal.sync(label)),
        runs=runs[:MOST_RUNS],
        more=max(0, len(runs) - MOST_RUNS),
        may_edit=may(portal.role, MANAGE_SYNCS),
    )


@blueprint.get("/<path:label>/state")
def state(label: str) -> str:
    """Show how one sync stands, for a page that looks again by itself."""
    here = desk()
    portal = portal_of(here.amplitude)
    runs = portal.runs(label)
    return render_template(
        "syncs/_state.html",
        row=_row(here, portal.sync(label)),
        runs=runs[:MOST_RUNS],
        more=max(0, len(runs) - MOST_RUNS),
    )


@blueprint.post("/<path:label>/run")
def run(label: str) -> Response:
    """Run a sync now; say how it ended, where it has."""
    ended = portal_of(desk().amplitude).run(label, everybody="everybody" in request.form, seconds=WAITED)
    words = {"running": "The run has begun.", "succeeded": "The run succeeded."}
    said = words.get(ended["status"], f"The run {ended['status']}: {ended['message']}")
    return done(said, url_for("syncs.one", label=label))


@blueprint.post("/<path:label>/pause")
def pause(label: str) -> Response:
    """Schedule a sync no more."""
    portal_of(desk().amplitude).pause(label)
    return done("The sync is paused.", url_for("syncs.one", label=label))


@blueprint.post("/<path:label>/resume")
def resume(label: str) -> Response:
    """Schedule a paused or disabled sync again."""
    portal_of(desk().amplitude).resume(label)
    return done("The sync is scheduled again.", url_for("syncs.one", label=label))


@blueprint.post("/<path:label>/remove")
def remove(label: str) -> Response:
    """Forget a sync; what it wrote at Segment stays."""
    portal_of(desk().amplitude).remove(label)
    return done(
        "The sync was removed. Segment keeps the traits that it wrote: nothing sets them to false.",
        url_for("syncs.page"),
    )


def _row(here: Desk, standing: Standing) -> dict[str, Any]:
    """Return what is shown of a sync."""
    portal = portal_of(here.amplitude)
    try:
        cohort = here.amplitude.cohort(standing.cohort_id)
    except NotFound:
        cohort = None
    runs = portal.runs(standing.label)
    due = portal.next_due(standing.label)
    return {
        "standing": standing,
        "cadence": CADENCES[standing.cadence],
        "cohort": cohort,
        "trait": _trait(cohort),
        "is_running": portal.is_running(standing.label),
        "due": None if due is None else due * 1000,
        "is_due": due is not None and due <= here.clock.now(),
        "last": runs[0] if runs else None,
        "runs": len(runs),
    }


def _trait(cohort: Cohort | None) -> str | None:
    """Return the trait that a cohort is told as, where its name makes one."""
    if cohort is None:
        return None
    with suppress(BadTraitKey):
        return _TRAIT_KEY.format(cohort.name, cohort.id)
    return None
