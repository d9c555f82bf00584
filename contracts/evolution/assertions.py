"""A schema taken apart: one assertion for each keyword, with the place in the payload that it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_IGNORED: Final = frozenset(
    (
        "$schema",
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
_DEPTH: Final = 24


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


def assertions(schema: Any) -> Iterator[Assertion]:
    """Yield every assertion of a schema, those in branches too; the witness decides what a branch amounts to."""
    yield from _Walk(schema).into(schema, (), 0, in_branch=False)


class _Walk:
    """Walk a schema; the root is what references are followed in."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def into(self, schema: Any, path: tuple[str, ...], depth: int, *, in_branch: bool) -> Iterator[Assertion]:
        """Yield the assertions about the value at `path`."""
        if schema is False:
            yield Assertion(path, "not allowed", "true", in_branch)
        if isinstance(schema, dict) and depth <= _DEPTH:
            for keyword, value in schema.items():
                if keyword not in _IGNORED:
                    yield from self._keyword(keyword, value, path, depth + 1, in_branch)

    def _keyword(
        self, keyword: str, value: Any, path: tuple[str, ...], depth: int, in_branch: bool
    ) -> Iterator[Assertion]:
        if keyword == "$ref":
            yield from self.into(resolved(value, self._root), path, depth, in_branch=in_branch)
        elif keyword in _ALL and isinstance(value, list):
            for part in value:
                yield from self.into(part, path, depth, in_branch=in_branch or keyword != "allOf")
        elif keyword in _ALONE:
            yield from self.into(value, path, depth, in_branch=True)
            if keyword == "not":
                yield _assertion(path, keyword, value, in_branch)
        elif keyword in ("properties", "patternProperties") and isinstance(value, dict):
            for name, inner in value.items():
                yield Assertion((*path, name), "described", "true", in_branch)
                yield from self.into(inner, (*path, name), depth, in_branch=in_branch)
        elif keyword in _ELEMENTS and isinstance(value, dict):
            yield from self.into(value, (*path, "*"), depth, in_branch=in_branch or keyword == "contains")
        elif keyword == "required" and isinstance(value, list):
            for name in value:
                yield _assertion(path, "required", name, in_branch)
        else:
            yield _assertion(path, keyword, value, in_branch)


def _assertion(path: tuple[str, ...], keyword: str, value: Any, in_branch: bool) -> Assertion:
    return Assertion(path, keyword, json.dumps(value, sort_keys=True, ensure_ascii=False), in_branch)


def resolved(reference: Any, root: Any) -> Any:
    """Follow a reference inside the document; what is elsewhere is not compared."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return True
    found = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name, True) if isinstance(found, dict) else True
    return found
