"""A schema of draft-07, compiled: what the reading of a plan's rule makes, and what events are looked at with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.plans.dialect import Pattern

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what keeps a schema from being one, and where.

    `is_pattern` when it is a pattern that RE2 refuses, `is_clear` when what is meant is clear all the same, so that
    nothing had to be left out.
    """

    path: Path
    found: str
    expected: str
    is_pattern: bool = False
    is_clear: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """Hold one schema. What is not said is None, or empty; `never` is the schema `false`,
    `is_boolean` either of `true` and `false`, `allowed` the values of `enum` in words.
    """

    never: bool = False
    is_boolean: bool = False
    target: Node | None = None
    types: tuple[str, ...] = ()
    enum: frozenset[str] = frozenset()
    allowed: str = ""
    const: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: Pattern | None = None
    format: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    items: Node | None = None
    positions: tuple[Node, ...] = ()
    additional_items: Node | None = None
    contains: Node | None = None
    min_properties: int | None = None
    max_properties: int | None = None
    required: tuple[str, ...] = ()
    properties: dict[str, Node] = field(default_factory=dict)
    pattern_properties: tuple[tuple[Pattern, Node], ...] = ()
    additional_properties: Node | None = None
    property_names: Node | None = None
    dependencies: dict[str, Node | tuple[str, ...]] = field(default_factory=dict)
    any_of: tuple[Node, ...] = ()
    one_of: tuple[Node, ...] = ()
    all_of: tuple[Node, ...] = ()
    negated: Node | None = None
    condition: Node | None = None
    then: Node | None = None
    otherwise: Node | None = None

    def beside(self) -> Iterator[Node]:
        """Yield the nodes that look at the same value as this one."""
        yield from (*self.any_of, *self.one_of, *self.all_of)
        yield from (one for one in self.dependencies.values() if isinstance(one, Node))
        for one in (self.target, self.negated, self.condition, self.then, self.otherwise):
            if one is not None:
                yield one


def is_circular(root: Node) -> bool:
    """Say whether looking at one value with a node can lead back to the same node and value."""
    waiting, done = [(root, iter(_inside(root)))], {id(root)}
    while waiting:  # every node once, wherever it stands
        _, inner = waiting[-1]
        found = next(inner, None)
        if found is None:
            waiting.pop()
        elif id(found) not in done:
            done.add(id(found))
            waiting.append((found, iter(_inside(found))))
            if _returns(found):
                return True
    return _returns(root)


def _returns(start: Node) -> bool:
    waiting, seen = list(start.beside()), set[int]()
    while waiting:
        node = waiting.pop()
        if node is start:
            return True
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node.beside())
    return False


def _inside(node: Node) -> Iterator[Node]:
    """Yield every node that a node leads to."""
    yield from node.beside()
    yield from (*node.positions, *node.properties.values())
    yield from (inner for _, inner in node.pattern_properties)
    for one in (node.items, node.additional_items, node.contains, node.additional_properties, node.property_names):
        if one is not None:
            yield one
