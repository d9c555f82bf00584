"""curl commands, as documentation and browsers write them: what they send with -d and its kin."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Final

from contracts.errors import BadInput
from contracts.reading.calls import placed_body, route_of
from contracts.reading.records import Fault, Record

_DATA: Final = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
_ENDS: Final = frozenset((";", "|", "||", "&&", "&", "<", ">", ">>"))


def read_curl(data: bytes) -> Iterator[Record | Fault]:
    """Yield the bodies of the curl commands in a text, each on the line where it begins."""
    text = data.decode("utf-8", "replace")
    try:
        words = shlex.split(re.sub(r"\\\r?\n", " ", text), comments=True)
    except ValueError as error:
        raise BadInput(f"the curl command cannot be read: {error}; expected what a shell takes") from None
    after = 0
    for address, body in _calls(words):
        after = max(after, text.find(body.partition("\n")[0], after))
        line, column = text.count("\n", 0, after) + 1, after - (text.rfind("\n", 0, after) + 1) + 1
        yield from placed_body(body, route_of(address), (line, column), "")


def _calls(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield address and body of each command that has a body of its own; `@file` is none."""
    address, wants = "", False
    bodies: list[str] = []
    for word in [*words, "curl"]:
        name, equals, value = word.partition("=")
        if word == "curl" or word in _ENDS:
            yield from ((address, body) for body in bodies if not body.startswith("@"))
            address, bodies = "", []
        elif wants:
            bodies.append(word.removeprefix("$"))  # $'...', as a browser writes what has a quote in it
        elif equals and name in _DATA:
            bodies.append(value)
        elif word.startswith("-d") and len(word) > len("-d"):
            bodies.append(word[len("-d") :])
        elif re.match(r"https?://|\$", word):
            address = address or word
        wants = word in _DATA and not wants
