"""What the control plane of the Segment fake says and is told of destinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from contracts.nearest import nearest
from downstream.routing.connections import CONNECTION, SHAPES, Connection
from downstream.routing.destinations import Destinations, Making
from mock_core.annexe import Annexe, addition
from mock_core.control import Filters, Operation, Rows, View
from mock_core.errors import NotFound
from mock_core.redaction import is_secret, redact
from mock_core.settings import described
from mock_segment import SegmentState

_PUT = {"type": "object", "additionalProperties": False, "required": ["name"], "properties": CONNECTION}
_FAULT = {
    "type": "object",
    "required": ["on", "fault"],
    "properties": {
        "on": {"type": "string", "description": "the destination whose vendor has trouble"},
        "fault": {"type": "string"},
        "match": {"type": "object"},
    },
}


def annexe(make: Making) -> Annexe:
    """Return destinations as they are built onto the Segment fake by `make`."""
    return Annexe(
        "destinations",
        partial(_destinations, make),
        operations=OPERATIONS,
        views=VIEWS,
        shapes=SHAPES,
    )


def _destinations(make: Making, state: SegmentState) -> Destinations:
    return Destinations(state, make)


def _of(state: SegmentState) -> Destinations:
    return addition(state, Destinations)


def shown(connection: Connection) -> dict[str, Any]:
    """Return a connection as it is shown: what is secret in its settings is shortened."""
    told = connection.told()
    return {**told, "settings": {name: _veiled(name, value) for name, value in connection.settings.items()}}


def _veiled(name: str, value: Any) -> Any:
    return redact(value) if isinstance(value, str) and is_secret(name) else value


def _put(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    return shown(_of(state).put(**payload))


def _remove(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    _of(state).remove(payload["name"])
    return {"removed": payload["name"]}


def _arm(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    fault_id = _of(state).arm(**payload)
    return next(each for each in _of(state).faults() if each["id"] == fault_id)


def _lift(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    lifted = _of(state).lift(payload.get("id"))
    if payload.get("id") and not lifted:
        known = [each["id"] for each in _of(state).faults()]
        raise NotFound(f"There is no fault {payload['id']!r} of a destination: {nearest(payload['id'], known)}")
    return {"lifted": lifted}


def _settings(state: SegmentState, _payload: Any) -> list[dict[str, Any]]:
    return described(_of(state).settings)


def _set(state: SegmentState, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return described(_of(state).configure(**payload))


def _connection_rows(state: SegmentState, _filters: Filters, after: int) -> Rows:
    destinations = _of(state)
    tally = destinations.tally()
    for place, connection in enumerate(destinations.connections(), 1):
        if place > after:
            counts = {verdict: events for (name, verdict), events in tally.items() if name == connection.name}
            yield place, {**shown(connection), "events": counts}


def _delivery_rows(state: SegmentState, filters: Filters, after: int) -> Rows:
    yield from _of(state).delivery_rows(filters, after)


def _request_rows(state: SegmentState, filters: Filters, after: int) -> Rows:
    yield from _of(state).request_rows(filters, after)


def _fault_rows(state: SegmentState, _filters: Filters, after: int) -> Rows:
    for place, fault in enumerate(_of(state).faults(), 1):
        if place > after:
            yield place, fault


def _trait_rows(state: SegmentState, filters: Filters, after: int) -> Rows:
    for place, row in enumerate(_of(state).known_rows(filters), 1):
        if place > after:
            yield place, row


_BY_DESTINATION: Mapping[str, str] = {"destination": "what the destination is called in the lab"}

OPERATIONS: Sequence[Operation] = (
    Operation(
        "destination.put",
        "POST",
        "/destinations",
        "Connect a destination, or change one.",
        _put,
        _PUT,
        example={"name": "webhooks", "settings": {"hooks": ["http://webhook.lab/"]}},
    ),
    Operation("destination.remove", "DELETE", "/destinations/<name>", "Disconnect a destination.", _remove),
    Operation(
        "destination.fault.arm",
        "POST",
        "/destination-faults",
        "Let the vendor of a destination have trouble.",
        _arm,
        _FAULT,
        example={"on": "webhooks", "fault": "status", "status": 503, "match": {"times": 2}},
    ),
    Operation("destination.fault.lift", "DELETE", "/destination-faults/<id>", "Lift one fault of a vendor.", _lift),
    Operation("destination.fault.lift-all", "DELETE", "/destination-faults", "Lift every fault of vendors.", _lift),
    Operation(
        "destination.settings.read",
        "GET",
        "/destination-settings",
        "Every setting of routing, its value, default, meaning and source.",
        _settings,
    ),
    Operation(
        "destination.settings.set",
        "POST",
        "/destination-settings",
        "Change settings of routing.",
        _set,
        {"type": "object"},
        example={"order": "kept"},
    ),
)

VIEWS: Sequence[View] = (
    View("destinations", "Connected destinations, with what became of events there.", {}, _connection_rows),
    View(
        "destination-deliveries",
        "What became of every event at every destination.",
        {
            **_BY_DESTINATION,
            "verdict": "reached, without the trait, refused, not triggered, filtered, switched off, retrying, given up",
            "user_id": "the userId, to the letter",
            "message_id": "the messageId",
            "trait": "a trait key it carries",
        },
        _delivery_rows,
    ),
    View(
        "destination-traits",
        "What vendors were told last of each user and trait: under which key, as which value.",
        {**_BY_DESTINATION, "user_id": "the userId, to the letter", "trait": "a trait key, as it was sent"},
        _trait_rows,
    ),
    View(
        "destination-requests",
        "The newest requests to vendors, with what was answered.",
        {**_BY_DESTINATION, "status": "the answered status"},
        _request_rows,
    ),
    View("destination-faults", "Armed faults of vendors and how often they struck.", {}, _fault_rows),
)
