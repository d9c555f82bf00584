"""What the lab was told about destinations: which are connected and how, the faults of their vendors, the settings.

A fold over control entries of the journal: what is told is written down first, and done from what was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.nearest import nearest
from contracts.rule import Schema
from downstream.routing.settings import RoutingSettings
from mock_core.errors import BadControl
from mock_core.journal import Entry, MemoryFold, shape
from mock_core.settings import adopted

_TEXT: Final = {"type": "string", "minLength": 1}
_OBJECT: Final = {"type": "object"}

CONNECTION: Final[Mapping[str, Any]] = {
    "name": {**_TEXT, "maxLength": 100, "description": "what this one is called in the lab"},
    "destination": {**_TEXT, "description": "which destination it is, as `cohortlab destinations` names it"},
    "settings": {**_OBJECT, "description": "what its settings page asks for: keys, addresses, regions"},
    "subscriptions": {
        "type": "array",
        "items": _OBJECT,
        "description": "its mappings, in place of those it has by preset",
    },
    "filters": {
        "type": "array",
        "items": {"type": ["string", "object"]},
        "description": "FQL that keeps events back, or filters as the Public API has them",
    },
    "sources": {
        "type": "array",
        "items": _TEXT,
        "description": "the write keys of the sources it is connected to; every source when left out",
    },
    "enabled": {"type": "boolean", "description": "whether it is switched on"},
}

SHAPES: Mapping[str, Schema] = {
    "destination.put": shape("name", "destination", **CONNECTION),
    "destination.remove": shape("name", name=_TEXT),
    "destination.fault.arm": shape("spec", spec=shape("on", "fault", on=_TEXT, fault=_TEXT)),
    "destination.fault.lift": shape("id", id={"type": ["string", "null"]}),
    "destination.settings.set": shape("changes", changes=_OBJECT),
}


@dataclass(frozen=True, slots=True)
class Connection:
    """One connected destination: what it is called here, which destination it is, how it is set up.

    `since` is the entry that connected it: it gets what is delivered beyond. `version` is the entry that last said
    anything of it.
    """

    name: str
    destination: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    subscriptions: Sequence[Mapping[str, Any]] | None = None
    filters: Sequence[Any] = ()
    sources: Sequence[str] | None = None
    enabled: bool = True
    since: int = 0
    version: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as it is told: to the lab, and to the journal."""
        said = {"name": self.name, "destination": self.destination, "settings": dict(self.settings)}
        optional: dict[str, Sequence[Any] | None] = {"subscriptions": self.subscriptions, "sources": self.sources}
        said |= {name: list(value) for name, value in optional.items() if value is not None}
        return said | {"filters": list(self.filters), "enabled": self.enabled}


def connection_put(existing: Connection | None, changes: Mapping[str, Any]) -> Connection:
    """Return a connection as it stands after it was told something; what is left out stays as it is."""
    now = {"destination": changes.get("name"), **({} if existing is None else existing.told()), **changes}
    if existing is not None and existing.destination != now["destination"]:
        other = f"not {now['destination']!r}: remove it, or take another name"
        raise BadControl(f"{existing.name!r} is {existing.destination!r} here, {other}.")
    return Connection(**now)


class ConnectionsFold(MemoryFold):
    """The connections by name, the armed faults in order, and the settings, as of now."""

    kind = "control"
    connections: dict[str, Connection]
    faults: dict[str, Mapping[str, Any]]
    settings: RoutingSettings
    notes: list[str]

    def clear(self) -> None:
        self.connections, self.faults, self.notes = {}, {}, []
        self.settings = RoutingSettings()
        self._armed = 0

    def apply(self, entry: Entry) -> None:
        data = entry.data
        match data["op"]:
            case "destination.put":
                before = self.connections.get(data["name"])
                known = {name: data[name] for name in CONNECTION if name in data}
                since = entry.seq if before is None else before.since
                self.connections[data["name"]] = Connection(**known, since=since, version=entry.seq)
            case "destination.remove":
                self.connections.pop(data["name"], None)
                self.faults = {key: spec for key, spec in self.faults.items() if spec["on"] != data["name"]}
            case "destination.fault.arm":
                self._armed += 1
                self.faults[f"fault-{self._armed}"] = data["spec"]
            case "destination.fault.lift":
                gone = self.faults if data["id"] is None else [data["id"]]
                self.faults = {key: spec for key, spec in self.faults.items() if key not in gone}
            case "destination.settings.set":
                self.settings, notes = adopted(self.settings, data["changes"])
                self.notes += notes

    def known(self, name: str) -> Connection:
        """Return a connection by its name, or raise `BadControl` with the nearest ones."""
        found = self.connections.get(name)
        if found is None:
            there = f" {nearest(name, self.connections)}" if self.connections else " None is connected: PUT one."
            raise BadControl(f"There is no destination {name!r} here:{there}")
        return found
