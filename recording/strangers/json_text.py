"""Rewrite values in JSON as it was written: every other byte stays, blanks, order, doubled keys, what is cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

Path = tuple[str, ...]
Rewrite = Callable[[Path, str, bool], str | None]
"""Takes a path, a text, and whether it is a number; returns another text or None. A key's path ends in `{}`."""

_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}\[\]:,]|[^\s{}\[\]:,"]+|"|\s+', re.DOTALL
)
KEY: Final = "{}"
_DECODER: Final = json.JSONDecoder(strict=False)


def rewritten(text: str, rewrite: Rewrite, base: Path = ()) -> str:
    """Return JSON text with the strings and numbers that `rewrite` changes; what is no JSON is left as it is."""
    return "".join(_pieces(text, rewrite, base))


def _pieces(text: str, rewrite: Rewrite, base: Path) -> Iterator[str]:  # noqa: PLR0912 - one branch for each token
    stack: list[tuple[str, Path]] = []
    here, key, is_key = base, "", False
    for found in _TOKEN.finditer(text):
        token = found[0]
        mark = token[0]
        if token.isspace():
            yield token
            continue
        if mark in "{[" and len(token) == 1:
            stack.append((mark, here))
            is_key = mark == "{"
        elif mark in "}]" and len(token) == 1:
            if stack:
                _, here = stack.pop()
                here = stack[-1][1] if stack else base
            is_key = False
        elif mark == ":":
            here, is_key = (*(stack[-1][1] if stack else base), key), False
        elif mark == ",":
            here, is_key = (stack[-1][1] if stack else base), bool(stack) and stack[-1][0] == "{"
        elif mark == '"' and len(token) > 1:
            value = _said(token)
            if value is not None:
                other = rewrite((*here, KEY) if is_key else here, value, False)
                if is_key:
                    key = value
                if other is not None and other != value:
                    token = json.dumps(other, ensure_ascii=token.isascii() and not value.isascii())
        elif (mark.isdecimal() or mark == "-") and not is_key:
            other = rewrite(here, token, True)
            token = token if other is None else other
        elif mark == '"':  # a string that is cut off: the rest of the text is its beginning
            rest = text[found.end() :]
            other = rewrite(here, rest, False)
            yield token + (rest if other is None else other)
            return
        yield token


def _said(token: str) -> str | None:
    if "\\" not in token:
        return token[1:-1]
    try:
        value = _DECODER.decode(token)
    except ValueError:
        return token[1:-1]
    return value if isinstance(value, str) else None
