"""The nearest candidate, and in words how it differs: letter case, white space, leading zeros, or from where on."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Sequence

MOST_COMPARED = 2_000  # closeness is worked out pair by pair: enough for a test, bounded for a load test

# Ways in which programs change ids and names, with the name of each; the first that makes two equal explains them.
_CHANGES: Sequence[tuple[str, Callable[[str], str]]] = (
    ("white space around it", str.strip),
    ("letter case", str.casefold),
    ("leading zeros", lambda text: text.lstrip("0")),
    ("white space", lambda text: "".join(text.split())),
    ("Unicode normal form", lambda text: unicodedata.normalize("NFKC", text)),
    ("letter case and white space", lambda text: "".join(text.split()).casefold()),
)


def nearest(wanted: str, there: Iterable[str]) -> str | None:
    """Return the candidate most like the one wanted; None when nothing is like it."""
    candidates = list(there)
    for _, change in _CHANGES:
        same = [each for each in candidates if each != wanted and change(each) == change(wanted)]
        if same:
            return same[0]
    close = difflib.get_close_matches(wanted, candidates[:MOST_COMPARED], n=1, cutoff=0.5)
    return close[0] if close else None


def difference(wanted: str, found: str) -> str:
    """Say in words how two texts differ."""
    for name, change in _CHANGES:
        if change(wanted) == change(found):
            are_several = name.endswith("s") or " and " in name
            return f"only {name} {'differ' if are_several else 'differs'}"
    pairs = enumerate(zip(wanted, found, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(wanted), len(found)))
    return f"they differ from character {same + 1}: wanted {wanted[same:]!r}, found {found[same:]!r}"
