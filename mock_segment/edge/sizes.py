"""Sizes of a batch's items, in bytes as they were sent (segment facts 1.7 [doc]; that bytes count, [inferred]).

Parsing forgets where an item stood. Written again without spaces and escapes it is seldom larger than it was, and what
the body has beyond that is all that any item can have been larger: only when that could lift one over the limit is the
text read again, item by item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from json import JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # what the decoder itself reads names with
from typing import Any

from contracts.limits import EVENT_BYTES
from mock_core.deep_json import write_json

_NEXT = b'},{"'
_SPACE = re.compile(r"[ \t\n\r]*")
_SCAN = JSONDecoder(parse_int=str, parse_float=str).scan_once  # type: ignore[attr-defined]  # numbers are not looked at


def oversize_places(text: bytes, items: Sequence[Any], limit: int = EVENT_BYTES) -> frozenset[int]:
    """Return the places of those `items` of the batch in `text` that are over the limit of one event."""
    if len(text) <= limit or not items:
        return frozenset()
    sizes = sizes_written_again(items)
    if max(sizes) + max(0, len(text) - sum(sizes) - len(sizes)) > limit:
        with suppress(RecursionError):  # nested deeper than this decoder goes: measured as written again
            sizes = list(sizes_as_sent(text))
    return frozenset(place for place, size in enumerate(sizes) if size > limit)


def sizes_written_again(items: Sequence[Any]) -> list[int]:
    """Return the sizes of items as JSON without spaces and escapes.

    Written at once and cut where one object follows another: no text holds that, as its quote would be escaped. When
    all are objects and there are as many pieces, the pieces are the items; else each is written by itself.
    """
    pieces = write_json(items).split(_NEXT)
    if len(pieces) != len(items) or not all(isinstance(item, dict) and item for item in items):
        return [len(write_json(item)) for item in items]
    sizes = [len(piece) + 3 for piece in pieces]  # a brace and a quote were cut off before it, and a brace behind
    sizes[0] -= 3  # nothing was cut off before the first, and it has the bracket of the list
    sizes[-1] -= 2  # nothing was cut off behind the last, and it has the other one
    return sizes


def sizes_as_sent(body: bytes) -> Iterator[int]:
    """Return the sizes of the items in the `batch` of a JSON object that is known to parse."""
    text = body.decode()
    is_ascii = len(text) == len(body)
    sizes: list[int] = []
    at = _past_space(text, _past_space(text, 0) + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1, True)
        at = _past_space(text, _past_space(text, at) + 1)  # the colon
        if name == "batch" and text[at] == "[":
            spans, at = _items(text, at)
            sizes = [end - start if is_ascii else len(text[start:end].encode()) for start, end in spans]
        else:
            _, at = _SCAN(text, at)
        at = _past_comma(text, at)
    return iter(sizes)


def _items(text: str, at: int) -> tuple[list[tuple[int, int]], int]:
    """Return where the items of the array at `at` begin and end, and where it ends itself."""
    spans = []
    at = _past_space(text, at + 1)
    while text[at] != "]":
        _, end = _SCAN(text, at)
        spans.append((at, end))
        at = _past_comma(text, end)
    return spans, at + 1


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _past_comma(text: str, at: int) -> int:
    at = _past_space(text, at)
    return _past_space(text, at + 1) if text[at] == "," else at
