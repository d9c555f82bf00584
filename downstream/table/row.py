"""A row of the table: what one destination does with an identify, as it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from downstream.destination import Request
from downstream.table.layers import Step, Steps, changed, layer_of, paths_of, spelt, taken_apart
from downstream.table.rules import KEY_RULES, Unmeasured, kind_of, landed_value

PLACEHOLDER: Final = "Power Users (7abc12de)"
"""The trait key that the rows were measured with."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the trait lands: the path to its name in the body, and the rules for name and value.

    `key` is None where it is no name there but stands within a value, or where no rule fits. `others` says how often
    more it is in the requests.
    """

    path: Sequence[Step]
    key: str | None
    values: Mapping[str, str]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the plain event (a user id and the one trait) fails: the error's class, its status and its words."""

    reason: str
    message: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What one destination does with an identify.

    `by` is `preset` (on when the destination is set up), `added` (an action that somebody has to add), `absent` (only
    a preset without code in the package) or `none`. `arrives` is True, False (something is sent without the trait) or
    None (nothing ever is). `needs` are what the event has to hold besides, `fill` the fields of the mapping that
    somebody has to fill in. `request` is sent for PLACEHOLDER and true, with what is needed. `fails` says which of
    the events `plain`, `email` and `full` make every default action fail. `batch` is None, or by default on or off.
    """

    slug: str
    name: str
    by: str
    actions: Sequence[str] = ()
    action: str = ""
    subscribe: str = ""
    arrives: bool | None = None
    needs: Sequence[str] = ()
    fill: Mapping[str, str] = field(default_factory=dict)
    plain: Refusal | None = None
    is_silent: bool = False
    fails: Mapping[str, bool] = field(default_factory=dict)
    wants_audience: bool = False
    hidden_by_context_traits: bool = False
    names_user: bool = True
    landing: Landing | None = None
    request: Mapping[str, Any] | None = None
    batch: Mapping[str, Any] | None = None

    @property
    def acts(self) -> bool:
        """Say whether any action of the package is set off by an identify."""
        return self.by in ("preset", "added")

    @property
    def renames(self) -> bool:
        """Say whether the trait gets another name."""
        return self.landing is not None and self.landing.key not in ("kept", None)

    @property
    def retypes(self) -> bool:
        """Say whether a boolean becomes something else: a text, or a part of one."""
        if self.landing is None:
            return False
        is_within = any(isinstance(step, Mapping) for step in self.landing.path) or self.is_table
        return is_within or self.landing.values.get("true") != "kept"

    @property
    def is_table(self) -> bool:
        """Say whether the body is a CSV file."""
        return self.request is not None and _layer(self.request) == "csv"

    def key(self, trait: str) -> str:
        """Return the name that a trait gets; raise `Unmeasured` where no rule is known."""
        if self.landing is None or self.landing.key is None:
            raise Unmeasured("no rule was found for what becomes of the name")
        return KEY_RULES[self.landing.key](trait)

    def value(self, value: Any) -> Any:
        """Return what a value becomes; raise `Unmeasured` where no rule is known."""
        if self.landing is None:
            raise Unmeasured("the trait does not arrive")
        return landed_value(self.landing.values[kind_of(value)], value)

    def where(self, trait: str) -> str:
        """Return the path where a trait lands, in words."""
        if self.landing is None:
            return ""
        path = self.landing.path
        return spelt((*path[:-1], self.key(trait)) if self.landing.key else path)

    def sent(self, trait: str, value: Any) -> Request | None:
        """Return the request for a trait and value; None where none is sent, `Unmeasured` where no rule is known."""
        if self.request is None:
            return None
        body: str = self.request["body"]
        if self.landing is not None:
            rule = self.landing.values.get(kind_of(value))
            if rule == "unsent":
                return None
            old_key, new_key = str(self.landing.path[-1]), self.key(trait)
            content = {} if rule == "absent" else {new_key: self.value(value)}

            def change(parent: dict[str, Any]) -> dict[str, Any]:
                kept = [({name: each} if name != old_key else content) for name, each in parent.items()]
                return {name: each for part in kept for name, each in part.items()}

            layer: Steps = ({"as": _layer(self.request) or "json"},)
            everywhere = [path for path, _ in paths_of(self.document(), old_key.lower()) if path[-1] == old_key]
            for path in everywhere:
                body = changed(body, (*layer, *path[:-1]), change)
        return Request(self.request["method"], self.request["url"], self.request["headers"], body.encode())

    def document(self) -> Any:
        """Return the body taken apart, None where there is none or it is plain text."""
        layer = _layer(self.request) if self.request else None
        return taken_apart(layer, self.request["body"]) if layer and self.request else None


def _layer(request: Mapping[str, Any]) -> str | None:
    return layer_of(request["body"], request["headers"].get("content-type", ""), request["url"])


def row_as_dict(row: Row) -> dict[str, Any]:
    """Return a row as JSON-ready values, without what is as it usually is."""
    return {name: value for name, value in asdict(row).items() if value != _USUAL.get(name, _NOTHING)}


def row_of(document: Mapping[str, Any]) -> Row:
    """Read a row back."""
    given = dict(document)
    for name, kind in (("plain", Refusal), ("landing", Landing)):
        if given.get(name) is not None:
            given[name] = kind(**given[name])
    return Row(**given)


_NOTHING: Final = object()
_EMPTY: Final = asdict(Row("", "", ""))
_USUAL: Final = {each.name: _EMPTY[each.name] for each in fields(Row) if each.name not in ("slug", "name", "by")}
