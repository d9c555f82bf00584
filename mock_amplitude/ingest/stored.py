"""An event as Amplitude keeps it: ids trimmed, strings cut, what the server fills in filled in (loop facts 1 [doc])."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

LONGEST_STRING: Final = 1024
_DEVICES: Final = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def device_of(event: Mapping[str, Any]) -> str:
    """Return the device of an event: its own, or one that is made of its user (amplitude facts 5.1 [doc][client])."""
    said = event.get("device_id")
    return (
        said.strip() if isinstance(said, str) and said.strip() else hashed_device(str(event.get("user_id", "")).strip())
    )


def device_key(event: Mapping[str, Any]) -> str:
    """Return what tells one device from another, made quicker than its id: a user without a device is one."""
    said = event.get("device_id")
    return said.strip() if isinstance(said, str) and said.strip() else f"\0{str(event.get('user_id', '')).strip()}"


@lru_cache(maxsize=65_536)
def hashed_device(user_id: str) -> str:
    """Return the device id of a user who was sent without one: the same each time, a UUID of version 5 as live ones."""
    return str(uuid5(_DEVICES, f"user:{user_id}"))


def stored(event: Mapping[str, Any], received: int) -> dict[str, Any]:
    """Return an event as it is kept; `received` in milliseconds is its time where it says none."""
    kept = {name: _cut(value) for name, value in event.items()}
    for name in ("user_id", "device_id"):
        if isinstance(kept.get(name), str):
            kept[name] = kept[name].strip()
    kept["device_id"] = device_of(event)
    if kept.get("time") is None:
        kept["time"] = received
    return kept


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_STRING]
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value]
    return value
