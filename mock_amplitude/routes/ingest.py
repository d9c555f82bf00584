"""Ingest: what Amplitude answers to uploads of events and identifications (amplitude facts 5; loop facts 1)."""

from __future__ import annotations

from mock_amplitude.ingest import (
    KINDS,
    MIN_ID_LENGTH,
    Kind,
    NotTaken,
    Upload,
    mapping_key,
    read_mappings,
    read_upload,
    too_large,
    wrong_with,
    wrong_with_identifications,
)
from mock_amplitude.projects import Project, region_of
from mock_amplitude.settings import AmplitudeSettings
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, json_reply

_SUCCESS = Reply(200, b"success", (("Content-Type", "text/html;charset=utf-8"),))  # amplitude facts 5.3 [client]


def take_upload(state: AmplitudeState, exchange: Exchange) -> Reply:
    """Take an upload, or refuse it as Amplitude does, in the order it asks (loop facts 1 [inferred])."""
    kind, call = KINDS[exchange.route], exchange.call
    settings = state.settings
    try:
        upload = read_upload(call, kind)
        project = _project(state, upload.api_key, region_of(call.header("host"), settings.region))
        _check(upload, kind, settings)
        if kind.in_json:
            _check_pace(state, upload, kind, project, settings)
    except NotTaken as refused:
        exchange.record["refused"] = {"code": str(refused.status), "message": refused.message}
        return refused.reply(in_json=kind.in_json)
    exchange.record |= {"ingested": exchange.route, "project_id": project.id, "seed": state.workspace.seed.value}
    if settings.short_id == "strip":
        exchange.record["stripped_below"] = _least(upload)
    state.foresee(upload)
    if not kind.in_json:
        return _SUCCESS
    answer = {
        "code": 200,
        "server_upload_time": state.now,
        "payload_size_bytes": upload.size,
        "events_ingested": len(upload.items),
    }
    return json_reply(200, answer)


def map_users(state: AmplitudeState, exchange: Exchange) -> Reply:
    """Take which user ids stand for a global one, or refuse all (amplitude facts 5.6 [doc])."""
    call = exchange.call
    try:
        project = _project(state, mapping_key(call), region_of(call.header("host"), state.settings.region))
        read_mappings(call)
    except NotTaken as refused:
        exchange.record["refused"] = {"code": str(refused.status), "message": refused.message}
        return refused.reply(in_json=True)
    exchange.record["mapped"] = project.id
    return json_reply(200, {"code": 200, "success": True})


def _project(state: AmplitudeState, api_key: str, region: str) -> Project:
    """Find the project of a key; one of the other region is unknown here (loop facts 1 [obs])."""
    project = state.registry.projects.get(api_key)
    if project is None or project.region != region:
        raise NotTaken(400, f"Invalid API key: {api_key}")
    return project


def _check(upload: Upload, kind: Kind, settings: AmplitudeSettings) -> None:
    if upload.size > kind.most_bytes or len(upload.items) > kind.most:
        raise too_large()
    least = _least(upload)
    strips = settings.short_id == "strip"
    if not kind.in_json:
        wrong = wrong_with_identifications(upload.items, min_id_length=least, strips=strips)
        if wrong:
            raise NotTaken(400, wrong)
        return
    refusal = wrong_with(upload.items, min_id_length=least, strips=strips).refusal(names_every=kind.names_every)
    if refusal is not None:
        raise refusal


def _least(upload: Upload) -> int:
    """Return how many characters an id must have."""
    said = upload.options.get("min_id_length")
    return said if type(said) is int and said > 0 else MIN_ID_LENGTH


def _check_pace(
    state: AmplitudeState, upload: Upload, kind: Kind, project: Project, settings: AmplitudeSettings
) -> None:
    pace = kind.pace if settings.ingest_pace == "documented" else 0
    a_day = settings.ingest_daily_quota if kind.names_every else 0  # of /batch only
    throttled = state.pace.throttled(project.id, upload.items, state.now, pace=pace, a_day=a_day)
    if throttled is not None:
        words = "Too many requests for some devices and users"
        raise NotTaken(429, words, **throttled.as_dict(kind.pace))
