"""Amplitude's routes: which path takes what (amplitude facts 1.2, 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any

from mock_amplitude.errors import Refused
from mock_amplitude.ingest import KINDS, MAPPING_PATH
from mock_amplitude.proofs import authenticate
from mock_amplitude.routes.activity import user_activity
from mock_amplitude.routes.deletions import delete_users, list_deletions, revoke_deletion
from mock_amplitude.routes.downloads import STORED, download_file, download_status, request_download, stored_file, usage
from mock_amplitude.routes.experiment import sdk_cohort
from mock_amplitude.routes.ingest import map_users, take_upload
from mock_amplitude.routes.listing import get_cohort, list_cohorts
from mock_amplitude.routes.raw_export import export_events
from mock_amplitude.routes.search import user_search
from mock_amplitude.routes.uploads import MEMBERSHIP_TYPES, UPLOAD_TYPES, edit_membership, upload
from mock_amplitude.state import AmplitudeState
from mock_core.cors import preflights
from mock_core.exchange import Exchange, Reply
from mock_core.fake import Route

MEMBERSHIP = "/api/3/cohorts/membership"
REQUEST_STATUS = "/api/5/cohorts/request-status/<request_id>"
DELETIONS = "/api/2/deletions/users"
SDK_COHORT = "/sdk/v1/cohort/<cohort_id>"

_AUTH = {401: "No Authorization header.", 403: "Unknown key, wrong secret, or wrong region."}
_WRONG = {400: "The call is wrong; the message says what was expected."}
_UNKNOWN = {404: "There is none with this id."}
_IDS = {"type": "array", "items": {"type": "string"}, "maxItems": 100_000}
_UPLOAD: Mapping[str, Any] = {
    "type": "object",
    "required": ["name", "app_id", "id_type", "ids", "owner", "published"],
    "properties": {
        "name": {"type": "string"},
        "app_id": {"type": ["integer", "string"]},
        "id_type": {"enum": list(UPLOAD_TYPES)},
        "ids": _IDS,
        "owner": {"type": "string"},
        "published": {"type": "boolean"},
        "cg": {"type": "string"},
        "skip_save": {"type": "boolean", "default": False},
        "skip_invalid_ids": {"type": "boolean", "default": True},
        "existing_cohort_id": {"type": "string"},
    },
}
_MEMBERSHIP: Mapping[str, Any] = {
    "type": "object",
    "required": ["cohort_id", "memberships"],
    "properties": {
        "cohort_id": {"type": "string"},
        "count_group": {"type": "string", "default": "User"},
        "skip_invalid_ids": {"type": "boolean", "default": True},
        "memberships": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ids", "id_type", "operation"],
                "properties": {
                    "ids": _IDS,
                    "id_type": {"enum": [*MEMBERSHIP_TYPES, *UPLOAD_TYPES]},
                    "operation": {"enum": ["ADD", "REMOVE"]},
                },
            },
        },
    },
}


def for_project(handle: Callable[..., Reply]) -> Callable[..., Reply]:
    """Let a handler be called for the project that the call authenticates as, and answer what it refuses."""

    @wraps(handle)
    def answer(state: AmplitudeState, exchange: Exchange, **parts: str) -> Reply:
        registry = state.registry
        settings = registry.settings
        try:
            project = authenticate(exchange.call, registry.projects, settings)
            return handle(state, exchange, project, **parts)
        except Refused as refused:
            exchange.record["refused"] = {"code": str(refused.status), "message": refused.message}
            return refused.reply(settings.error_envelope)

    return answer


_EVENTS: Mapping[str, Any] = {
    "type": "object",
    "required": ["api_key", "events"],
    "properties": {
        "api_key": {"type": "string"},
        "events": {"type": "array", "items": {"type": "object", "required": ["event_type"]}},
        "options": {"type": "object", "properties": {"min_id_length": {"type": "integer", "minimum": 1}}},
    },
}
_INGEST = {200: "Taken.", 400: "What is wrong, and with which events.", 413: "Too large."}
_DELETION: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "amplitude_ids": {"type": "array", "items": {"type": ["integer", "string"]}, "maxItems": 100},
        "user_ids": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
        "requester": {"type": "string"},
        "ignore_invalid_id": {"type": ["boolean", "string"], "default": False},
        "delete_from_org": {"type": ["boolean", "string"], "default": False},
    },
}
_MAPPING = {"api_key": "the project's", "mapping": "JSON: user_id and global_user_id, or unmap"}
_FORM = {"api_key": "the project's", "identification": "JSON: one, or a list", "options": "JSON"}


def _uploads() -> Iterator[Route[AmplitudeState]]:
    for path, kind in KINDS.items():
        if kind.in_json:
            statuses = {**_INGEST, 429: "Too fast, for the users and devices named."}
            yield Route("POST", path, take_upload, "Take events.", statuses, request_schema=_EVENTS)
        else:
            for method in ("POST", "GET"):
                what = "Take properties of users." if path == "/identify" else "Take properties of groups."
                form: Any = {
                    "consumes": "application/x-www-form-urlencoded",
                    "produces": "text/html",
                    "refuses": "text/html",
                }
                yield Route(method, path, take_upload, what, _INGEST, query=_FORM, **form)


_TAKEN = tuple(_uploads())
_MAP_USERS: Route[AmplitudeState] = Route(
    "POST",
    MAPPING_PATH,
    map_users,
    "Map user ids to a global one.",
    _INGEST,
    query=_MAPPING,
    consumes="application/x-www-form-urlencoded",
)
ROUTES: Sequence[Route[AmplitudeState]] = (
    *_TAKEN,
    *preflights(_TAKEN),
    _MAP_USERS,
    Route(
        "GET",
        "/api/3/cohorts",
        for_project(list_cohorts),
        "List the cohorts, all on one page.",
        {200: "The cohorts.", **_AUTH},
        query={
            "includeSyncInfo": "true adds syncMetadata to each",
            "cohortIds": "only these, joined by comma and space; undocumented",
        },
    ),
    Route(
        "GET",
        "/api/3/cohorts/usage",
        for_project(usage),
        "Tell how much of the download quota is used.",
        {200: "The quota.", **_AUTH},
    ),
    Route(
        "GET",
        "/api/3/cohorts/<cohort_id>",
        for_project(get_cohort),
        "One cohort and its members at once; undocumented, still live.",
        {200: "The cohort.", **_UNKNOWN, **_AUTH},
        query={
            "refreshCohort": "false answers it as last computed",
            "amp_ids": "false leaves amplitude_ids out",
            "lastComputed": "sent by old SDKs",
        },
    ),
    Route(
        "POST",
        "/api/3/cohorts/upload",
        for_project(upload),
        "Create a list of users, or replace one.",
        {200: "Saved, or checked.", **_WRONG, **_UNKNOWN, 413: "Too large.", **_AUTH},
        request_schema=_UPLOAD,
    ),
    Route(
        "POST",
        MEMBERSHIP,
        for_project(edit_membership),
        "Add members to a list and remove members from it.",
        {200: "Done.", **_WRONG, **_UNKNOWN, 413: "Too large.", 429: "Another call edits this cohort.", **_AUTH},
        request_schema=_MEMBERSHIP,
    ),
    Route(
        "GET",
        "/api/5/cohorts/request/<cohort_id>",
        for_project(request_download),
        "Request a download.",
        {202: "Taken.", **_WRONG, **_UNKNOWN, 429: "A quota is used up.", **_AUTH},
        query={"props": "1 adds user properties", "propKeys": "which properties, repeated", "lastComputed": "ignored"},
    ),
    Route(
        "GET",
        REQUEST_STATUS,
        for_project(download_status),
        "Tell how a download is.",
        {200: "Completed.", 202: "In progress.", 500: "Failed.", **_UNKNOWN, **_AUTH},
    ),
    Route(
        "GET",
        "/api/5/cohorts/request/<request_id>/file",
        for_project(download_file),
        "Fetch the file.",
        {200: "The file.", 302: "Where the file is.", 500: "Failed.", **_UNKNOWN, **_AUTH},
        produces="text/csv",
    ),
    Route(
        "GET",
        "/api/2/usersearch",
        for_project(user_search),
        "Find users.",
        {200: "Who was found.", **_WRONG, 429: "The hour's are used up.", **_AUTH},
        query={"user": "an Amplitude id, a device id, a user id, or the beginning of one"},
    ),
    Route(
        "GET",
        "/api/2/useractivity",
        for_project(user_activity),
        "Tell who somebody is, and what they did.",
        {200: "The user and the events.", **_WRONG, 429: "The hour's are used up.", **_AUTH},
        query={
            "user": "an Amplitude id",
            "offset": "how many events to leave out",
            "limit": "at most 1000",
            "direction": "latest or earliest",
        },
    ),
    Route(
        "GET",
        "/api/2/export",
        for_project(export_events),
        "Export the events of some hours.",
        {200: "The archive.", **_WRONG, 404: "There are no events.", **_AUTH},
        query={"start": "the first hour, 20261130T05, of arrival, UTC", "end": "the last hour"},
        produces="application/zip",
    ),
    Route(
        "POST",
        DELETIONS,
        for_project(delete_users),
        "Let users be deleted.",
        {200: "The jobs.", **_WRONG, 413: "Too large.", 429: "More than one a second.", **_AUTH},
        request_schema=_DELETION,
    ),
    Route(
        "GET",
        DELETIONS,
        for_project(list_deletions),
        "Tell how deletion jobs are.",
        {200: "The jobs.", **_WRONG, **_AUTH},
        query={"start_day": "the first day, 2026-11-30", "end_day": "the last day"},
    ),
    Route(
        "DELETE",
        f"{DELETIONS}/<amplitude_id>/<day>",
        for_project(revoke_deletion),
        "Let somebody stay after all.",
        {200: "What was taken back.", **_WRONG, **_UNKNOWN, **_AUTH},
    ),
    Route(
        "GET",
        SDK_COHORT,
        for_project(sdk_cohort),
        "A cohort for the Experiment SDKs.",
        {200: "The cohort.", 204: "Unchanged.", **_WRONG, **_UNKNOWN, 413: "Larger than maxCohortSize.", **_AUTH},
        query={"maxCohortSize": "users at most", "lastModified": "that of the last answer"},
    ),
    Route(
        "GET",
        f"{STORED}/<project_id>/<name>",
        stored_file,
        "A stored file, behind its signed address.",
        {200: "The file.", 400: "Two ways of proof.", 403: "Not signed, or expired.", 404: "No such file."},
        produces="text/csv",
        refuses="application/xml",
    ),
)
