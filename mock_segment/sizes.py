"""Sizes of a batch's items, in bytes as they were sent (segment facts 1.7 [doc]; that bytes count, [inferred]).

Parsing forgets where an item stood. Written again without spaces and escapes it is seldom larger than it was, and all
that was left out of the body cannot be more than what the items lack: only when that could lift one over the limit is
the text itself looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from contracts.limits import EVENT_BYTES
from mock_core.deep_json import write_json

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_QUOTE, _OPENING = ord('"'), b"[{"


def oversize_places(text: bytes, items: Sequence[Any]) -> frozenset[int]:
    """Return the places of those `items` of the batch in `text` that are over the limit of one event."""
    if len(text) <= EVENT_BYTES or not items:
        return frozenset()
    sizes = [len(write_json(item)) for item in items]
    if max(sizes) + max(0, len(text) - sum(sizes)) > EVENT_BYTES:
        spans = sizes_as_sent(text)
        # Numbers, true, false and null are no spans, and never large.
        sizes = [next(spans, 0) if isinstance(item, (dict, list, str)) else 0 for item in items]
    return frozenset(place for place, size in enumerate(sizes) if size > EVENT_BYTES)


def sizes_as_sent(text: bytes) -> Iterator[int]:
    """Return the sizes of the objects, arrays and strings in the `batch` of a JSON object that is known to parse."""
    sizes: list[int] = []
    depth, start, name, is_batch = 0, 0, b"", False
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first == _QUOTE:
            if depth == 1:
                name = token[0]  # a name, or a value: before a bracket it can only be a name
            elif depth == 2 and is_batch:
                sizes.append(token.end() - token.start())
        elif first in _OPENING:
            depth += 1
            if depth == 2:
                is_batch = first == _OPENING[0] and orjson.loads(name) == "batch"
                if is_batch:  # of two equal names the last one counts
                    sizes.clear()
            elif depth == 3:
                start = token.start()
        else:
            if depth == 3 and is_batch:
                sizes.append(token.end() - start)
            depth -= 1
    return iter(sizes)
