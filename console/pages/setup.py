"""Setting a sync up along both vendors' documentation, with the words that stand on their pages."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from console.desk import desk
from console.doing import done
from console.setup import new_write_key, way
from mock_core.errors import BadControl, LabError
from scenarios.portal import CADENCES, MANAGE_DESTINATIONS, MANAGE_SYNCS, ROLES, may, portal_of

blueprint = Blueprint("setup", __name__, url_prefix="/setup")


@blueprint.get("/")
def page() -> str:
    """Show the way from nothing to a cohort that arrives, and how far one has come."""
    here = desk()
    return render_template("setup/way.html", parts=way(here.amplitude, here.segment))


@blueprint.get("/sources")
def sources() -> str:
    """Show the sources of Segment, with their write keys to copy."""
    return render_template("setup/sources.html", sources=desk().segment.sources())


@blueprint.post("/sources")
def add_source() -> Response:
    """Add a source and show its write key."""
    name = request.form.get("name", "").strip()
    if not name:
        raise BadControl("A source wants a name.")
    here = desk()
    here.segment.put_source(new_write_key(here.segment), name=name)
    return done(f"The source {name} was added. Copy its write key.", url_for("setup.sources"))


@blueprint.get("/catalog")
def catalog() -> str:
    """Show the Destinations tab of Amplitude's catalog."""
    return render_template("setup/catalog.html", keys=len(portal_of(desk().amplitude).targets()))


@blueprint.get("/catalog/segment")
def keys() -> str:
    """Show the write keys that Amplitude keeps for Segment, and where another is added."""
    portal = portal_of(desk().amplitude)
    known = {each.write_key: each.name for each in desk().segment.sources()}
    using = {name: [each for each in portal.syncs() if each.target == name] for name in portal.targets()}
    return render_template(
        "setup/keys.html", targets=portal.targets(), known=known, using=using, may_edit=_may(MANAGE_DESTINATIONS)
    )


@blueprint.post("/catalog/segment")
def save_key() -> Response:
    """Keep a write key under a name: an API target from now on."""
    name, write_key = request.form.get("name", "").strip(), request.form.get("write_key", "").strip()
    if not write_key:
        raise BadControl("Paste the write key that you copied from Segment.")
    if not name or ":" in name:
        raise BadControl("A key wants a name, by which syncs find it; a colon cannot be part of it.")
    portal_of(desk().amplitude).put_target(name, write_key)
    return done(f"{name} is an API target now: cohorts can be synced to it.", url_for("setup.keys"))


@blueprint.post("/catalog/segment/remove")
def remove_key() -> Response:
    """Forget a key that no sync uses."""
    name = request.form.get("name", "")
    portal_of(desk().amplitude).remove_target(name)
    return done(f"{name} is no API target any more.", url_for("setup.keys"))


@blueprint.get("/cohorts/<cohort_id>/sync")
def sync(cohort_id: str) -> str:
    """Ask where a cohort is synced to, and how often."""
    here = desk()
    portal = portal_of(here.amplitude)
    standing = [each for each in portal.syncs() if each.cohort_id == cohort_id]
    chosen = next((each for each in standing if each.target == request.args.get("target")), None)
    return render_template(
        "setup/sync.html",
        cohort=here.amplitude.cohort(cohort_id),
        members=len(here.amplitude.membership(cohort_id)),
        targets=portal.targets(),
        cadences=CADENCES,
        chosen=chosen,
        standing=standing,
        may_edit=_may(MANAGE_SYNCS),
    )


@blueprint.post("/cohorts/<cohort_id>/sync")
def save_sync(cohort_id: str) -> Response:
    """Save a sync: it runs at once, and then at its cadence."""
    target = request.form.get("target", "")
    if not target:
        raise BadControl("Choose an API target. If there is none, add a key first: Catalog, Destinations, Segment.")
    portal = portal_of(desk().amplitude)
    before = next((each for each in portal.syncs() if (each.cohort_id, each.target) == (cohort_id, target)), None)
    saved = portal.save(
        cohort_id, target, request.form.get("cadence", "once"), before.settings if before is not None else None
    )
    portal.step()
    return done("The sync was saved. Its first run begins at once.", url_for("syncs.one", label=saved.label))


@blueprint.post("/role")
def act_as() -> Response:
    """Play another role from now on."""
    role = portal_of(desk().amplitude).act_as(request.form.get("role", ""))
    back = request.form.get("next", "")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return done(f"You act as {role.capitalize()} now.", back if is_ours else url_for("setup.page"))


@blueprint.app_context_processor
def who() -> dict[str, object]:
    """Return the role that people play, for the frame of pages on which it matters."""
    if request.blueprint not in {"setup", "syncs"}:
        return {}
    try:
        return {"role": portal_of(desk().amplitude).role, "roles": list(ROLES)}
    except LabError:
        return {}


def _may(permission: str) -> bool:
    return may(portal_of(desk().amplitude).role, permission)
