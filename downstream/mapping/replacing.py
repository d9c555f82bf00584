"""Text replaced as JavaScript's `replace` does it with a literal pattern: case by its own folding, `$&` is live."""

from __future__ import annotations

import re
from typing import Final

from contracts.javascript import joined, units

_LIVE: Final = re.compile(r"\$([$&`'])")


def replaced(text: str, pattern: str, by: str, *, ignorecase: bool, everywhere: bool) -> str:
    """Return text with its first match, or all of them, replaced."""
    whole, wanted = units(text), units(pattern)
    looked_at, sought = (_folded(whole), _folded(wanted)) if ignorecase else (whole, wanted)
    done: list[str] = []
    start = 0
    while (found := looked_at.find(sought, start)) >= 0:
        end = found + len(wanted)
        done += (whole[start:found], _expanded(units(by), whole, found, end))
        start = end
        if not everywhere:
            break
    return joined("".join((*done, whole[start:])))


def _expanded(by: str, whole: str, start: int, end: int) -> str:
    """Return the replacement with its marks filled: the match, what stands before it, what after."""
    marks = {"$": "$", "&": whole[start:end], "`": whole[:start], "'": whole[end:]}
    return _LIVE.sub(lambda mark: marks[mark[1]], by)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(_fold, text))


def _fold(unit: str) -> str:
    """Return a unit in capitals, as ECMA-262 folds without the u flag: no longer text, and no ASCII for what is not."""
    capital = unit.upper()
    if len(capital) != 1 or (ord(unit) >= 128 > ord(capital)):
        return unit
    return capital.lower() if unit.isascii() else capital
