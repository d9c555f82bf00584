"""Write JSON of any depth: orjson reads 1,024 levels and writes 254, and what came in must be shown again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class _Written:
    text: bytes


def write_json(value: Any, option: int = 0) -> bytes:
    """Return the compact JSON of a value that came out of JSON, however deep; `option` is orjson's."""
    try:
        return orjson.dumps(value, option=option)
    except TypeError:
        return b"".join(_pieces(value)) + (b"\n" if option & orjson.OPT_APPEND_NEWLINE else b"")


def _pieces(value: Any) -> Iterator[bytes]:
    """Walk without recursion; what is pushed last is written first."""
    pending: list[Any] = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, _Written):
            yield found.text
        elif isinstance(found, (dict, list)):
            is_object = isinstance(found, dict)
            pending.append(_Written(b"}" if is_object else b"]"))
            members = list(found.items()) if isinstance(found, dict) else [(None, inner) for inner in found]
            for place, (name, inner) in reversed(list(enumerate(members))):
                comma = b"," if place else b""
                pending.append(inner)
                pending.append(_Written(comma + orjson.dumps(name) + b":" if is_object else comma))
            yield b"{" if is_object else b"["
        else:
            yield orjson.dumps(found)
