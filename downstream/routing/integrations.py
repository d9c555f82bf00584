"""The integrations object of an event: which destinations its sender wants it to reach (segment facts 5.4 [doc]).

Names are display names and are told apart by case. `All` speaks for those that are not named. Other keys that differ
from a name by case alone do nothing, silently; here they are noted.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

ALL = "All"


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether an event may go to a destination, why not, and what in the object did nothing."""

    is_on: bool
    reason: str = ""
    notes: tuple[str, ...] = ()


def switch(integrations: Any, name: str, *, not_by_all: Container[str] = (), reads_odd_values: bool = True) -> Switch:
    """Say whether an integrations object lets an event go to the destination of that display name.

    An explicit entry counts before `All`, which is true where it is left out. With `reads_odd_values` what is neither
    a boolean nor an object is on where JavaScript takes it for true; without, it is as if it were not there.
    """
    if not isinstance(integrations, dict):
        return Switch(True)
    notes = tuple(_asleep(integrations, name))
    for key in (name, ALL):
        said = _read(integrations[key], reads_odd_values) if key in integrations else None
        if said is False:
            return Switch(False, f"integrations has {key!r}: {_shown(integrations[key])}", notes)
        if said and key == name:
            return Switch(True, "", notes)
    if name in not_by_all:
        return Switch(False, f"{name} is on only where integrations names it", notes)
    return Switch(True, "", notes)


def _asleep(integrations: dict[str, Any], name: str) -> Iterator[str]:
    """Say which keys are meant for this destination, or for all of them, and reach nobody."""
    for key in integrations:
        for meant in (name, ALL):
            if key != meant and key.strip().casefold() == meant.casefold():
                yield f"integrations names {key!r}, which does nothing: it is {meant!r} here, and case counts"


def _read(value: Any, reads_odd_values: bool) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return True
    if not reads_odd_values:
        return None
    return True if isinstance(value, list) else bool(value)


def _shown(value: Any) -> str:
    return orjson.dumps(value).decode()
