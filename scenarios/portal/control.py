"""What the control plane of the Amplitude fake says and is told of targets, standing syncs and the role people play."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_amplitude import AmplitudeState
from mock_core.annexe import Annexe
from mock_core.clock import iso
from mock_core.control import Filters, Operation, Rows, View
from mock_core.redaction import redact
from scenarios.portal.portal import Portal, portal_of
from scenarios.portal.roles import ROLES
from scenarios.portal.scheduling import PATIENCE
from scenarios.portal.standing import CADENCES, SHAPES, SYNC, TARGET, Standing

if TYPE_CHECKING:
    import requests

_ROLE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["role"],
    "properties": {"role": {"type": "string", "description": f"one of {', '.join(ROLES)}"}},
}
_PUT_TARGET = {"type": "object", "additionalProperties": False, "required": ["name", "write_key"], "properties": TARGET}
_SAVE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cohort_id", "target"],
    "properties": {**SYNC, "cadence": {"type": "string", "description": f"one of {', '.join(CADENCES)}"}},
}
_RUN = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "label": {"type": "string"},
        "everybody": {"type": "boolean", "description": "tell every member again, changed or not"},
        "seconds": {
            "type": "number",
            "minimum": 0,
            "maximum": 600,
            "description": f"how long to wait for the run, {PATIENCE:g} when left out",
        },
    },
}
_ADVANCE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["seconds"],
    "properties": {"seconds": {"type": "number", "minimum": 0}},
}


def portal_annexe(
    reach: Callable[[], requests.Session],
    *,
    amplitude_url: str,
    segment_url: str,
    folder: Path | None = None,
    broken: Callable[[Exception], object] = lambda _error: None,
) -> Annexe:
    """Return the portal as it is built onto the Amplitude fake; the arguments are those of `Portal`."""

    def make(state: AmplitudeState) -> Portal:
        return Portal(state, reach, amplitude_url=amplitude_url, segment_url=segment_url, folder=folder, broken=broken)

    return Annexe("portal", make, operations=OPERATIONS, views=VIEWS, shapes=SHAPES)


def shown(portal: Portal, standing: Standing) -> dict[str, Any]:
    """Return a sync as it is shown: how it is set up, whether it runs, when it runs next."""
    due = portal.next_due(standing.label)
    return {
        "sync": standing.label,
        "cohort_id": standing.cohort_id,
        "target": standing.target,
        "cadence": standing.cadence,
        "settings": dict(standing.settings),
        "paused": standing.is_paused,
        "disabled": standing.disabled,
        "running": portal.is_running(standing.label),
        "next": None if due is None else iso(round(due * 1000)),
    }


def _role(state: AmplitudeState, _payload: Any) -> dict[str, Any]:
    role = portal_of(state).role
    return {"role": role, "may": sorted(ROLES[role])}


def _act_as(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal_of(state).act_as(payload["role"])
    return _role(state, payload)


def _put_target(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal_of(state).put_target(**payload)
    return {"name": payload["name"], "write_key": redact(payload["write_key"])}


def _remove_target(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal_of(state).remove_target(payload["name"])
    return {"removed": payload["name"]}


def _save(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal = portal_of(state)
    return shown(portal, portal.save(**payload))


def _pause(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal = portal_of(state)
    return shown(portal, portal.pause(payload["label"]))


def _resume(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal = portal_of(state)
    return shown(portal, portal.resume(payload["label"]))


def _remove(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    portal_of(state).remove(payload["label"])
    return {"removed": payload["label"]}


def _run(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    return portal_of(state).run(**payload)


def _advance(state: AmplitudeState, payload: dict[str, Any]) -> dict[str, Any]:
    runs = portal_of(state).advance(payload["seconds"])
    return {"now": state.workspace.clock.now(), "runs": runs}


def _target_rows(state: AmplitudeState, _filters: Filters, after: int) -> Rows:
    portal = portal_of(state)
    syncs = portal.syncs()
    for place, (name, write_key) in enumerate(portal.targets().items(), 1):
        if place > after:
            using = [each.label for each in syncs if each.target == name]
            yield place, {"name": name, "write_key": redact(write_key), "syncs": using}


def _sync_rows(state: AmplitudeState, _filters: Filters, after: int) -> Rows:
    portal = portal_of(state)
    for place, standing in enumerate(portal.syncs(), 1):
        if place > after:
            yield place, shown(portal, standing)


def _run_rows(state: AmplitudeState, filters: Filters, after: int) -> Rows:
    for run in reversed(portal_of(state).runs(filters.get("sync"))):
        if run["run"] > after:
            yield run["run"], run


_SYNC = "/standing-syncs/<path:label>"

OPERATIONS: Sequence[Operation] = (
    Operation("role.read", "GET", "/role", "The role that people play here, and what it may do.", _role),
    Operation(
        "role.set",
        "PUT",
        "/role",
        "Play another role: only Admin and Manager may set up targets and syncs.",
        _act_as,
        _ROLE,
        example={"role": "viewer"},
    ),
    Operation(
        "target.put",
        "POST",
        "/api-targets",
        "Keep the write key of a Segment source under a name.",
        _put_target,
        _PUT_TARGET,
        example={"name": "Production", "write_key": "lab-write-key"},
    ),
    Operation("target.remove", "DELETE", "/api-targets/<name>", "Forget a target that no sync uses.", _remove_target),
    Operation(
        "standing.save",
        "POST",
        "/standing-syncs",
        "Set up a sync of a cohort to a target, or edit it; it runs at once and then at its cadence.",
        _save,
        _SAVE,
    ),
    Operation("standing.pause", "POST", f"{_SYNC}/pause", "Schedule a sync no more until it is resumed.", _pause),
    Operation("standing.resume", "POST", f"{_SYNC}/resume", "Schedule a paused or disabled sync again.", _resume),
    Operation("standing.run", "POST", f"{_SYNC}/run", "Run a sync now, and say how it ended.", _run, _RUN),
    Operation("standing.remove", "DELETE", _SYNC, "Forget a sync; what it wrote stays as it is.", _remove),
    Operation(
        "standing.advance",
        "POST",
        "/standing-syncs-advance",
        "Let time pass on the lab's clock, every run begun when it is due.",
        _advance,
        _ADVANCE,
        example={"seconds": 3600},
    ),
)

_BY_SYNC: Mapping[str, str] = {"sync": "which sync, as COHORT:TARGET"}

VIEWS: Sequence[View] = (
    View("api-targets", "The API targets: names of write keys.", {}, _target_rows),
    View("standing-syncs", "The syncs that stand, and when each runs next.", {}, _sync_rows),
    View("sync-runs", "Every run of the syncs that stand, oldest first.", _BY_SYNC, _run_rows),
)
