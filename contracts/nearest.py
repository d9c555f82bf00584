"""The nearest word: what was probably meant by one that nobody knows, and what there is when nothing is near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_NEAR = 0.5  # of the letters: below it another word is a guess, and sends people the wrong way
_LOOKED_THROUGH = 20_000
_COMPARED = 200  # letters
_LISTED = 40


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like this one; None when none is like it."""
    close = difflib.get_close_matches(word[:_COMPARED], sorted(islice(known, _LOOKED_THROUGH)), n=1, cutoff=_NEAR)
    return close[0] if close else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or else which there are, as the end of a sentence."""
    words = sorted(islice(known, _LOOKED_THROUGH))
    close = near(word, words)
    if close is not None:
        return f"did you mean {close!r}?"
    if not words:
        return "there are none yet."
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return f"known: {', '.join(words[:_LISTED])}{more}."
