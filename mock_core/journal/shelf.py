"""A shelf of journals: so many stand open, the others are opened when they are asked for.

A file costs three descriptors while it is open, and a suite may name a workspace for each of its tests.
"""

from __future__ import annotations

import threading
from typing import Protocol

STANDING_OPEN = 64


class Resting(Protocol):
    """Something that can be closed for a while."""

    is_fresh: bool

    def rest(self) -> bool:
        """Close it until it is used again; say whether that could be done."""
        ...


class Shelf:
    """Lets at most so many stand open; who was not used since the last look rests first."""

    def __init__(self, most: int = STANDING_OPEN) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: dict[Resting, None] = {}

    def opened(self, one: Resting) -> None:
        """Take note of one that was opened, and let others rest for it."""
        with self._lock:
            self._open[one] = None
            for other in list(self._open) * 2:  # twice: the first look only notes who is fresh
                if len(self._open) <= self._most:
                    return
                if other not in self._open:
                    continue
                del self._open[other]
                if other is one or other.is_fresh or not other.rest():
                    other.is_fresh = False
                    self._open[other] = None

    def closed(self, one: Resting) -> None:
        """Forget one that is closed for good."""
        with self._lock:
            self._open.pop(one, None)
