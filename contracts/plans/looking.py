"""Look at a value with a compiled schema, and say what it refuses, in the order and grouping of Segment's validator.

Of alternatives that all fail the one that came nearest explains itself, by the score that gojsonschema counts:
one for each step that held, one less for each that did not (segment facts 5.6 [inferred] library).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from contracts.plans.formats import FORMATS
from contracts.plans.node import Node, Path
from contracts.plans.spelling import json_text, limit_text

_DEEPEST: Final = 150
_STEPS: Final = 100_000
"""Levels and steps after which an event is not looked at any further; plans without loops stay far below."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say that a keyword refuses the value at a place; `said` completes its words, `name` is what it is about there.

    `is_inner` when it only explains why an alternative did not fit.
    """

    path: Path
    keyword: str
    said: str = ""
    name: str | None = None
    is_inner: bool = False


def refusals(node: Node, value: Any) -> list[Refusal]:
    """Return what a schema refuses in a value; nothing when it takes the value."""
    seen = _Seen()
    try:
        _Look().at(node, value, (), seen)
    except _TooMuch as limit:
        seen.refuse((), "internal", str(limit))
    return seen.refusals


class _TooMuch(Exception):
    """Say which limit was met."""


class _Seen:
    """Gather what was refused, and the score."""

    __slots__ = ("refusals", "score")

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.score = 0

    def refuse(self, path: Path, keyword: str, said: str = "", name: str | None = None) -> None:
        """Add a refusal; it takes away the point that the step gets at its end, and one more."""
        self.refusals.append(Refusal(path, keyword, said, name))
        self.score -= 2

    def merge(self, other: _Seen, *, inner: bool = False) -> None:
        """Add what another look saw."""
        self.refusals += (replace(one, is_inner=True) for one in other.refusals) if inner else other.refusals
        self.score += other.score


class _Look:
    """Look at one value; steps and levels are counted, so that no plan can take an event for ever."""

    def __init__(self) -> None:
        self._steps = self._depth = 0

    def at(self, node: Node, value: Any, path: Path, seen: _Seen) -> None:
        """Look at what stands at a place."""
        self._steps += 1
        self._depth += 1
        if self._depth > _DEEPEST or self._steps > _STEPS:
            limit = f"{_DEEPEST} levels deep" if self._depth > _DEEPEST else f"after {_STEPS:,} steps"
            raise _TooMuch(limit)
        while node.target is not None:
            node = node.target
        if not node.is_boolean:
            self._schema(node, value, path, seen)
        elif node.never:
            seen.refuse(path, "false")
        self._depth -= 1

    def _schema(self, node: Node, value: Any, path: Path, seen: _Seen) -> None:
        kind = kind_of(value)
        if node.types and kind not in node.types and not (kind == "integer" and "number" in node.types):
            expected = node.types[0] if len(node.types) == 1 else f"[{','.join(node.types)}]"
            seen.refuse(path, "type", f"{expected}, given: {kind}")
            return
        self._parts(node, value, path, seen)
        if kind == "object":
            self._object(node, value, path, seen)
        elif kind == "array":
            self._array(node, value, path, seen)
        elif kind in ("integer", "number"):
            _number(node, value, path, seen)
        _equal(node, value, path, seen)
        if kind == "string":
            _string(node, value, path, seen)
        elif kind == "object":
            fewer, more = sorted((node.properties, value), key=len)
            for name in fewer:
                if name in more:
                    self.at(node.properties[name], value[name], (*path, name), seen)
        seen.score += 1

    def _alone(self, node: Node, value: Any, path: Path) -> _Seen:
        seen = _Seen()
        self.at(node, value, path, seen)
        return seen

    def _parts(self, node: Node, value: Any, path: Path, seen: _Seen) -> None:
        """Ask the schemas that look at the same value."""
        if node.any_of:
            self._any_of(node.any_of, value, path, seen)
        if node.one_of:
            looks = [self._alone(one, value, path) for one in node.one_of]
            fitting = sum(not look.refusals for look in looks)
            if fitting != 1:
                seen.refuse(path, "oneOf")
                if not fitting:
                    seen.merge(_nearest(looks), inner=True)
        if node.all_of:
            looks = [self._alone(one, value, path) for one in node.all_of]
            for look in looks:
                seen.merge(look)
            if any(look.refusals for look in looks):
                seen.refuse(path, "allOf")
        if node.negated is not None and not self._alone(node.negated, value, path).refusals:
            seen.refuse(path, "not")
        if node.dependencies and isinstance(value, dict):
            self._dependencies(node, value, path, seen)
        if node.condition is not None and (node.then is not None or node.otherwise is not None):
            holds = not self._alone(node.condition, value, path).refusals
            chosen, keyword = (node.then, "then") if holds else (node.otherwise, "else")
            if chosen is not None:
                look = self._alone(chosen, value, path)
                if look.refusals:
                    seen.refuse(path, keyword)
                    seen.merge(look)
        seen.score += 1

    def _any_of(self, nodes: Iterable[Node], value: Any, path: Path, seen: _Seen) -> None:
        looks: list[_Seen] = []
        for one in nodes:
            looks.append(self._alone(one, value, path))
            if not looks[-1].refusals:
                return
        seen.refuse(path, "anyOf")
        seen.merge(_nearest(looks), inner=True)

    def _dependencies(self, node: Node, value: dict[str, Any], path: Path, seen: _Seen) -> None:
        for name in value:
            needs = node.dependencies.get(name, ())
            if isinstance(needs, Node):
                self.at(needs, value, path, seen)
            else:
                for needed in needs:
                    if needed not in value:
                        seen.refuse(path, "dependencies", needed)

    def _array(self, node: Node, value: list[Any], path: Path, seen: _Seen) -> None:
        if node.items is not None:
            for index, one in enumerate(value):
                seen.merge(self._alone(node.items, one, (*path, index)))
        elif node.positions:
            for index, (inner, one) in enumerate(zip(node.positions, value, strict=False)):
                seen.merge(self._alone(inner, one, (*path, index)))
            self._further_items(node, value, path, seen)
        if node.min_items is not None and len(value) < node.min_items:
            seen.refuse(path, "minItems", str(node.min_items))
        if node.max_items is not None and len(value) > node.max_items:
            seen.refuse(path, "maxItems", str(node.max_items))
        if node.unique_items:
            places: dict[str, int] = {}
            for index, one in enumerate(value):
                text = json_text(one)
                if text in places:
                    seen.refuse(path, "uniqueItems", f"{places[text]},{index}")
                places[text] = index
        if node.contains is not None:
            self._contains(node.contains, value, path, seen)
        seen.score += 1

    def _further_items(self, node: Node, value: list[Any], path: Path, seen: _Seen) -> None:
        first, inner = len(node.positions), node.additional_items
        if inner is None or len(value) <= first:
            return
        if inner.is_boolean:
            if inner.never:
                seen.refuse(path, "additionalItems")
            return
        for index in range(first, len(value)):
            seen.merge(self._alone(inner, value[index], (*path, index)))

    def _contains(self, node: Node, value: list[Any], path: Path, seen: _Seen) -> None:
        looks: list[_Seen] = []
        for index, one in enumerate(value):
            looks.append(self._alone(node, one, (*path, index)))
            if not looks[-1].refusals:
                return
        seen.refuse(path, "contains")
        if looks:
            seen.merge(_nearest(looks), inner=True)

    def _object(self, node: Node, value: dict[str, Any], path: Path, seen: _Seen) -> None:
        if node.min_properties is not None and len(value) < node.min_properties:
            seen.refuse(path, "minProperties", str(node.min_properties))
        if node.max_properties is not None and len(value) > node.max_properties:
            seen.refuse(path, "maxProperties", str(node.max_properties))
        for name in node.required:
            if name in value:
                seen.score += 1
            else:
                seen.refuse(path, "required", name, name)
        if node.pattern_properties or node.additional_properties is not None:
            for name, inner in value.items():
                self._further(node, name, inner, path, seen)
        if node.property_names is not None:
            for name in value:
                look = self._alone(node.property_names, name, path)
                if look.refusals:
                    seen.refuse(path, "propertyNames", name, name)
                    seen.merge(look, inner=True)
        seen.score += 1

    def _further(self, node: Node, name: str, value: Any, path: Path, seen: _Seen) -> None:
        """Look at one name's value with what patterns say of it, or with what is said of all other names."""
        matching = [inner for pattern, inner in node.pattern_properties if pattern.found_in(name)]
        for inner in matching:
            seen.merge(self._alone(inner, value, (*path, name)))
        if matching:
            seen.score += 1
        inner_of_others = node.additional_properties
        if matching or name in node.properties or inner_of_others is None:
            return
        if inner_of_others.is_boolean:
            if inner_of_others.never:
                seen.refuse(path, "additionalProperties", name, name)
            return
        seen.merge(self._alone(inner_of_others, value, (*path, name)))


def kind_of(value: Any) -> str:
    """Return the type of a value in the words of JSON Schema; 1.0 is an integer."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _nearest(looks: list[_Seen]) -> _Seen:
    return max(looks, key=lambda look: look.score)


def _equal(node: Node, value: Any, path: Path, seen: _Seen) -> None:
    if node.const is not None or node.enum:
        text = json_text(value)
        if node.const is not None and text != node.const:
            seen.refuse(path, "const", node.const)
        if node.enum and text not in node.enum:
            seen.refuse(path, "enum", node.allowed)
    seen.score += 1


def _string(node: Node, value: str, path: Path, seen: _Seen) -> None:
    if node.min_length is not None and len(value) < node.min_length:
        seen.refuse(path, "minLength", str(node.min_length))
    if node.max_length is not None and len(value) > node.max_length:
        seen.refuse(path, "maxLength", str(node.max_length))
    if node.pattern is not None and not node.pattern.found_in(value):
        seen.refuse(path, "pattern", node.pattern.text)
    if node.format is not None and not FORMATS[node.format](value):
        seen.refuse(path, "format", node.format)
    seen.score += 1


_LIMITS: Final[tuple[tuple[str, str, Callable[[float, float], bool]], ...]] = (
    ("maximum", "maximum", lambda value, limit: value > limit),
    ("exclusiveMaximum", "exclusive_maximum", lambda value, limit: value >= limit),
    ("minimum", "minimum", lambda value, limit: value < limit),
    ("exclusiveMinimum", "exclusive_minimum", lambda value, limit: value <= limit),
)


def _number(node: Node, value: float, path: Path, seen: _Seen) -> None:
    step = node.multiple_of
    if step is not None and (Fraction(str(value)) / Fraction(str(step))).denominator != 1:
        seen.refuse(path, "multipleOf", limit_text(step))
    for keyword, field, is_beyond in _LIMITS:
        limit = getattr(node, field)
        if limit is not None and is_beyond(value, limit):
            seen.refuse(path, keyword, limit_text(limit))
    if node.format is not None:  # what Segment's validator knows as a format holds for no number
        seen.refuse(path, "format", node.format)
    seen.score += 1
