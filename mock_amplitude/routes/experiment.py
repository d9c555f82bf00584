"""The cohort endpoint of the Experiment SDKs (amplitude facts 1.5 [client]).

Key order matters: a streaming client reads cohortId, groupType and lastModified before memberIds, and user ids only.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from mock_amplitude.errors import Refused
from mock_amplitude.projects import Project
from mock_amplitude.routes.downloads import requestable
from mock_amplitude.routes.streamed_json import streamed_json
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply


def sdk_cohort(state: AmplitudeState, exchange: Exchange, project: Project, cohort_id: str) -> Reply:
    """Answer who is in a cohort, by user id: 204 when nothing changed since, 413 when it is too large.

    amplitude facts 1.5 [client].
    """
    query = parse_qs(exchange.call.query)
    most = _number(query, "maxCohortSize")
    since = _number(query, "lastModified")
    cohort = requestable(state, project, cohort_id)
    synced = any(sync.target == state.settings.sdk_sync_target and sync.enabled for sync in cohort.syncs)
    if state.settings.sdk_cohort == "synced" and not synced:
        raise Refused(state.settings.unknown_id_status, f"Cohort {cohort_id} is not synced to Experiment")
    cohorts = state.world.cohorts
    modified = cohorts.modified[cohort_id]
    if since == modified:
        return Reply(204)
    members = cohorts.members(cohort_id)
    size = sum(user_id is not None for _, user_id in members.rows())
    if most is not None and size > most:
        raise Refused(413, f"Cohort has {size} users, more than {most}")
    head = {"cohortId": cohort_id, "groupType": cohort.group_type, "lastModified": modified, "size": size}
    ids = (user_id for _, user_id in members.rows() if user_id is not None)
    chunks = streamed_json(head, {"memberIds": ids})
    return Reply(200, b"", (("Content-Type", "application/json; charset=UTF-8"),), chunks=chunks)


def _number(query: dict[str, list[str]], name: str) -> int | None:
    given = query.get(name)
    if not given:
        return None
    if not given[-1].isascii() or not given[-1].isdecimal() or len(given[-1]) > 19:
        raise Refused(400, f"{name} is {given[-1][:40]!r}, expected a number")
    return int(given[-1])
