"""Cohorts: who is in them, who came and went, and what one may do to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from console.desk import Desk, desk
from console.doing import done
from contracts.foreign import quoted
from mock_core.errors import BadControl
from mock_core.journal import Entry

blueprint = Blueprint("cohorts", __name__, url_prefix="/cohorts")
PAGE = 100
_MOST_LOOKED_AT = 500_000  # members that a search goes through
_MOST_CHANGES = 100
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to a cohort: when, in words, in which entry of the Amplitude journal."""

    at: int
    entry: int
    words: str


@blueprint.get("")
def page() -> str:
    """List the cohorts, archived ones too."""
    here, wanted = desk(), request.args.get("search", "").strip()
    sizes = here.amplitude.world.cohorts
    found = [
        (cohort, sizes.size(cohort.id))
        for cohort in here.amplitude.cohorts()
        if wanted.lower() in f"{cohort.name} {cohort.id}".lower()
    ]
    return render_template("cohorts.html", cohorts=found, search=wanted, deleted=request.args.get("deleted"))


@blueprint.post("")
def create() -> Answer:
    """Create a cohort: with these members, with so many people made up, or with the rows of an export."""
    here, name = desk(), request.form.get("name", "").strip()
    if not name:
        raise BadControl("A cohort needs a name.")
    made = here.amplitude.create_cohort(name, members=_people(request.form.get("members", "")))
    count = request.form.get("people", "").strip()
    if count:
        if not count.isdecimal() or len(count) > 8:
            raise BadControl(f"people is {count!r}, expected a whole number.")
        here.amplitude.populate(made.id, int(count))
    return done(f"Cohort {quoted(name)} has the id {made.id}.", url_for("cohorts.cohort", cohort_id=made.id))


@blueprint.get("/<cohort_id>")
def cohort(cohort_id: str) -> str:
    """Show a cohort: its members page by page, and what was done to it."""
    here = desk()
    return render_template(
        "cohort.html",
        cohort=here.amplitude.cohort(cohort_id),
        size=here.amplitude.world.cohorts.size(cohort_id),
        changes=list(islice(_changes(here, cohort_id), _MOST_CHANGES)),
        **_members(here, cohort_id),
    )


@blueprint.get("/<cohort_id>/members")
def members(cohort_id: str) -> str:
    """Return one page of the members."""
    here = desk()
    return render_template("_members.html", cohort=here.amplitude.cohort(cohort_id), **_members(here, cohort_id))


def _members(here: Desk, cohort_id: str) -> dict[str, Any]:
    wanted, asked = request.args.get("search", "").strip(), request.args.get("page", "1")
    number = int(asked) if asked.isdecimal() and 0 < int(asked[:9]) < 1_000_000 else 1
    people: Iterator[tuple[int, str | None]] = islice(here.amplitude.membership(cohort_id).rows(), _MOST_LOOKED_AT)
    if not wanted:
        people = here.amplitude.membership(cohort_id).rows()
    else:
        people = (each for each in people if wanted.lower() in f"{each[1] or ''} {each[0]}".lower())
    found = list(islice(people, (number - 1) * PAGE, number * PAGE + 1))
    return {"members": found[:PAGE], "number": number, "has_more": len(found) > PAGE, "search": wanted}


@blueprint.post("/<cohort_id>/enter")
def enter(cohort_id: str) -> Answer:
    """Let people in, by user id."""
    entered = desk().amplitude.enter(cohort_id, _some(request.form.get("users", "")))
    return done(f"{entered:,} entered.", url_for("cohorts.cohort", cohort_id=cohort_id))


@blueprint.post("/<cohort_id>/leave")
def leave(cohort_id: str) -> Answer:
    """Let members go, by user id or Amplitude id."""
    form = request.form
    if "amplitude_id" in form:
        left = desk().amplitude.leave(cohort_id, amplitude_ids=[int(form["amplitude_id"])])
    else:
        left = desk().amplitude.leave(cohort_id, _some(form.get("users", "")))
    return done(f"{left:,} left.", url_for("cohorts.cohort", cohort_id=cohort_id))


@blueprint.post("/<cohort_id>/rename")
def rename(cohort_id: str) -> Answer:
    """Give a cohort another name."""
    name = request.form.get("name", "").strip()
    if not name:
        raise BadControl("A cohort needs a name.")
    desk().amplitude.rename(cohort_id, name)
    return done(f"It is called {quoted(name)} now; the trait key changes with it.", _at(cohort_id))


@blueprint.post("/<cohort_id>/archive")
def archive(cohort_id: str) -> Answer:
    """Archive a cohort, or take it out of the archive."""
    state, is_archived = desk().amplitude, request.form.get("archived") == "yes"
    if is_archived:
        state.archive(cohort_id)
    else:
        state.unarchive(cohort_id)
    return done("It is archived." if is_archived else "It is out of the archive.", _at(cohort_id))


@blueprint.post("/<cohort_id>/delete")
def delete(cohort_id: str) -> Answer:
    """Delete a cohort."""
    state = desk().amplitude
    name = state.cohort(cohort_id).name
    state.delete(cohort_id)
    return done(f"Cohort {quoted(name)} is deleted.", url_for("cohorts.page"))


@blueprint.post("/<cohort_id>/import")
def import_export(cohort_id: str) -> Answer:
    """Make the rows of an export the membership."""
    file = request.files.get("export")
    if file is None or not file.filename:
        raise BadControl("Choose the export to import: a CSV as Amplitude gives it, packed or not.")
    told = desk().amplitude.import_csv(cohort_id, file.read())
    words = f"{told['members']:,} members: {told['entered']:,} entered, {told['left']:,} left."
    return done(words, _at(cohort_id))


@blueprint.get("/<cohort_id>/export.csv")
def export(cohort_id: str) -> Response:
    """Give the members as the CSV that Amplitude serves."""
    state = desk().amplitude
    state.cohort(cohort_id)
    answer = Response(state.export_csv(cohort_id), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{"".join(filter(str.isalnum, cohort_id))}.csv"'
    return answer


def _at(cohort_id: str) -> str:
    return url_for("cohorts.cohort", cohort_id=cohort_id)


def _people(said: str) -> list[str]:
    """Return the user ids of a field: one a line, or apart by commas."""
    return [each.strip() for line in said.splitlines() for each in line.split(",") if each.strip()]


def _some(said: str) -> list[str]:
    found = _people(said)
    if not found:
        raise BadControl("Name at least one user: one a line, or apart by commas.")
    return found


def _changes(here: Desk, cohort_id: str) -> Iterator[Change]:
    """Yield what was done to a cohort, the newest first."""
    journal = here.amplitude.workspace.journal
    before = journal.last + 1
    while entries := journal.read_back(before, kind="control", most=2_000):
        before = entries[-1].seq
        for entry in entries:
            about = entry.data.get("cohort_id") or entry.data.get("cohort", {}).get("id")
            if about == cohort_id:
                yield Change(entry.at, entry.seq, _in_words(here, entry))


def _in_words(here: Desk, entry: Entry) -> str:
    data = entry.data
    directory = here.amplitude.world.cohorts.directory
    match str(data["op"]).removeprefix("cohort."):
        case "create":
            return f"created as {quoted(str(data['cohort']['name']))}, {_named(data.get('members') or ())} in it"
        case "enter":
            return f"{_named(data['members'])} entered"
        case "leave":
            return f"{_named([directory.user_id(each) or each for each in data['amplitude_ids']])} left"
        case "set-members":
            return f"the members are {_named(data['members'])}"
        case "import":
            return f"the rows of an export are the members ({len(entry.body or b''):,} bytes)"
        case "populate":
            return f"{data['count']:,} people of the lab's population entered"
        case "churn":
            return f"moves by itself: {data['enter']:.1%} enter and {data['leave']:.1%} leave in an hour"
        case "edit":
            return ", ".join(f"{name} is {quoted(str(said), 80)}" for name, said in data["changes"].items())
        case "sync":
            return f"a sync to {quoted(str(data['sync']['target']))} stands, {data['sync']['frequency']}"
        case op:
            return {"delete": "deleted", "recompute": "computed"}.get(op, op)


def _named(members: Any) -> str:
    if isinstance(members, dict):  # told in another form than by name
        return "people"
    found = [
        str(each[1] or each[0]) if isinstance(each, list) else "somebody anonymous" if each is None else str(each)
        for each in members
    ]
    if not found:
        return "nobody"
    more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(quoted(each, 40) for each in found[:_MOST_NAMED]) + more
