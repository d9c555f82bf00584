"""Keys that can be used but not shown: printing, logging or pickling one gives stars."""

from __future__ import annotations

import hashlib
from typing import Final

SHOWN: Final = "********"

SHORTEST_SCRUBBED: Final = 6
"""Characters below which a key is a word that may stand in any text; no vendor's key is as short."""


class Secret:
    """Hold a key; only `reveal` hands it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the key itself: for the header that carries it, and nothing else."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """Name the key without telling it: the same key always has the same fingerprint."""
        return hashlib.blake2b(self._value.encode(), digest_size=6, person=b"cohortlab key").hexdigest()

    def scrub(self, text: str) -> str:
        """Return a text without the key, should somebody have echoed it."""
        return text.replace(self._value, SHOWN) if len(self._value) >= SHORTEST_SCRUBBED else text

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({SHOWN!r})"

    def __str__(self) -> str:
        return SHOWN

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return (Secret, (SHOWN,))
