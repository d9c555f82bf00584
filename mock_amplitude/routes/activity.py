"""User activity: what is known of somebody, and their events, the latest or the earliest first (facts 5.5 [doc])."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

from mock_amplitude.errors import Refused
from mock_amplitude.ingest import exported
from mock_amplitude.projects import Project
from mock_amplitude.routes.search import count_lookup
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, json_reply

MOST: Final = 1000
_LATEST: Final[dict[str, str]] = {  # what is told of a user, and the field of their latest event it is read from
    "country": "country",
    "region": "region",
    "city": "city",
    "language": "language",
    "platform": "platform",
    "os": "os_name",
    "device": "device_model",
    "device_type": "device_type",
    "version": "version_name",
}


def user_activity(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Say who somebody is by an Amplitude id, and list their events.

    An id that merged into another is told as that one's: merges are applied when one asks (amplitude facts 5.6 [doc]).
    """
    count_lookup(state, exchange, project)
    query = parse_qs(exchange.call.query)
    offset, limit = _number(query, "offset", 0), _number(query, "limit", MOST)
    direction = query.get("direction", ["latest"])[-1]
    if direction not in {"latest", "earliest"}:
        raise Refused(400, f"direction is {direction[:40]!r}, expected latest or earliest")
    if limit > MOST:
        raise Refused(400, f"limit is {limit}, expected at most {MOST}")
    wanted = query.get("user", [""])[-1]
    if not wanted:
        raise Refused(400, "Missing required parameter: user")
    who = state.world.cohorts.directory.find(wanted, "BY_AMP_ID")
    if who is None:
        raise Refused(400, f"Invalid user: no Amplitude id {wanted[:40]}")
    positions = state.activity(who)
    ordered = positions if direction == "earliest" else positions[::-1]
    events = [exported(each) for each in state.happenings_at(ordered[offset : offset + limit])]
    newest = next((exported(each) for each in state.happenings_at(positions[-1:])), {})
    return json_reply(200, {"userData": _about(state, project, who, newest), "events": events})


def _about(state: AmplitudeState, project: Project, who: int, newest: dict[str, Any]) -> dict[str, Any]:
    cohorts, merged = state.world.cohorts, state.merged(who)
    seen = [known for each in (who, *merged) if (known := state.newcomer(each)) is not None]
    first = min((each.first_at for each in seen if each.first_at is not None), default=None)
    last = max((each.last_at for each in seen if each.last_at is not None), default=None)
    return {
        "user_id": cohorts.directory.user_id(who),
        "canonical_amplitude_id": who,
        "merged_amplitude_ids": merged,
        "num_events": sum(each.events for each in seen),
        "first_used": _day(first),
        "last_used": _day(last),
        "last_device_id": seen[0].device_id if seen else None,
        "device_ids": state.devices(who),
        "properties": cohorts.directory.properties_of(who),
        "cohort_ids": [
            each.id for each in state.cohorts() if each.project_id == project.id and who in cohorts.current(each.id)
        ],
        **{name: newest.get(field) for name, field in _LATEST.items()},
    }


def _day(moment: int | None) -> str | None:
    return None if moment is None else f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d}"


def _number(query: dict[str, list[str]], name: str, default: int) -> int:
    given = query.get(name, [""])[-1]
    if not given:
        return default
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise Refused(400, f"{name} is {given[:40]!r}, expected a whole number")
    return int(given)
