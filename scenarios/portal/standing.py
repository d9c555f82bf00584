"""What was set up: API targets, syncs that stand, and the role that people play. A fold over control entries.

An API target is the name under which Amplitude keeps a write key (amplitude facts 3.6 [doc]).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.nearest import nearest
from contracts.rule import Schema
from mock_core.errors import NotFound
from mock_core.journal import Entry, MemoryFold, shape
from scenarios.portal.roles import FIRST, ROLES

CADENCES: Final[Mapping[str, str]] = {
    "once": "One-time",
    "hourly": "Hourly",
    "daily": "Daily",
    "realtime": "Real time",
}
"""How often a sync runs, and what Amplitude calls that (amplitude facts 3.1 [doc])."""

_TEXT: Final = {"type": "string", "minLength": 1}
_NAME: Final = {**_TEXT, "maxLength": 100, "pattern": "^[^:\\s]([^:]*[^:\\s])?$"}

TARGET: Final[Mapping[str, Any]] = {
    "name": {**_NAME, "description": "what the target is called; syncs name it"},
    "write_key": {**_TEXT, "maxLength": 200, "description": "the write key of a Segment source"},
}
SYNC: Final[Mapping[str, Any]] = {
    "cohort_id": {**_TEXT, "description": "the cohort that is told"},
    "target": {**_TEXT, "description": "the API target that it is told to"},
    "cadence": {"enum": list(CADENCES), "description": "how often it runs"},
    "settings": {"type": "object", "description": "what differs from the engine's defaults, as `sync add` takes it"},
}
_WHICH: Final = {name: SYNC[name] for name in ("cohort_id", "target")}

SHAPES: Final[Mapping[str, Schema]] = {
    "target.put": shape("name", "write_key", name=_TEXT, write_key=_TEXT),
    "target.remove": shape("name", name=_TEXT),
    "standing.put": shape(
        "cohort_id",
        "target",
        "cadence",
        cohort_id=_TEXT,
        target=_TEXT,
        cadence=SYNC["cadence"],
        settings=SYNC["settings"],
    ),
    "standing.pause": shape(*_WHICH, **_WHICH),
    "standing.resume": shape(*_WHICH, **_WHICH),
    "standing.disable": shape(*_WHICH, "reason", **_WHICH, reason=_TEXT),
    "standing.remove": shape(*_WHICH, **_WHICH),
    "standing.run": shape(*_WHICH, "why", **_WHICH, why=_TEXT),
    "role.set": shape("role", role={"enum": list(ROLES)}),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A sync that stands: which cohort is told to which target, how often; moments in seconds since 1970.

    `disabled` is why it is not scheduled any more, until somebody resumes or edits it.
    """

    cohort_id: str
    target: str
    cadence: str
    added_at: float
    edited_at: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    is_paused: bool = False
    disabled: str = ""

    @property
    def label(self) -> str:
        """Name it in messages and addresses."""
        return f"{self.cohort_id}:{self.target}"


class StandingFold(MemoryFold):
    """The targets by name with their write keys, the syncs by label, and the role, as of now."""

    kind = "control"
    targets: dict[str, str]
    syncs: dict[str, Standing]
    role: str

    def clear(self) -> None:
        self.targets, self.syncs = {}, {}
        self.role = FIRST

    def apply(self, entry: Entry) -> None:
        data = entry.data
        match data["op"]:
            case "role.set":
                self.role = data["role"]
            case "target.put":
                self.targets[data["name"]] = data["write_key"]
            case "target.remove":
                self.targets.pop(data["name"], None)
            case "standing.put":
                self._put(data, entry.at / 1000)
            case "standing.remove":
                self.syncs.pop(_label(data), None)
            case "standing.pause":
                self._change(data, is_paused=True)
            case "standing.resume":
                self._change(data, is_paused=False, disabled="")
            case "standing.disable":
                self._change(data, disabled=data["reason"])

    def _put(self, data: Mapping[str, Any], at: float) -> None:
        """Add a sync, or edit one: it is scheduled anew then, and runs at once (amplitude facts 3.1)."""
        before = self.syncs.get(_label(data))
        told = {name: data[name] for name in SYNC if name in data}
        paused = before is not None and before.is_paused
        added = at if before is None else before.added_at
        self.syncs[_label(data)] = Standing(**told, added_at=added, edited_at=at, is_paused=paused)

    def _change(self, data: Mapping[str, Any], **changes: Any) -> None:
        before = self.syncs.get(_label(data))
        if before is not None:
            self.syncs[_label(data)] = replace(before, **changes)

    def sync(self, label: str) -> Standing:
        """Return the sync called `COHORT:TARGET`; raise `NotFound` with the nearest."""
        if label not in self.syncs:
            raise NotFound(f"There is no sync {label!r}: {nearest(label, self.syncs)}")
        return self.syncs[label]

    def write_key(self, target: str) -> str:
        """Return the key of a target; raise `NotFound` with the nearest."""
        if target not in self.targets:
            raise NotFound(f"There is no API target {target!r}: {nearest(target, self.targets)}")
        return self.targets[target]


def _label(data: Mapping[str, Any]) -> str:
    return f"{data['cohort_id']}:{data['target']}"
