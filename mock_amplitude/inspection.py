"""What one may read from the Amplitude fake: projects, cohorts, members, jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.definitions import contradictions, in_words
from mock_amplitude.cohorts import Cohort
from mock_amplitude.routes import job_row
from mock_amplitude.state import AmplitudeState
from mock_core.control import Rows, View
from mock_core.errors import BadControl

Filters = Mapping[str, str]
PAST: Mapping[str, str] = {"entry": "as of this journal entry", "moment": "at this moment, in milliseconds"}


def cohort_row(state: AmplitudeState, cohort: Cohort) -> dict[str, Any]:
    """Return what the lab says of a cohort: Amplitude's object, and how many members it has."""
    state.refresh(cohort.id)
    world = state.world
    definition = world.cohorts.definition(cohort.id)
    zone = state.settings.project_time_zone
    return {
        **cohort.as_dict(with_syncs=True),
        "members": world.cohorts.size(cohort.id),
        "project_id": cohort.project_id,
        "trait_key": cohort.trait_key,
        "in_words": None if definition is None else in_words(definition, zone),
        "not_computed": [problem.as_dict() for problem in state.uncomputed(cohort)],
        "contradictions": [] if definition is None else [each.as_dict() for each in contradictions(definition)],
    }


def _projects(state: AmplitudeState, _filters: Filters, after: int) -> Rows:
    for place, project in enumerate(state.projects(), 1):
        if place > after:
            yield place, asdict(project)


def _cohorts(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    for place, cohort in enumerate(state.cohorts(), 1):
        row = cohort_row(state, cohort)
        if place > after and all(str(row[name]).lower() == wanted.lower() for name, wanted in filters.items()):
            yield place, row


def _members(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    if "cohort_id" not in filters:
        raise BadControl("View 'members' needs cohort_id.")
    past = {name: whole(filters[name], name) for name in ("entry", "moment") if name in filters}
    for place, (amplitude_id, user_id) in enumerate(state.membership(filters["cohort_id"], **past), 1):
        if place > after and filters.get("user_id", user_id) == user_id:
            yield place, {"amplitude_id": amplitude_id, "user_id": user_id}


def _jobs(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    now = state.now
    for job in state.jobs():
        row = job_row(job, now)
        if job.entry > after and all(str(row[name]) == wanted for name, wanted in filters.items()):
            yield job.entry, row


def _ingested(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    for each in state.ingested(after=after):
        row = each.as_dict()
        if all(str(row[name]) == wanted for name, wanted in filters.items()):
            yield each.position, row


def _aliases(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    for place, ((project_id, user_id), global_user_id) in enumerate(state.aliases().items(), 1):
        row = {"project_id": project_id, "user_id": user_id, "global_user_id": global_user_id}
        if place > after and all(str(row[name]) == wanted for name, wanted in filters.items()):
            yield place, row


def _deletions(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    now = state.now
    for place, job in enumerate(list(state.world.deletions.jobs.values()), 1):
        row = job.as_dict(now)
        if place > after and all(str(row[name]) == wanted for name, wanted in filters.items()):
            yield place, row


def whole(text: str, name: str) -> int:
    """Read a filter that is a number, or raise `BadControl`."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadControl(f"{name} is {text[:40]!r}, expected a whole number.")
    return int(text)


VIEWS: Sequence[View] = (
    View("projects", "Projects and their keys.", {}, _projects),
    View(
        "cohorts",
        "Cohorts as they are, published or not.",
        {"id": "", "name": "", "archived": "true or false", "published": "true or false", "project_id": "the app id"},
        _cohorts,
    ),
    View(
        "members",
        "The members of a cohort, now or then.",
        {
            "cohort_id": "which cohort",
            "user_id": "one user",
            **PAST,
        },
        _members,
    ),
    View(
        "ingested",
        "Events and identifications that were answered 200, and what became of each.",
        {
            "route": "/2/httpapi, /batch, /identify or /groupidentify",
            "event_type": "",
            "user_id": "as it is kept",
            "device_id": "as it is kept, made of the user where none was sent",
            "insert_id": "",
            "verdict": "kept, duplicate or dropped",
            "code": "why it was not kept",
            "project_id": "the app id",
        },
        _ingested,
    ),
    View(
        "aliases",
        "User ids that stand for a global one, by project.",
        {"project_id": "the app id", "user_id": "", "global_user_id": ""},
        _aliases,
    ),
    View(
        "deletions",
        "Deletion jobs and their states.",
        {"day": "", "status": "staging, submitted or done", "app": "the app id"},
        _deletions,
    ),
    View(
        "jobs",
        "Export jobs and their phases.",
        {"request_id": "", "cohort_id": "", "project_id": "", "phase": "requested, in progress, completed ..."},
        _jobs,
    ),
)
