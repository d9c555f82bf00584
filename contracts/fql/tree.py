"""What a filter is once it is read: conditions, and groups of them under one conjunction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from contracts.javascript import MISSING, Missing

FIELDS: Final = {
    "type": "event-type",
    "event": "event",
    "name": "name",
    "userId": "userId",
    "context": "event-context",
    "properties": "event-property",
    "traits": "event-trait",
}
"""Where a field may begin, and what a condition on it is called (destination facts 4 [run subs 3.37.0])."""

BRANCHES: Final = {"event-property": "properties", "event-trait": "traits", "event-context": "context"}
"""Conditions that name a key below one field of the event, and that field."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `name` is the key below properties, traits or context; `value` what it is compared with.

    An operator may be any text: what the reader does not know is kept, and never holds.
    """

    type: str
    operator: str
    value: Any = MISSING
    name: str | Missing = MISSING

    def as_dict(self) -> dict[str, Any]:
        """Return it as the package gives it."""
        given = {"type": self.type, "name": self.name, "operator": self.operator, "value": self.value}
        return {key: each for key, each in given.items() if each is not MISSING}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups under "and" or "or". None stands where a group held nothing: asking it breaks."""

    operator: str
    children: tuple[Condition | Group | None, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return it as the package gives it."""
        children = [None if each is None else each.as_dict() for each in self.children]
        return {"type": "group", "operator": self.operator, "children": children}
