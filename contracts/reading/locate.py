"""From a JSON pointer back to the text: at which line and column a person has to look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'[\s,:]*("(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """Hold where something starts and ends in a text, in characters."""

    start: int
    end: int


def locate(text: str, pointer: str) -> Span:
    """Return where a pointer's member stands in JSON text: key and value, or the nearest thing around it."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    found = value_span(text, 0)
    start = found.start
    for part in parts:
        inner = None
        for name, span in _members(text, start):
            if name == part:
                inner = span
        if inner is None:
            break
        found, start = inner
    return found


def repeated_key(text: str) -> tuple[str, int] | None:
    """Return the first key that an object holds twice, and where it stands the second time."""
    open_objects: list[set[str] | None] = []
    tokens = list(_TOKEN.finditer(text))
    for token in tokens:
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


def value_span(text: str, start: int) -> Span:
    """Return the span of the value that the next token opens."""
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


def _members(text: str, start: int) -> Iterator[tuple[str, tuple[Span, int]]]:
    """Yield name, span of the member and start of its value, for each member of the container at `start`."""
    opening = _TOKEN.match(text, start)
    if opening is None or opening[1] not in "{[":
        return
    position, index = opening.end(), 0
    while (token := _TOKEN.match(text, position)) is not None and token[1] not in "}]":
        if opening[1] == "{":
            value = value_span(text, token.end())
            yield _unquoted(token[1]), (Span(token.start(1), value.end), value.start)
        else:
            value = value_span(text, position)
            yield str(index), (value, value.start)
        position, index = value.end, index + 1


def _unquoted(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word
