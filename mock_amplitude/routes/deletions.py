"""Deletions: let people be deleted, say how their jobs are, and let them stay after all (amplitude facts 5.7 [doc])."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import orjson

from mock_amplitude.errors import Refused
from mock_amplitude.people import STAGING, today
from mock_amplitude.projects import Project
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, json_reply

MOST = 100
_LONGEST_REQUESTER = 1024


def delete_users(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Take people into the next deletion job of a project, or refuse all of them for one that is unknown.

    amplitude facts 5.7 [doc][client].
    """
    deletions, now = state.world.deletions, state.now
    pace = state.settings.deletion_requests_per_second
    last = deletions.asked.get(project.id)
    if pace and last is not None and 0 <= now - last < 1000 / pace:
        raise Refused(429, f"Exceeded rate limit of {pace} deletion requests per second")
    asked = _asked(exchange.call.body)
    of_org = _is_true(asked, "delete_from_org")
    if of_org and asked.get("amplitude_ids"):
        raise Refused(400, "delete_from_org takes user_ids only")
    found, unknown = _people(state, asked)
    if unknown and not (of_org or _is_true(asked, "ignore_invalid_id")):
        raise Refused(400, f"Invalid user: {', '.join(map(str, unknown[:5]))[:200]}", {"invalid_ids": unknown})
    requester = asked.get("requester") or "rest"  # amplitude facts 5.7 [client]
    if not isinstance(requester, str):
        raise Refused(400, "requester is no text")
    projects = state.projects() if of_org else [project]
    days = state.settings.deletion_days
    jobs = [
        {"project_id": each.id, "day": deletions.day_for(each.id, now, days).isoformat()} for each in projects if found
    ]
    exchange.record["did"] = {
        "op": "people.delete",
        "project_id": project.id,
        "jobs": jobs,
        "amplitude_ids": found,
        "requested_on": today(now),
        "requester": requester[:_LONGEST_REQUESTER],
    }
    told = [{"amplitude_id": each, "requested_on_day": today(now), "requester": requester} for each in found]
    rows = [
        {
            "day": job["day"],
            "status": STAGING,
            "amplitude_ids": told,
            "app": str(job["project_id"]),
            "active_scrub_done_date": None,
        }
        for job in jobs
    ]
    return json_reply(200, rows)


def list_deletions(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Say how the jobs between two days are (amplitude facts 5.7 [doc])."""
    query = parse_qs(exchange.call.query)
    start, end = (_day(query.get(name, [""])[-1], name) for name in ("start_day", "end_day"))
    if end < start:
        raise Refused(400, "end_day is before start_day")
    jobs = sorted(state.world.deletions.jobs.items())
    now = state.now
    return json_reply(200, [job.as_dict(now) for (app, day), job in jobs if app == project.id and start <= day <= end])


def revoke_deletion(state: AmplitudeState, exchange: Exchange, project: Project, amplitude_id: str, day: str) -> Reply:
    """Let somebody stay after all, while the job still takes requests (amplitude facts 5.7 [doc])."""
    when = _day(day, "the day of the job")
    job = state.world.deletions.jobs.get((project.id, when))
    known = (
        job is not None and amplitude_id.isdecimal() and len(amplitude_id) < 20 and int(amplitude_id) in job.requests
    )
    if job is None or not known:
        raise Refused(state.settings.unknown_id_status, f"No deletion of {amplitude_id[:40]} on {when}")
    if job.status(state.now) != STAGING:
        raise Refused(400, f"The job of {when} is {job.status(state.now)}: it cannot be stopped")
    exchange.record["did"] = {
        "op": "people.keep",
        "project_id": project.id,
        "day": when.isoformat(),
        "amplitude_id": int(amplitude_id),
    }
    row = job.as_dict(state.now)
    row["amplitude_ids"] = [each for each in row["amplitude_ids"] if each["amplitude_id"] == int(amplitude_id)]
    return json_reply(200, row)


def _asked(body: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "Invalid JSON") from error
    if not isinstance(asked, dict):
        raise Refused(400, "Expected a JSON object")
    for name in ("amplitude_ids", "user_ids"):
        if not isinstance(asked.get(name) or [], list):
            raise Refused(400, f"{name} is no list")
    many = len(asked.get("amplitude_ids") or []) + len(asked.get("user_ids") or [])
    if not 0 < many <= MOST:
        raise Refused(400, f"{many} ids, expected 1 to {MOST} in amplitude_ids and user_ids")
    return asked


def _people(state: AmplitudeState, asked: dict[str, Any]) -> tuple[list[int], list[Any]]:
    """Return who is meant, each once, and the ids of nobody."""
    directory = state.world.cohorts.directory
    found: dict[int, None] = {}
    unknown = []
    for each, kind in _ids(asked):
        who = directory.find(str(each), kind) if isinstance(each, str | int) and not isinstance(each, bool) else None
        if who is None:
            unknown.append(each)
        else:
            found[who] = None
    return list(found), unknown


def _ids(asked: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    for name, kind in (("amplitude_ids", "BY_AMP_ID"), ("user_ids", "BY_USER_ID")):
        yield from ((each, kind) for each in asked.get(name) or [])


def _is_true(asked: dict[str, Any], name: str) -> bool:
    return str(asked.get(name, "")).lower() == "true"  # JSON's word, or "True" as the documentation has it


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, f"{name} is {text[:40]!r}, expected a day as 2026-11-30") from error
