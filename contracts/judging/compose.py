"""Composition: a contract's schema is an `allOf` of its rules' fragments, each under the rule's own name.

Everything a schema refers to is inside it, so that any validator can load it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contracts.rule import Frame, Rule, Schema

CALLS: Final = ("identify", "track", "page", "screen", "group", "alias")
"""The six calls an event may be (segment facts 1.2 [doc])."""


def all_of(rules: Iterable[Rule], frame: Frame) -> dict[str, Any]:
    """Return a schema that a payload meets when it meets every rule that is a schema."""
    definitions = {rule.name: _definition(rule, fragment) for rule, fragment in _fragments(rules, frame)}
    return _together(definitions, [_refer(name) for name in definitions])


def by_type(rules: Iterable[Rule], frame: Frame) -> dict[str, Any]:
    """Return a schema for an event of any call: what its `type` says decides which rules count."""
    known = list(_fragments(rules, frame))
    always = [_refer(rule.name) for rule, _ in known if _always(rule)]
    guarded = [
        {
            "if": {"type": "object", "properties": {"type": {"const": call}}, "required": ["type"]},
            "then": {"allOf": [_refer(rule.name) for rule, _ in known if _only(rule, call)]},
        }
        for call in CALLS
        if any(_only(rule, call) for rule, _ in known)
    ]
    return _together({rule.name: _definition(rule, part) for rule, part in known}, always + guarded)


def _only(rule: Rule, call: str) -> bool:
    return call in rule.contracts and not _always(rule)


def _always(rule: Rule) -> bool:
    return set(CALLS) <= set(rule.contracts) or set(CALLS).isdisjoint(rule.contracts)


def _fragments(rules: Iterable[Rule], frame: Frame) -> Iterable[tuple[Rule, Schema]]:
    for rule in rules:
        fragment = rule.fragment(frame)
        if fragment is not None:
            yield rule, fragment


def _definition(rule: Rule, fragment: Schema) -> dict[str, Any]:
    return {"title": rule.code, "description": rule.message, **fragment}


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _together(definitions: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$defs": definitions, "allOf": parts} if parts else {}
