"""JSON as `JSON.stringify` writes it, to the byte: order of keys, numbers, escapes."""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import Any, Final

from contracts.javascript.members import FUNCTION, entries
from contracts.javascript.units import joined
from contracts.javascript.values import MISSING, number_text

_HALVES: Final = re.compile("[\ud800-\udfff]")


def json_text(value: Any) -> str:
    """Return the JSON of a value: MISSING members are left out, and are null in a list.

    Raises RecursionError for what is nested deeper than Python's stack.
    """
    if isinstance(value, str):
        return _quoted(value)
    if value is None or value is MISSING or value is FUNCTION:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = number_text(value)
        return "null" if text[-1] in "yN" else text
    if isinstance(value, list | tuple):
        return f"[{','.join(map(json_text, value))}]"
    return (
        "{"
        + ",".join(
            f"{_quoted(key)}:{json_text(each)}"
            for key, each in entries(value)
            if each is not MISSING and each is not FUNCTION
        )
        + "}"
    )


def _quoted(text: str) -> str:
    quoted = encode_basestring(text)
    if text.isascii() or not _HALVES.search(text):
        return quoted
    return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", joined(quoted))
