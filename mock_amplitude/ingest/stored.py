"""An event as Amplitude keeps it: ids trimmed, strings cut, what the server fills in filled in (loop facts 1 [doc])."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha1
from typing import Any, Final
from uuid import UUID

LONGEST_STRING: Final = 1024
_DEVICES: Final = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8").bytes


def device_of(event: Mapping[str, Any], least: int = 0) -> str:
    """Return the device of an event: its own, or one that is made of its user (amplitude facts 5.1 [doc][client]).

    An id of fewer than `least` characters counts as none.
    """
    said = event.get("device_id")
    if isinstance(said, str) and len(said) >= least and (device := said.strip()):
        return device
    return hashed_device(str(event.get("user_id", "")).strip())


def device_key(event: Mapping[str, Any]) -> str:
    """Return what tells one device from another, made quicker than its id: a user without a device is one."""
    said = event.get("device_id")
    return said.strip() if isinstance(said, str) and said.strip() else f"\0{str(event.get('user_id', '')).strip()}"


@lru_cache(maxsize=65_536)
def hashed_device(user_id: str) -> str:
    """Return the device id of a user who was sent without one: the same each time, a UUID of version 5 as live ones."""
    digest = sha1(
        _DEVICES + f"user:{user_id}".encode(), usedforsecurity=False
    ).hexdigest()  # uuid5, in a fifth of its time
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def stored(event: Mapping[str, Any], received: int, least: int = 0) -> dict[str, Any]:
    """Return an event as it is kept; `received` in milliseconds is its time where it says none.

    Ids of fewer than `least` characters are taken out (setting `short_id`).
    """
    kept: dict[str, Any] = cut(event)
    user = kept.get("user_id")
    if isinstance(user, str):
        kept["user_id"] = user.strip() if len(user) >= least else None
    kept["device_id"] = device_of(event, least)
    if kept.get("time") is None:
        kept["time"] = received
    return kept


def cut(value: Any) -> Any:
    """Return a JSON value with its strings cut at 1,024 letters (amplitude facts 5.1 [doc])."""
    if isinstance(value, str):
        return value[:LONGEST_STRING]
    if isinstance(value, dict):
        return {name: cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [cut(inner) for inner in value]
    return value
