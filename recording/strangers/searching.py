"""The search: no original value is left, plain, percent-encoded, in Base64, escaped in JSON, or within gzip."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

from recording.strangers.documents import inflated, read_base64
from recording.strangers.matching import Matcher

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPED: Final = re.compile(r"(?:\\(?:u[0-9a-fA-F]{4}|.))+", re.DOTALL)
_DEEPEST: Final = 5


class Search:
    """Looks for values in data as it is and as it can be read."""

    def __init__(self, values: Iterable[str]) -> None:
        self._matcher = Matcher(values)

    def found(self, data: bytes) -> str | None:
        """Return a value that is in data, None when none is."""
        text = (inflated(data) or data).decode("utf-8", "replace")
        for layer in _layers(text, 0):
            for start, end in self._matcher.matches(layer):
                return layer[start:end]
        return None


def _layers(text: str, depth: int) -> Iterator[str]:
    """Yield a text, and what it says when it is decoded, in every way and any order of them."""
    yield text
    if depth == _DEEPEST:
        return
    if "%" in text:
        for said in {unquote(text), unquote_plus(text)} - {text}:
            yield from _layers(said, depth + 1)
    if "\\" in text:
        said = _ESCAPED.sub(_unescaped, text)
        if said != text:
            yield from _layers(said, depth + 1)
    for found in _BASE64.finditer(text):
        inside = read_base64(found[0])
        if inside is not None:
            yield from _layers(inside, depth + 1)


def _unescaped(found: re.Match[str]) -> str:
    try:
        return str(json.loads(f'"{found[0]}"', strict=False))
    except ValueError:
        return found[0]
