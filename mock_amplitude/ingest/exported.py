"""An event under the names it has in an export, and in a user's activity; pure (amplitude facts 5.4, 5.5 [doc])."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from mock_amplitude.ingest.fold import Happening

_AS_SENT: Final = (  # fields that keep the name they were sent under
    *("platform", "os_name", "os_version", "device_brand", "device_manufacturer", "device_model", "device_type"),
    *("country", "region", "city", "dma", "language", "location_lat", "location_lng", "idfa", "adid", "event_id"),
    "library",
)
_RENAMED: Final[Mapping[str, str]] = {
    "device_carrier": "carrier",
    "version_name": "app_version",
    "device_family": "device_model",
    "$insert_id": "insert_id",
}
_REMOTE: Final = "$remote"  # the address a call came from, which the lab does not tell
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def exported(happening: Happening) -> dict[str, Any]:
    """Return an event as an export has it: times as text, null for what was not sent, -1 for no session."""
    event, received = happening.event, stamp(happening.at)
    address = event.get("ip")
    return {
        "$insert_id": event.get("insert_id"),
        "$schema": None,
        "adid": event.get("adid"),
        "amplitude_attribution_ids": None,
        "amplitude_event_type": None,
        "amplitude_id": happening.amplitude_id,
        "app": happening.project_id,
        **{name: event.get(name) for name in _AS_SENT},
        **{name: event.get(sent) for name, sent in _RENAMED.items()},
        "client_event_time": stamp(event["time"]),
        "client_upload_time": received,
        "data": {},
        "device_id": event["device_id"],
        "event_properties": event.get("event_properties") or {},
        "event_time": stamp(event["time"]),
        "event_type": event.get("event_type"),
        "group_properties": event.get("group_properties") or {},
        "groups": event.get("groups") or {},
        "ip_address": None if address == _REMOTE else address,
        "is_attribution_event": None,
        "paying": event.get("paying"),
        "processed_time": received,
        "sample_rate": None,
        "server_received_time": received,
        "server_upload_time": received,
        "session_id": event.get("session_id", -1),
        "start_version": event.get("start_version"),
        "user_creation_time": None,
        "user_id": event.get("user_id"),
        "user_properties": event["user_properties"],
        "uuid": str(UUID(int=happening.position << 64 | happening.amplitude_id, version=4)),
    }


def stamp(moment: int) -> str:
    """Write a moment in milliseconds as exports do (amplitude facts 5.4 [client])."""
    return f"{_EPOCH + timedelta(milliseconds=moment):%Y-%m-%d %H:%M:%S.%f}"
