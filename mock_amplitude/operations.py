"""What one may tell the Amplitude fake to do: projects, cohorts, who is in them, and the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response

from contracts.definitions import ToldEvent
from mock_amplitude.exports import TEN_MINUTES, month_of, next_month
from mock_amplitude.inspection import PAST, cohort_row, whole
from mock_amplitude.people import ID_BITS
from mock_amplitude.state import AmplitudeState
from mock_core.clock import iso
from mock_core.control import Operation
from mock_core.errors import BadControl
from mock_core.moments import milliseconds

Payload = dict[str, Any]
MOST_TOLD = 50  # events that met a clause, the latest of them


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


_TEXT = {"type": "string", "minLength": 1}
_WHO = {
    "description": "user ids, null for somebody anonymous, or [Amplitude id, user id]",
    "type": "array",
    "items": {
        "anyOf": [
            {"type": ["string", "null"]},
            {
                "type": "array",
                "prefixItems": [{"type": "integer", "minimum": 0}, {"type": ["string", "null"]}],
                "minItems": 2,
                "maxItems": 2,
            },
        ]
    },
}
_DEFINITION = {"type": ["object", "string"], "description": "as Amplitude has it, or in words"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_ID = {"type": "integer", "minimum": 0}


def _put_project(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return asdict(state.put_project(**payload))


def _create(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return cohort_row(state, state.create_cohort(**payload))


def _read(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return cohort_row(state, state.cohort(payload["cohort_id"]))


def _explain(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    if not payload.get("user"):
        raise BadControl("Whom to explain is not said: ?user=USER_ID.")
    at = milliseconds(payload["at"]) if payload.get("at") else None
    told = state.explain(payload["cohort_id"], payload["user"], at)
    return {
        "cohort_id": payload["cohort_id"],
        "user": payload["user"],
        **asdict(told),
        "not_computed": [problem.as_dict() for problem in state.uncomputed(state.cohort(payload["cohort_id"]))],
        "at": iso(told.at),
        "since": _moment(told.since),
        "until": _moment(told.until),
        "clauses": [
            {
                **asdict(clause),
                "since": _moment(clause.since),
                "until": _moment(clause.until),
                "met": [_told_event(event) for event in clause.met[-MOST_TOLD:]],
                "near": [_told_event(event) for event in clause.near],
            }
            for clause in told.clauses
        ],
    }


def _moment(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _told_event(event: ToldEvent) -> dict[str, Any]:
    return {"at": iso(event.at), "name": event.name, "position": event.seq, "why": event.why}


def _edit(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return cohort_row(state, state.edit(payload.pop("cohort_id"), **payload))


def _delete(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    state.delete(payload["cohort_id"])
    return {"deleted": payload["cohort_id"]}


def _enter(state: AmplitudeState, payload: Payload) -> dict[str, int]:
    return {"entered": state.enter(payload["cohort_id"], payload["members"])}


def _leave(state: AmplitudeState, payload: Payload) -> dict[str, int]:
    return {"left": state.leave(payload.pop("cohort_id"), **payload)}


def _set(state: AmplitudeState, payload: Payload) -> dict[str, int]:
    return {"members": state.set_members(payload["cohort_id"], payload["members"])}


def _populate(state: AmplitudeState, payload: Payload) -> dict[str, int]:
    return {"entered": state.populate(payload.pop("cohort_id"), **payload)}


def _churn(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    cohort_id = payload.pop("cohort_id")
    state.churn(cohort_id, **payload)
    return {"cohort_id": cohort_id, **payload}


def _recompute(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return cohort_row(state, state.recompute(payload["cohort_id"]))


def _sync(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    cohort_id = payload.pop("cohort_id")
    state.put_sync(cohort_id, **payload)
    return cohort_row(state, state.cohort(cohort_id))


def _import(state: AmplitudeState, payload: Payload) -> dict[str, int]:
    return state.import_csv(payload["cohort_id"], payload["body"])


def _export(state: AmplitudeState, payload: Payload) -> Response:
    keys = tuple(key for key in payload.get("propKeys", "").split(",") if key)
    past = {name: whole(payload[name], name) for name in ("entry", "moment") if name in payload}
    lines = state.export_csv(payload["cohort_id"], props=payload.get("props") == "1", prop_keys=keys, **past)
    return Response(lines, 200, mimetype="text/csv")


def _identify(state: AmplitudeState, payload: Payload) -> Payload:
    state.identify(**payload)
    return payload


def _add_people(state: AmplitudeState, payload: Payload) -> Payload:
    state.add_people(**payload)
    directory = state.world.cohorts.directory
    return {"people": len(directory.users), "generated": directory.drawn}


def _templates(state: AmplitudeState, payload: Payload) -> list[dict[str, Any]]:
    return [cohort_row(state, cohort) for cohort in state.create_templates(payload["project_id"])]


def _forget(state: AmplitudeState, payload: Payload) -> Payload:
    state.forget(payload["amplitude_id"])
    return payload


def _properties(state: AmplitudeState, payload: Payload) -> dict[str, Any]:
    return {"properties": state.put_properties(payload["amplitude_id"], payload["properties"])}


def _quotas(state: AmplitudeState, _payload: Payload) -> list[dict[str, Any]]:
    world, now = state.world, state.now
    jobs = state.jobs()
    told = []
    for project in state.projects():
        usage = world.usage_of(project.id)
        told.append(
            {
                "project_id": project.id,
                "month": usage.months[month_of(now)],
                "last_10_minutes": sum(at > now - TEN_MINUTES for at in list(usage.recent)),
                "running": sum(job.is_running(now) for job in jobs if job.project_id == project.id),
                "resets_at": iso(next_month(now)),
            }
        )
    return told


_COHORT = "/cohorts/<cohort_id>"
_PERSON = "/people/<int:amplitude_id>"

OPERATIONS: Sequence[Operation] = (
    Operation(
        "project.put",
        "POST",
        "/projects",
        "Create a project with its keys, or change one.",
        _put_project,
        _object(
            ("api_key", "secret_key"),
            api_key=_TEXT,
            secret_key={"type": "string"},
            name={"type": "string"},
            region={"enum": ["us", "eu"]},
            project_id={"type": "integer", "minimum": 1, "maximum": 2**53},
        ),
        example={"api_key": "other-api-key", "secret_key": "other-secret-key", "name": "staging"},
    ),
    Operation(
        "cohort.create",
        "POST",
        "/cohorts",
        "Create a cohort.",
        _create,
        _object(
            ("name",),
            name={"type": "string"},
            cohort_id={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            members=_WHO,
            uploaded={"type": "boolean"},
            project_id={"type": "integer"},
            published={"type": "boolean"},
            description={"type": ["string", "null"]},
            definition=_DEFINITION,
            owners={"type": "array", "items": {"type": "string"}},
            job_seconds={"type": "number", "minimum": 0, "maximum": 604_800},
        ),
        example={"name": "Power Users", "cohort_id": "7abc12de", "members": ["ada", "grace", None]},
    ),
    Operation(
        "cohort.templates",
        "POST",
        "/projects/<int:project_id>/templates",
        "Create the six cohorts that a brand-new project has.",
        _templates,
    ),
    Operation("cohort.read", "GET", _COHORT, "One cohort.", _read),
    Operation(
        "cohort.explain",
        "GET",
        f"{_COHORT}/explain",
        "Why somebody is in a cohort with a definition, or not: clause by clause, since when and until when.",
        _explain,
        raw=True,
        query={"user": "a user id or an Amplitude id", "at": "when: milliseconds or ISO 8601; now unless given"},
        example={"user": "ada"},
    ),
    Operation(
        "cohort.edit",
        "PATCH",
        _COHORT,
        "Rename, archive, unarchive, publish or unpublish a cohort, or edit its definition.",
        _edit,
        {
            **_object(
                name={"type": "string"},
                description={"type": ["string", "null"]},
                archived={"type": "boolean"},
                published={"type": "boolean"},
                definition=_DEFINITION,
                job_seconds={"type": ["number", "null"], "minimum": 0, "maximum": 604_800},
            ),
            "minProperties": 1,
        },
        example={"name": "Super Users"},
    ),
    Operation("cohort.delete", "DELETE", _COHORT, "Delete a cohort.", _delete),
    Operation(
        "cohort.enter",
        "POST",
        f"{_COHORT}/enter",
        "Let people in.",
        _enter,
        _object(("members",), members=_WHO),
        example={"members": ["barbara", None]},
    ),
    Operation(
        "cohort.leave",
        "POST",
        f"{_COHORT}/leave",
        "Let members go.",
        _leave,
        _object(user_ids={"type": "array", "items": _TEXT}, amplitude_ids={"type": "array", "items": _ID}),
        example={"user_ids": ["grace"]},
    ),
    Operation(
        "cohort.set-members",
        "PUT",
        f"{_COHORT}/members",
        "Replace the members.",
        _set,
        _object(("members",), members=_WHO),
        example={"members": ["ada", [4000000000001, "barbara"]]},
    ),
    Operation(
        "cohort.import",
        "POST",
        f"{_COHORT}/import",
        "Replace the members by a cohort export.",
        _import,
        raw=True,
        example="export.csv",
    ),
    Operation(
        "cohort.export",
        "GET",
        f"{_COHORT}/export",
        "The members as a cohort export.",
        _export,
        raw=True,
        query={"props": "1 adds user properties", "propKeys": "which ones, joined by commas", **PAST},
        produces="text/csv",
        example={"props": "1"},
    ),
    Operation(
        "cohort.populate",
        "POST",
        f"{_COHORT}/populate",
        "Let in the next people of the seeded population.",
        _populate,
        _object(("count",), count={"type": "integer", "minimum": 0, "maximum": 50_000_000}, start=_ID),
        example={"count": 1000},
    ),
    Operation(
        "cohort.churn",
        "POST",
        f"{_COHORT}/churn",
        "Let a share of the members enter and leave each hour.",
        _churn,
        _object(enter=_SHARE, leave=_SHARE, returning=_SHARE),
        example={"enter": 0.02, "leave": 0.01},
    ),
    Operation("cohort.recompute", "POST", f"{_COHORT}/recompute", "Compute a cohort now.", _recompute),
    Operation(
        "cohort.sync",
        "POST",
        f"{_COHORT}/syncs",
        "Say that a sync of this cohort stands, for syncMetadata.",
        _sync,
        _object(
            target=_TEXT,
            frequency={"enum": ["once", "minute", "hourly", "daily"]},
            last_successful={"type": ["string", "null"]},
            last_failure={"type": ["string", "null"]},
            params={"type": "object"},
            enabled={"type": "boolean"},
        ),
        example={"target": "segment", "frequency": "hourly"},
    ),
    Operation(
        "people.add",
        "POST",
        "/people",
        "Let people exist without being in a cohort.",
        _add_people,
        _object(members=_WHO, generated={"type": "integer", "minimum": 0, "maximum": 1 << ID_BITS}),
        example={"members": ["katherine"]},
    ),
    Operation(
        "person.identify",
        "POST",
        f"{_PERSON}/identify",
        "Give an anonymous person a user id; merges with whoever has it.",
        _identify,
        _object(("user_id",), user_id=_TEXT),
        example={"user_id": "ada"},
    ),
    Operation("person.forget", "DELETE", _PERSON, "Delete a person's data.", _forget),
    Operation(
        "person.put",
        "PUT",
        f"{_PERSON}/properties",
        "Set user properties of a person.",
        _properties,
        _object(("properties",), properties={"type": "object"}),
        example={"properties": {"plan": "pro"}},
    ),
    Operation("quotas", "GET", "/quotas", "What each project has used of its quotas.", _quotas),
)
