"""The name a trait gets in a warehouse: go-snakecase, then what warehouses add to it.

The algorithm is that of segmentio/go-snakecase (segment facts 5.1 [sdk]). It loses case, punctuation and every
letter beyond ASCII, so different names can end in one column.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from contracts.limits import COLUMN_BYTES

_LOWER: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_UPPER: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = frozenset(b"0123456789")
_SMALL: Final = _LOWER | _DIGITS
_CAPITAL: Final = _UPPER | _DIGITS
_UNDERSCORE: Final = ord("_")


@lru_cache(maxsize=65_536)
def column_name(name: str) -> str:
    """Return the column of a trait or property, or the table of an event: `Power Users (abc123)` is
    `power_users_abc123`. Nothing is cut; see `truncated`.
    """
    column = snake_case(name)
    return f"_{column}" if column[:1].isdecimal() else column


def truncated(column: str) -> str:
    """Return what PostgreSQL keeps of a column's name."""
    return column.encode()[:COLUMN_BYTES].decode("utf-8", "ignore")


def snake_case(name: str) -> str:
    """Return a name as go-snakecase writes it."""
    text = name.encode("utf-8", "replace")
    stop, seen_lower, seen_underscore = _clean_prefix(text)
    if stop == len(text):
        return name
    out = bytearray(text[:stop])
    position = stop
    if text[stop] in _UPPER and (not seen_lower or seen_underscore):
        position = _word(text, position, out)
    while True:
        while position < len(text) and text[position] not in _SMALL and text[position] not in _UPPER:
            position += 1
        if position >= len(text):
            return out.decode().strip("_")
        if out and out[-1] != _UNDERSCORE:
            out.append(_UNDERSCORE)
        position = _word(text, position, out)


def _clean_prefix(text: bytes) -> tuple[int, bool, bool]:
    """Return how far the name is snake case already, whether it had a lower-case letter since the last underscore,
    and whether it had an underscore since the last lower-case letter.
    """
    seen_lower = seen_underscore = False
    for index, byte in enumerate(text):
        if byte in _LOWER:
            seen_lower, seen_underscore = True, False
        elif byte == _UNDERSCORE:
            inner = 0 < index < len(text) - 1 and text[index + 1] in _SMALL
            if not inner:
                return index, seen_lower, seen_underscore
            seen_underscore = True
        elif byte not in _DIGITS:
            return index, seen_lower, seen_underscore
    return len(text), seen_lower, seen_underscore


def _word(text: bytes, position: int, out: bytearray) -> int:
    """Append one word in lower case: a run of capitals and digits, then a run of small letters and digits."""
    start = position
    while position < len(text) and text[position] in _CAPITAL:
        position += 1
    out += text[start:position].lower()
    start = position
    while position < len(text) and text[position] in _SMALL:
        position += 1
    out += text[start:position]
    return position
