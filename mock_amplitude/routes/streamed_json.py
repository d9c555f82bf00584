"""Write a JSON object with long arrays at its end, some thousand elements at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

ELEMENTS_A_CHUNK = 5_000


def streamed_json(head: Mapping[str, Any], arrays: Mapping[str, Iterable[Any]]) -> Iterator[bytes]:
    """Yield `{...head, "name": [...], ...}`; `head` holds at least one member."""
    yield orjson.dumps(head)[:-1]
    for name, elements in arrays.items():
        yield b"," + orjson.dumps(name) + b":["
        between = b""
        rest = iter(elements)
        while page := list(islice(rest, ELEMENTS_A_CHUNK)):
            yield between + orjson.dumps(page)[1:-1]
            between = b","
        yield b"]"
    yield b"}"
