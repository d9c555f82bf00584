"""Destination filters: which events a destination is kept from, and which properties (segment facts 5.4 [doc]).

Every filter whose FQL holds for the event as it came has a say. What they ask for is done in Segment's order: sample,
drop, drop properties, allow properties. FQL that cannot be read keeps every event back.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from contracts.fql import FilterBreaks, parse
from contracts.nearest import nearest
from mock_core.errors import BadControl

MOST_FILTERS, LONGEST_TITLE, LONGEST_FQL = 10, 64, 5 * 1024  # segment facts 5.4 [doc]
KINDS = ("SAMPLE", "DROP", "DROP_PROPERTIES", "ALLOW_PROPERTIES")  # in the order in which they are applied


@dataclass(frozen=True, slots=True)
class Action:
    """What a filter does: `fields` are names by the path they lie at (empty: the top), `percent` is 0 to 1."""

    kind: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    percent: float = 1.0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One destination filter, as Segment's Public API has it."""

    condition: str
    actions: Sequence[Action]
    title: str = ""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Filtered:
    """What filters left of an event, None when they kept it back, and why."""

    event: Mapping[str, Any] | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def read_filters(specs: Sequence[Any]) -> list[Filter]:
    """Read filters in the form of the Public API, or an FQL text alone, which drops; raise `BadControl`."""
    if len(specs) > MOST_FILTERS:
        raise BadControl(f"There are {len(specs)} filters, expected at most {MOST_FILTERS} a destination.")
    return [_read_filter(spec, f"Filter {number}") for number, spec in enumerate(specs, 1)]


def _read_filter(spec: Any, what: str) -> Filter:
    if isinstance(spec, str):
        spec = {"if": spec, "actions": [{"type": "DROP"}]}
    if not isinstance(spec, Mapping):
        raise BadControl(f"{what} is {spec!r}, expected FQL or an object with if and actions.")
    _know(spec, ("if", "actions", "title", "description", "enabled", "sourceId"), what)
    condition, title, enabled = spec.get("if"), spec.get("title", ""), spec.get("enabled", True)
    if not isinstance(condition, str) or not condition:
        raise BadControl(f"{what} has if {condition!r}, expected FQL, or all.")
    if len(condition.encode()) > LONGEST_FQL:
        raise BadControl(f"{what} has {len(condition.encode())} bytes of FQL, expected at most {LONGEST_FQL}.")
    if not isinstance(title, str) or len(title) > LONGEST_TITLE:
        raise BadControl(f"{what} has title {title!r}, expected text of at most {LONGEST_TITLE} characters.")
    if not isinstance(enabled, bool):
        raise BadControl(f"{what} has enabled {enabled!r}, expected true or false.")
    actions = spec.get("actions")
    if not isinstance(actions, list) or not actions:
        raise BadControl(f"{what} has actions {actions!r}, expected a list such as [{{'type': 'DROP'}}].")
    return Filter(condition, [_read_action(action, what) for action in actions], title, enabled)


def _read_action(spec: Any, what: str) -> Action:
    if not isinstance(spec, Mapping):
        raise BadControl(f"{what} has the action {spec!r}, expected an object with a type.")
    _know(spec, ("type", "fields", "percent", "path"), f"{what}: an action")
    kind = spec.get("type")
    if kind not in KINDS:
        raise BadControl(f"{what} has an action of type {kind!r}: {nearest(str(kind), KINDS)}")
    percent, path, fields = spec.get("percent", 1.0), spec.get("path", ""), spec.get("fields", {})
    if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not 0 <= percent <= 1:
        raise BadControl(f"{what} has percent {percent!r}, expected 0 to 1.")
    if not isinstance(path, str):
        raise BadControl(f"{what} has path {path!r}, expected text such as userId.")
    if not isinstance(fields, Mapping) or not all(
        isinstance(names, list) and all(isinstance(name, str) for name in names) for names in fields.values()
    ):
        raise BadControl(f"{what} has fields {fields!r}, expected names by path such as {{'traits': ['email']}}.")
    if kind.endswith("PROPERTIES") and not fields:
        raise BadControl(f"{what} has a {kind} without fields, expected names by path such as {{'traits': ['email']}}.")
    return Action(kind, {place: tuple(names) for place, names in fields.items()}, float(percent), path)


def _know(spec: Mapping[str, Any], names: Sequence[str], what: str) -> None:
    for name in spec:
        if name not in names:
            raise BadControl(f"{what} has no field {name!r}: {nearest(str(name), names)}")


_parsed = lru_cache(maxsize=256)(parse)


class Unreadable(Exception):
    """The FQL of a filter cannot be read; the message says what Segment's reader says, and what is behind it."""


def matches(condition: str, event: Mapping[str, Any]) -> bool:
    """Say whether FQL holds for an event; raise `Unreadable`, or what Segment's reader breaks with."""
    read = _parsed(condition)
    if read.tree is None:
        raise Unreadable(f"{read.error}{f' ({read.why})' if read.why else ''}")
    return read.matches(event)


def apply_filters(filters: Sequence[Filter], event: Mapping[str, Any], *, seed: int) -> Filtered:
    """Return what filters leave of an event; sampling draws from the seed and what `path` leads to, or messageId."""
    asked: list[tuple[Filter, Action]] = []
    for each in filters:
        if not each.is_enabled:
            continue
        try:
            holds = each.condition == "all" or matches(each.condition, event)
        except (Unreadable, FilterBreaks) as error:
            return Filtered(None, f"{_name(each)} cannot be read, which keeps every event back: {error}")
        if holds:
            asked += [(each, action) for action in each.actions]
    asked.sort(key=lambda pair: KINDS.index(pair[1].kind))
    left: Any = event
    notes: list[str] = []
    for each, action in asked:
        if action.kind == "SAMPLE" and not _is_drawn(action, event, seed):
            return Filtered(None, f"{_name(each)} lets {action.percent:g} of the events pass, and not this one")
        if action.kind == "DROP":
            return Filtered(None, f"{_name(each)} drops it")
        if action.kind.endswith("PROPERTIES"):
            if left is event:
                left = copy.deepcopy(dict(event))
            taken = _take_away(left, action)
            if taken:
                notes.append(f"{_name(each)} takes away {', '.join(taken)}")
    return Filtered(left, "", tuple(notes))


def _name(each: Filter) -> str:
    return f"filter {each.title!r} ({each.condition})" if each.title else f"filter ({each.condition})"


def _is_drawn(action: Action, event: Mapping[str, Any], seed: int) -> bool:
    """Draw so that events with the same value at the path go the same way."""
    what = _at(event, action.path) if action.path else event.get("messageId")
    drawn = hashlib.sha256(f"{seed}:{action.percent}:{action.path}:{what!r}".encode("utf-8", "replace")).digest()
    return int.from_bytes(drawn[:7], "big") / (1 << 56) < action.percent


def _at(event: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        event = event.get(part) if isinstance(event, Mapping) else None
    return event


def _take_away(event: dict[str, Any], action: Action) -> list[str]:
    """Take properties out of an event and return their paths."""
    taken = []
    for path, names in action.fields.items():
        place = _at(event, path)
        if not isinstance(place, dict):
            continue
        for name in list(place):
            if (name in names) == (action.kind == "DROP_PROPERTIES"):
                del place[name]
                taken.append(f"{path}.{name}" if path else name)
    return taken
