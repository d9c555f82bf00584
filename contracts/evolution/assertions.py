"""A schema taken apart: one assertion for each keyword, with the place in the payload that it is about."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

MOST: Final = 50_000
"""Assertions of one schema that are looked at: references among alternatives multiply without end."""

_IGNORED: Final = frozenset(
    (
        "$schema",
        "$ref",
        "$id",
        "$defs",
        "definitions",
        "$comment",
        "title",
        "description",
        "examples",
        "default",
        "$anchor",
        "labels",
    )
)
_ALL: Final = ("allOf", "anyOf", "oneOf")
_ELEMENTS: Final = ("additionalProperties", "items", "contains", "additionalItems", "unevaluatedProperties")
_ALONE: Final = ("not", "if", "then", "else")
BY_NAME: Final = ("properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas")
LISTED: Final = (*_ALL, "items", "prefixItems")
SINGLE: Final = (*_ELEMENTS, *_ALONE, "propertyNames", "unevaluatedItems", "contentSchema")
_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Assertion:
    """Hold one keyword of a schema.

    `path` leads to the value it is about; `*` stands for any name or element. `in_branch` says that it counts only
    as part of an alternative, a condition or a negation.
    """

    path: tuple[str, ...]
    keyword: str
    value: str
    in_branch: bool = False

    def same_place(self, other: Assertion) -> bool:
        """Say whether both are about the same keyword of the same value."""
        return self.path == other.path and self.keyword == other.keyword

    def parsed(self) -> Any:
        """Return the keyword's value."""
        return json.loads(self.value)

    def where(self) -> str:
        """Return the place as a pointer."""
        return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in self.path)

    def shown(self) -> str:
        """Return the keyword's value, short enough for one line."""
        return self.value if len(self.value) <= 100 else self.value[:97] + "..."

    def sort_key(self) -> tuple[tuple[str, ...], str, str]:
        """Order assertions by place."""
        return (self.path, self.keyword, self.value)


def assertions(schema: Any) -> tuple[list[Assertion], bool]:
    """Return the assertions of a schema, those in branches too, and whether these are all.

    The witness decides what a branch amounts to.
    """
    found = list(itertools.islice(_Walk(schema).into(schema, _Spot()), MOST + 1))
    return found[:MOST], len(found) <= MOST


@dataclass(frozen=True, slots=True)
class _Spot:
    """Say where a walk is: at which value, by which references, how deep, and whether inside of a branch."""

    path: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()
    depth: int = 0
    in_branch: bool = False

    def deeper(self, *names: str, is_branch: bool = False) -> _Spot:
        """Return the spot one schema further in."""
        return _Spot((*self.path, *names), self.followed, self.depth + 1, self.in_branch or is_branch)

    def says(self, keyword: str, value: Any) -> Assertion:
        """Return an assertion about the value here."""
        return Assertion(self.path, keyword, json.dumps(value, sort_keys=True, ensure_ascii=False), self.in_branch)


class _Walk:
    """Walk a schema; the root is what references are followed in, each once on the way down."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def into(self, schema: Any, spot: _Spot) -> Iterator[Assertion]:
        """Yield the assertions about the value at a spot."""
        if schema is False:
            yield spot.says("not allowed", True)
        if isinstance(schema, dict) and spot.depth <= _DEPTH:
            for keyword, value in schema.items():
                if keyword == "$ref" and value not in spot.followed:
                    yield from self.into(resolved(value, self._root), replace(spot, followed=(*spot.followed, value)))
                elif keyword not in _IGNORED:
                    inside = self._inside(keyword, value, spot)
                    yield from inside if inside is not None else self._plain(keyword, value, spot)

    def _inside(self, keyword: str, value: Any, spot: _Spot) -> Iterator[Assertion] | None:
        """Return the assertions of the schemas that a keyword holds, or None when it holds none."""
        if keyword in _ALL and isinstance(value, list):
            return self._each((part, spot.deeper(is_branch=keyword != "allOf")) for part in value)
        if keyword in ("items", "prefixItems") and isinstance(value, list):
            return self._each((part, spot.deeper(str(index))) for index, part in enumerate(value))
        if keyword in _ALONE:
            own = [spot.says(keyword, value)] if keyword == "not" else []
            return itertools.chain(self._each([(value, spot.deeper(is_branch=True))]), own)
        if keyword in _ELEMENTS and isinstance(value, dict):
            return self._each([(value, spot.deeper("*", is_branch=keyword == "contains"))])
        return None

    def _each(self, parts: Iterable[tuple[Any, _Spot]]) -> Iterator[Assertion]:
        for part, spot in parts:
            yield from self.into(part, spot)

    def _plain(self, keyword: str, value: Any, spot: _Spot) -> Iterator[Assertion]:
        """Yield what a keyword says of the value itself, for each name apart when it is about names."""
        if keyword in ("properties", "patternProperties") and isinstance(value, dict):
            for name, inner in value.items():
                yield Assertion((*spot.path, name), "described", "true", spot.in_branch)
                yield from self.into(inner, spot.deeper(name))
        elif keyword in ("dependencies", "dependentSchemas", "dependentRequired") and isinstance(value, dict):
            for name, needs in value.items():
                yield spot.says(keyword, {name: needs})
                yield from self.into(needs, spot.deeper(is_branch=True))
        elif keyword == "required" and isinstance(value, list):
            for name in value:
                yield spot.says(keyword, name)
        else:
            yield spot.says(keyword, value)


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and every schema in it; data in `enum`, `const` and their like is none."""
    waiting = [schema]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, dict):
            continue
        yield found
        for keyword, value in found.items():
            if keyword in BY_NAME and isinstance(value, dict):
                waiting += value.values()
            elif keyword in LISTED and isinstance(value, list):
                waiting += value
            elif keyword in SINGLE:
                waiting.append(value)


def unfolds_beyond(schema: Any, most: int) -> bool:
    """Say whether references make more than so many schemas of one, all for the same value."""
    known: dict[int, int] = {}

    def count(part: Any) -> int:
        if not isinstance(part, dict):
            return 1
        if id(part) not in known:
            known[id(part)] = 1  # what leads back to itself counts once
            inner = [one for keyword in _ALL if isinstance(part.get(keyword), list) for one in part[keyword]]
            inner += [part[keyword] for keyword in _ALONE if keyword in part]
            inner += [resolved(part["$ref"], schema)] if "$ref" in part else []
            known[id(part)] = min(1 + sum(map(count, inner)), most + 1)
        return known[id(part)]

    return any(count(part) > most for part in subschemas(schema))


def patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns anywhere in a schema."""
    return (part["pattern"] for part in subschemas(schema) if isinstance(part.get("pattern"), str))


def resolved(reference: Any, root: Any) -> Any:
    """Follow a reference inside the document; what is elsewhere is not compared."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return True
    found = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name, True) if isinstance(found, dict) else True
    return found
