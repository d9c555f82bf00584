"""Read cohorts: the list, and one cohort with its members at once (amplitude facts 1.2 A, B)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

from mock_amplitude.errors import Refused
from mock_amplitude.exports import month_used_up
from mock_amplitude.people import Members
from mock_amplitude.projects import Project
from mock_amplitude.routes.downloads import requestable
from mock_amplitude.routes.streamed_json import streamed_json
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, json_reply

JSON = (("Content-Type", "application/json"),)


def list_cohorts(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """List a project's discoverable cohorts, all on one page (amplitude facts 1.2 A [doc])."""
    settings = state.settings
    query = parse_qs(exchange.call.query)
    with_syncs = query.get("includeSyncInfo", ["false"])[-1].lower() == "true"
    wanted = _ids(query.get("cohortIds", []))
    listed = [
        cohort.as_dict(with_syncs=with_syncs)
        for cohort in state.cohorts()
        if cohort.project_id == project.id
        and (cohort.published or settings.list_unpublished)
        and (not cohort.archived or settings.list_archived)
        and (not wanted or cohort.id in wanted)
    ]
    return json_reply(200, {"cohorts": listed})


def _ids(given: list[str]) -> set[str]:
    """Read the undocumented filter of old SDKs: ids joined by comma and space (amplitude facts 1.2 A [client])."""
    return {part.strip() for text in given for part in text.split(",") if part.strip()}


def get_cohort(state: AmplitudeState, exchange: Exchange, project: Project, cohort_id: str) -> Reply:
    """Answer a cohort and its members at once; computes it unless told not to (amplitude facts 1.2 B [client])."""
    query, settings = parse_qs(exchange.call.query), state.settings
    over = month_used_up(state.world.usage_of(project.id), settings, state.now) if settings.get_counts else None
    if over is not None:
        raise Refused(429, over.details, {"retry_after": -(-over.wait // 1000)} if settings.retry_after else None)
    counted = {"project_id": project.id, "counts": True} if settings.get_counts else {}
    if counted:
        exchange.record["did"] = {"op": "cohort.get", **counted}
    cohort = requestable(state, project, cohort_id)
    cohorts = state.world.cohorts
    members: Members | None
    if settings.get_recomputes and query.get("refreshCohort", ["true"])[-1].lower() != "false":
        exchange.record["did"] = {"op": "cohort.recompute", "cohort_id": cohort_id, **counted}
        members = cohorts.members(cohort_id)
        told = {**cohort.as_dict(), "finished": True, "size": len(members), "lastComputed": state.now // 1000}
    else:
        members = cohorts.computed(cohort_id)
        told = cohort.as_dict()
    members = members or Members(cohorts.directory.people)
    arrays: dict[str, Iterable[object]] = {"user_ids": (user_id for _, user_id in members.rows())}
    if query.get("amp_ids", ["true"])[-1].lower() != "false":
        write = str if settings.amplitude_ids_as == "string" else int
        arrays = {"amplitude_ids": (write(amplitude_id) for amplitude_id, _ in members.rows()), **arrays}
    chunks = streamed_json({"cohort": told}, arrays)
    if len(members) > settings.inline_rows:
        return Reply(200, b"", JSON, chunks=chunks)
    return Reply(200, b"".join(chunks), JSON)
