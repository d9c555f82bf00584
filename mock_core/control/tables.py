"""The operations and views that every fake has: clock, seed, faults, settings, journal, requests."""

from __future__ import annotations

import base64
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Response

from contracts.nearest import nearest
from mock_core.clock import LATEST
from mock_core.control.operation import Filters, Operation, Rows, State, View
from mock_core.errors import BadControl, CannotKeep, NotFound
from mock_core.journal import MEDIA_TYPE, Entry, core_metrics, exposition
from mock_core.moments import iso_seconds, milliseconds
from mock_core.settings import changed, described

_END_OF_TIME = "9" * 16
_LARGEST_SHOWN = 4 * 1024 * 1024
SQLITE = "application/vnd.sqlite3"


def _clock(state: State, _payload: Any) -> dict[str, Any]:
    clock = state.workspace.clock
    return {"now": clock.now(), "frozen": clock.is_frozen}


def _move_clock(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    clock = state.workspace.clock
    moment = _moment(payload["freeze"]) if "freeze" in payload else None
    target = (clock.now() if moment is None else moment) + payload.get("advance", 0)
    if not 0 <= target <= LATEST:
        raise BadControl(f"The clock would stand at {target:g}, expected 0 to {LATEST} (the years 1970 to 9999).")
    if "freeze" in payload:
        clock.freeze(moment)
    if payload.get("follow_system"):
        clock.follow_system()
    if payload.get("run"):
        clock.run()
    if "advance" in payload:
        clock.advance(payload["advance"])
    return _clock(state, payload)


def _moment(value: Any) -> float | None:
    if value is True:
        return None
    if value is False:
        raise BadControl(
            "freeze is false, expected true, epoch seconds or an ISO 8601 time. To let it run: follow_system."
        )
    if isinstance(value, str):
        return iso_seconds(value, "true, epoch seconds or ISO 8601 with a zone")
    return float(value)


def _arm(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    armed = state.workspace.arm(payload)
    return dict(armed.as_dict())


def _lift(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    lifted = state.workspace.lift(payload.get("id"))
    if payload.get("id") and not lifted:
        raise NotFound(
            f"There is no fault {payload['id']!r}: {nearest(payload['id'], [a.id for a in state.workspace.faults])}"
        )
    return {"lifted": lifted}


def _reset(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    state.workspace.reset(captures_only=payload.get("what", "everything") == "captures")
    return {"entries": state.workspace.journal.last}


def _settings(state: State, _payload: Any) -> list[dict[str, Any]]:
    return described(state.settings)


def _set(state: State, payload: dict[str, Any]) -> list[dict[str, Any]]:
    changed(state.settings, payload)  # refuses before anything is recorded
    state.workspace.control("settings.set", {"changes": payload})
    return described(state.settings)


def _save(state: State, _payload: Any) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        state.workspace.journal.save(path)
        return Response(path.read_bytes(), 200, mimetype=SQLITE)


def _load(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        try:
            path.write_bytes(payload["body"])
        except OSError as error:
            raise CannotKeep(f"The journal cannot be written to {folder}: {error.strerror or error}.") from error
        state.workspace.load(path)
    return {"entries": state.workspace.journal.last, "notes": state.workspace.notes}


def _reseed(state: State, payload: dict[str, Any]) -> dict[str, Any]:
    state.workspace.reseed(payload["seed"])
    return {"seed": state.workspace.seed.value}


def _metrics(state: State, _payload: Any) -> Response:
    own = getattr(state, "metrics", tuple)
    return Response(exposition((*core_metrics(state), *own())), 200, content_type=MEDIA_TYPE)


def _fault_rows(state: State, _filters: Filters, after: int) -> Rows:
    for position, armed in enumerate(state.workspace.faults, 1):
        if position > after:
            yield position, armed.as_dict()


def _request_row(entry: Entry) -> dict[str, Any]:
    """Show a call; a body that is no text is shown inflated, where it is gzip, and as base64 of what came."""
    body = entry.body or b""
    plain = _inflated(body) if "gzip" in entry.data["headers"].get("content-encoding", "").lower() else body
    row = {"seq": entry.seq, "at": entry.at, **entry.data, "bytes": len(body), "body": plain.decode("utf-8", "replace")}
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        row["body_base64"] = base64.b64encode(body).decode()
    return row


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        return inflater.decompress(body, _LARGEST_SHOWN)
    except zlib.error:  # says it is gzip and is not
        return body


def request_rows(state: State, filters: Filters, after: int) -> Rows:
    """Yield the vendor calls that fit."""
    filters = dict(filters)
    since = milliseconds(filters.pop("since", "0"))
    until = milliseconds(filters.pop("until", _END_OF_TIME))
    start = max(after, getattr(state, "captured_since", 0))
    for entry in state.workspace.journal.walk(start, kind="request"):
        data = entry.data
        if since <= entry.at < until and all(
            data["path"].startswith(value[:-1])
            if name == "path" and value.endswith("*")
            else str(data.get(name)) == value
            for name, value in filters.items()
        ):
            yield entry.seq, _request_row(entry)


_ANY = {"type": "object"}
_CLOCK = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "advance": {"type": "number", "minimum": 0, "maximum": 3_153_600_000, "description": "seconds to move forward"},
        "freeze": {
            "type": ["boolean", "number", "string"],
            "description": "true, epoch seconds or ISO 8601 with a zone; false is refused",
        },
        "run": {"const": True, "description": "let a clock that stands still run on from there"},
        "follow_system": {"const": True, "description": "go by this machine's time again"},
    },
}
_SEED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["seed"],
    "properties": {"seed": {"type": "integer"}},
}
_RESET = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"what": {"enum": ["everything", "captures"]}},
}

CORE_OPERATIONS: Sequence[Operation] = (
    Operation("clock.read", "GET", "/clock", "The lab's time and whether it stands still.", _clock),
    Operation(
        "clock.move",
        "POST",
        "/clock",
        "Advance, freeze or release the lab's clock.",
        _move_clock,
        _CLOCK,
        example={"advance": 3600},
    ),
    Operation(
        "fault.arm",
        "POST",
        "/faults",
        "Arm a fault.",
        _arm,
        _ANY,
        example={"fault": "status", "status": 503, "match": {"times": 2}},
    ),
    Operation("fault.lift", "DELETE", "/faults/<id>", "Lift one fault.", _lift),
    Operation("fault.lift-all", "DELETE", "/faults", "Lift every fault.", _lift),
    Operation(
        "reset",
        "POST",
        "/reset",
        "Forget everything, or the captures only.",
        _reset,
        _RESET,
        example={"what": "captures"},
    ),
    Operation("settings.read", "GET", "/settings", "Every setting, its value, default, meaning and source.", _settings),
    Operation("settings.set", "POST", "/settings", "Change settings.", _set, _ANY, example={"region": "eu"}),
    Operation(
        "seed.set",
        "POST",
        "/seed",
        "Start every random choice anew from this seed.",
        _reseed,
        _SEED,
        example={"seed": 7},
    ),
    Operation(
        "journal.save", "GET", "/journal", "The journal as an SQLite file.", _save, produces=SQLITE, example="lab.db"
    ),
    Operation(
        "journal.load",
        "POST",
        "/journal",
        "Go on from a saved journal, in place of this one.",
        _load,
        raw=True,
        example="lab.db",
    ),
    Operation("metrics", "GET", "/metrics", "Counts, as Prometheus reads them.", _metrics, produces="text/plain"),
)

REQUEST_FILTERS: Mapping[str, str] = {
    "method": "GET or POST",
    "path": "a path, or a beginning ended by *",
    "status": "the answered status",
    "since": "received at or after: milliseconds or ISO 8601",
    "until": "received before: milliseconds or ISO 8601",
}

CORE_VIEWS: Sequence[View] = (
    View("requests", "Vendor calls as they came, with what was answered.", REQUEST_FILTERS, request_rows),
    View("faults", "Armed faults and how often they struck.", {}, _fault_rows),
)
