"""Uploads: create or replace a list of users, and edit its membership (amplitude facts 1.2 F, G).

The two speak different languages: an upload says BY_AMP_ID and BY_USER_ID and answers `cohortId`, a membership call
says BY_ID and BY_NAME and answers `cohort_id`. Both are kept as they are; mixing them up was a real bug (6, row 23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from mock_amplitude.cohorts import UPLOADED, Cohort
from mock_amplitude.errors import Refused
from mock_amplitude.projects import Project
from mock_amplitude.routes.strangers import unknown_cohort
from mock_amplitude.settings import AmplitudeSettings
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Call, Exchange, Reply, Wire, json_reply

UPLOAD_TYPES: Final = ("BY_AMP_ID", "BY_USER_ID")
MEMBERSHIP_TYPES: Final = ("BY_ID", "BY_NAME")
SAMPLE: Final = 10

_OPTIONAL: Final = object()


def upload(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Create a list of users, or replace the whole membership of one (amplitude facts 1.2 F [doc])."""
    settings = state.settings
    body = json_object(exchange.call)
    name = _field(body, "name", str)
    app_id = body.get("app_id")
    _field(body, "owner", str)
    published = _field(body, "published", bool)
    id_type = _one_of(body, "id_type", UPLOAD_TYPES)
    ids = _ids(body, settings)
    cg = _field(body, "cg", str, "User")
    skip_save = _field(body, "skip_save", bool, False)
    skip_invalid = _field(body, "skip_invalid_ids", bool, True)
    existing = _field(body, "existing_cohort_id", str, "")
    # Segment's client sends app_id as text (amplitude facts 1.2 F [client]).
    as_text = app_id if isinstance(app_id, str) else str(app_id)
    if isinstance(app_id, bool) or not as_text.isdecimal() or len(as_text) > 19:
        raise Refused(400, "app_id must be an integer")
    if settings.upload_app_id == "must-match" and as_text != str(project.id):
        raise Refused(400, "app_id is not that of the API key's project")
    if not ids:
        raise Refused(400, "ids must not be empty")
    directory = state.world.cohorts.directory
    invalid = [each for each in ids if directory.find(each, id_type) is None]
    _refuse_invalid(invalid, skip_invalid=skip_invalid)
    if len(invalid) == len(ids):
        raise Refused(400, "No valid ids", {"invalid_ids_sample": invalid[:SAMPLE]})
    matched = {"matched": len(ids) - len(invalid), "totals": len(ids), "invalid_ids_sample": invalid[:SAMPLE]}
    now = state.now // 1000
    if existing:
        cohort = _list_of(state, project, existing)
    else:
        cohort = Cohort(state.new_cohort_id(), name, project.id, UPLOADED, created_at=now)
    owners = (body["owner"],)
    cohort = replace(cohort, name=name, published=published, owners=owners, group_type=cg, last_mod=now)
    if skip_save:
        return json_reply(200, {"cohortId": existing or None, "metadata": matched})
    told = {"id": cohort.id, "name": name, "project_id": project.id, "kind": UPLOADED}
    changes = {"published": published, "owners": owners, "group_type": cg}
    exchange.record["did"] = {
        "op": "cohort.upload",
        "cohort": {**told, **changes},
        "changes": {"name": name, **changes},
        "id_type": id_type,
    }
    size = len({directory.find(each, id_type) for each in ids} - {None})
    told_of = replace(cohort, last_computed=now, size=size).as_dict()
    # `cohortsById` is in live answers (amplitude facts 1.2 F [client]).
    return json_reply(200, {"cohortId": cohort.id, "metadata": matched, "cohortsById": {cohort.id: told_of}})


def edit_membership(state: AmplitudeState, exchange: Exchange, project: Project, overlaps: str = "") -> Reply:
    """Add members to a list and remove members from it, in the order given.

    Adding a member and removing a stranger succeed and do nothing, unless the settings have them told (amplitude facts
    1.2 G [inferred]).
    """
    settings, now = state.settings, state.now
    body = json_object(exchange.call)
    cohort_id = _field(body, "cohort_id", str)
    _field(body, "count_group", str, "User")
    skip_invalid = _field(body, "skip_invalid_ids", bool, True)
    parts = _field(body, "memberships", list)
    allowed = MEMBERSHIP_TYPES + (UPLOAD_TYPES if settings.upload_id_types_on_membership else ())
    total = 0
    for part in parts:
        if not isinstance(part, dict):
            raise Refused(400, "memberships must hold objects")
        _one_of(part, "id_type", allowed)
        _one_of(part, "operation", ("ADD", "REMOVE"))
        total += len(_ids(part, settings))
    if total > settings.max_ids:
        raise Refused(settings.too_many_ids_status, f"More than {settings.max_ids} ids")
    _list_of(state, project, cohort_id, any_kind=settings.membership_on_behavioral == "allow")
    if overlaps or state.world.edits.get(cohort_id, 0) > now:
        # Two calls on one cohort at a time are refused (amplitude facts 1.2 G [client]).
        raise Refused(429, "Another request is modifying this cohort", {"cohort_id": cohort_id})
    directory = state.world.cohorts.directory
    skipped = [[each for each in part["ids"] if directory.find(each, part["id_type"]) is None] for part in parts]
    _refuse_invalid([each for ids in skipped for each in ids], skip_invalid=skip_invalid)
    if settings.membership_no_effect == "skipped":
        in_vain = _without_effect(state, cohort_id, parts)
        skipped = [[*ids, *more] for ids, more in zip(skipped, in_vain, strict=True)]
    busy = settings.membership_edit_seconds
    exchange.record["did"] = {"op": "cohort.membership", "cohort_id": cohort_id, "busy_until": now + round(busy * 1000)}
    results = [
        {"skipped_ids": ids, "id_type": part["id_type"], "operation": part["operation"]}
        for part, ids in zip(parts, skipped, strict=True)
    ]
    reply = json_reply(200, {"cohort_id": cohort_id, "memberships_result": results})
    return replace(reply, wire=Wire(delay=busy)) if busy else reply


def _without_effect(state: AmplitudeState, cohort_id: str, parts: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return, for each part of a membership call, the ids of those who are in already or were not in."""
    cohorts = state.world.cohorts
    members, changed = cohorts.current(cohort_id), dict[int, bool]()
    found: list[list[str]] = []
    for part in parts:
        enters = part["operation"] == "ADD"
        found.append([])
        for each in part["ids"]:
            amplitude_id = cohorts.directory.find(each, part["id_type"])
            if amplitude_id is None:
                continue
            if changed.get(amplitude_id, amplitude_id in members) is enters:
                found[-1].append(each)
            changed[amplitude_id] = enters
    return found


def cohort_edited(call: Call) -> str:
    """Return which cohort a membership call is about, empty when it does not say."""
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        return ""
    cohort_id = body.get("cohort_id") if isinstance(body, dict) else None
    return cohort_id if isinstance(cohort_id, str) else ""


def json_object(call: Call) -> dict[str, Any]:
    """Return the JSON object that a call carries, or raise `Refused`."""
    if call.body_too_large:
        raise Refused(413, "The request is too large")
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"Invalid JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, "The request must be a JSON object")
    return body


def _field(body: Mapping[str, Any], name: str, kind: type, default: Any = _OPTIONAL) -> Any:
    value = body.get(name)
    if value is None and default is not _OPTIONAL:
        return default
    if name not in body:
        raise Refused(400, f"Missing required field: {name}")
    if not isinstance(value, kind):
        words = {str: "a string", bool: "a boolean", list: "an array"}
        raise Refused(400, f"{name} must be {words[kind]}")
    return value


def _one_of(body: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    value: str = _field(body, name, str)
    if value not in allowed:
        raise Refused(400, f"{name} is {value[:40]!r}, expected one of {', '.join(allowed)}")
    return value


def _ids(body: Mapping[str, Any], settings: AmplitudeSettings) -> list[str]:
    ids: list[str] = _field(body, "ids", list)
    if len(ids) > settings.max_ids:
        raise Refused(settings.too_many_ids_status, f"More than {settings.max_ids} ids")
    if not all(isinstance(each, str) for each in ids):
        raise Refused(400, "ids must hold strings")
    return ids


def _refuse_invalid(invalid: Sequence[str], *, skip_invalid: bool) -> None:
    if invalid and not skip_invalid:
        raise Refused(400, f"{len(invalid)} invalid ids", {"invalid_ids": list(invalid)[:100]})


def _list_of(state: AmplitudeState, project: Project, cohort_id: str, *, any_kind: bool = False) -> Cohort:
    """Return an uploaded list of the project, or raise `Refused`."""
    cohort = state.world.cohorts.by_id.get(cohort_id)
    if cohort is None or cohort.project_id != project.id:
        raise Refused(state.settings.unknown_id_status, unknown_cohort(state, project, cohort_id))
    if cohort.kind != UPLOADED and not any_kind:
        raise Refused(400, "Only uploaded cohorts can be edited", {"cohort_id": cohort_id})
    return cohort
