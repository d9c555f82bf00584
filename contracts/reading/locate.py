"""From JSON pointers back to the text: at which line and column a person has to look.

A text is gone through once for all the pointers that lead into it, so that a batch of two thousand broken items costs
what one costs to read.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(r'[\s,:]*("(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+)', re.DOTALL)
_BETWEEN: Final = re.compile(r"[\s,:]*")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Span:
    """Hold where something starts and ends in a text, in characters."""

    start: int
    end: int


class Lines:
    """Turn offsets of a text into lines and columns, both from 1, without counting from the beginning each time."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)] if "\n" in text else []
        self._length = len(text)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset."""
        line = bisect_right(self._ends, offset - 1)
        return line + 1, offset - (self._ends[line - 1] + 1 if line else 0) + 1

    def around(self, offset: int) -> Span:
        """Return the span of the line that an offset is in, without its end."""
        line = bisect_right(self._ends, offset - 1)
        end = self._ends[line] if line < len(self._ends) else self._length
        return Span(self._ends[line - 1] + 1 if line else 0, end)


@dataclass(slots=True)
class _Node:
    """Hold a place that pointers lead to or through."""

    pointer: str
    inner: dict[str, _Node] = field(default_factory=dict)


class Spans:
    """Hold where the members stand that pointers lead to: key and value, or the nearest thing around them."""

    def __init__(self, text: str, pointers: Iterable[str]) -> None:
        start = len(text) - len(text.lstrip())
        self._found = {"": Span(start, max(start, len(text.rstrip())))}
        wanted = _tree(pointers)
        if wanted.inner and text[start : start + 1] in ("{", "["):
            self._walk(text, start, wanted)

    def __getitem__(self, pointer: str) -> Span:
        while pointer not in self._found:
            pointer = pointer[: pointer.rindex("/")]
        return self._found[pointer]

    def _walk(self, text: str, start: int, wanted: _Node) -> None:
        """Go through the containers that are wanted, and over everything else in one step each."""
        around: list[tuple[_Node, bool, int, int]] = []  # what is open outside: node, kind, next index, its start
        node, is_object, index, begin = wanted, text[start] == "{", 0, start
        position = start + 1
        while True:
            position = _after_space(text, position)
            letter = text[position : position + 1]
            if letter in ("", "}", "]"):
                if not around or not letter:
                    return
                self._found[node.pointer] = Span(begin, position + 1)
                position += 1
                node, is_object, index, begin = around.pop()
                continue
            first = position
            if is_object:
                name, position = _key(text, position)
                position = _after_space(text, position)
            else:
                name, index = str(index), index + 1
            inner = node.inner.get(name)
            if inner is not None:
                self._forget(inner)
                if inner.inner and text[position : position + 1] in ("{", "["):
                    around.append((node, is_object, index, begin))
                    node, is_object, index, begin = inner, text[position] == "{", 0, first
                    position += 1
                    continue
            end = value_end(text, position)
            if inner is not None:
                self._found[inner.pointer] = Span(first, end)
            position = max(end, first + 1)

    def _forget(self, node: _Node) -> None:
        """Forget an earlier member of the same name: of two, the last one counts."""
        if self._found.pop(node.pointer, None) is not None:
            for inner in node.inner.values():
                self._forget(inner)


def _tree(pointers: Iterable[str]) -> _Node:
    root = _Node("")
    for pointer in pointers:
        node = root
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            node = node.inner.setdefault(name, _Node(f"{node.pointer}/{part}"))
    return root


def _after_space(text: str, position: int) -> int:
    """Return where the next token starts."""
    found = _BETWEEN.match(text, position)
    return position if found is None else found.end()


def _key(text: str, position: int) -> tuple[str, int]:
    """Read the key of a member; of text that is not quite JSON, whatever the next token is."""
    try:
        name, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        token = _TOKEN.match(text, position)
        return ("", position + 1) if token is None else (token[1], token.end())
    return str(name), end


def locate(text: str, pointer: str) -> Span:
    """Return where one pointer's member stands in JSON text."""
    return Spans(text, (pointer,))[pointer]


def repeated_key(text: str) -> tuple[str, int] | None:
    """Return the first key that an object holds twice, and where it stands the second time."""
    open_objects: list[set[str] | None] = []
    for token in _TOKEN.finditer(text):
        word = token[1]
        if word == "{":
            open_objects.append(set())
        elif word == "[":
            open_objects.append(None)
        elif word in "}]":
            if open_objects:
                open_objects.pop()
        elif word[0] == '"' and open_objects and open_objects[-1] is not None and _is_key(text, token.end()):
            key = json.loads(word)
            if key in open_objects[-1]:
                return key, token.start(1)
            open_objects[-1].add(key)
    return None


def value_end(text: str, start: int) -> int:
    """Return where the value ends that the next token opens; in broken text, where its brackets are balanced."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return value_span(text, start).end


def value_span(text: str, start: int) -> Span:
    """Return the span of the value that the next token opens, by its brackets alone."""
    opening = _TOKEN.match(text, start)
    if opening is not None and opening[1] not in "{[":
        return Span(opening.start(1), opening.end())
    depth = 0
    first: int | None = None
    for token in _TOKEN.finditer(text, start):
        first = token.start(1) if first is None else first
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[1], 0)
        if depth <= 0:
            return Span(first, token.end())
    return Span(first or 0, len(text))


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _is_key(text: str, end: int) -> bool:
    return text[end : end + 64].lstrip().startswith(":")
