"""User search: people by their events, made by hand or of the population (amplitude facts 5.5 [doc], 8 [client])."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qs
from uuid import NAMESPACE_OID, uuid5

from mock_amplitude.errors import Refused
from mock_amplitude.projects import Project
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, json_reply

MOST = 10
GENERATED_SEARCHED = 2_000  # a prefix is looked for among this many of the seeded people


def count_lookup(state: AmplitudeState, exchange: Exchange, project: Project) -> None:
    """Count a look at a user against the hour's; they have a quota of their own (amplitude facts 0 [doc])."""
    limit, made = state.settings.user_lookups_per_hour, state.lookups(project.id)
    if limit and made >= limit:
        raise Refused(429, f"Exceeded rate limit of {limit} user searches and activities per hour")
    exchange.record["looked_up"] = project.id


def user_search(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Find users by Amplitude id, device id, user id, or the beginning of one (amplitude facts 5.5 [doc])."""
    count_lookup(state, exchange, project)
    wanted = parse_qs(exchange.call.query).get("user", [""])[-1]
    if not wanted:
        raise Refused(400, "Missing required parameter: user")
    directory = state.world.cohorts.directory
    found_by_id = (directory.find(wanted, kind) for kind in ("BY_USER_ID", "BY_AMP_ID"))
    exact = {each: None for each in (*found_by_id, state.of_device(wanted)) if each is not None}
    if exact:
        return _answer(state, "match_user_or_device_id", [(each, directory.user_id(each)) for each in exact])
    there = (each for each in _beginning_with(state, wanted) if directory.exists(each[0]))
    found = list(dict(islice(there, MOST)).items())
    return _answer(state, "match_user_prefix" if found else "nomatch", found)


def _beginning_with(state: AmplitudeState, prefix: str) -> Iterator[tuple[int, str | None]]:
    directory = state.world.cohorts.directory
    if directory.newcomers is not None:
        yield from directory.newcomers.beginning_with(prefix, directory.until)
    for amplitude_id, user_id in directory.users.items():
        if str(amplitude_id).startswith(prefix) or (user_id is not None and user_id.startswith(prefix)):
            yield amplitude_id, user_id
    for amplitude_id, user_id in directory.people.rows(range(min(directory.drawn, GENERATED_SEARCHED))):
        if str(amplitude_id).startswith(prefix) or (user_id is not None and user_id.startswith(prefix)):
            yield amplitude_id, user_id


def _answer(state: AmplitudeState, kind: str, found: list[tuple[int, str | None]]) -> Reply:
    return json_reply(200, {"matches": [_match(state, *each) for each in found], "type": kind})


def _match(state: AmplitudeState, amplitude_id: int, user_id: str | None) -> dict[str, Any]:
    seen = state.newcomer(amplitude_id)
    last = state.now if seen is None or seen.last_at is None else seen.last_at
    return {
        "user_id": user_id,
        "amplitude_id": amplitude_id,
        "last_seen": f"{datetime.fromtimestamp(last / 1000, UTC):%Y-%m-%d}",
        # Of people without events none is known; live ones are version 5 (5.1 [client]).
        "last_device_id": str(uuid5(NAMESPACE_OID, str(amplitude_id))) if seen is None else seen.device_id,
    }
