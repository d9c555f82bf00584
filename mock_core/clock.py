"""One clock for everything that takes time: system time, frozen, or moved by hand.

Dedupe windows, quotas, export jobs, signed addresses, rate limits, cadences and retry waits all read
the same clock, so a test moves an hour in no time and a scenario replays to the same journal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class Clock(Protocol):
    """Anything that tells the time and lets it pass."""

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01T00:00:00Z."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...


class LabClock:
    """A clock that follows the system until it is frozen, and can be moved in either mode.

    Observers are told of every move made by hand, so that a journal can record it.
    """

    def __init__(self, frozen_at: float | None = None, *, system: Callable[[], float] = time.time) -> None:
        self._system = system
        self._lock = threading.Lock()
        self._frozen_at = frozen_at
        self._offset = 0.0
        self._observers: list[Callable[[LabClock], None]] = []

    @property
    def is_frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> float:
        frozen = self._frozen_at
        return frozen if frozen is not None else self._system() + self._offset

    def now_ms(self) -> int:
        """Return the time in whole milliseconds: the resolution Segment stamps with (segment facts 1.12)."""
        return round(self.now() * 1000)

    def sleep(self, seconds: float) -> None:
        """Let time pass: really, when the clock follows the system; by advancing it, when frozen."""
        if seconds <= 0:
            return
        if self.is_frozen:
            self.advance(seconds)
        else:
            time.sleep(seconds)

    def advance(self, seconds: float) -> float:
        """Move the clock forward and return the new time."""
        with self._lock:
            if self._frozen_at is not None:
                self._frozen_at += seconds
            else:
                self._offset += seconds
        self._tell()
        return self.now()

    def freeze(self, at: float | None = None) -> float:
        """Stop the clock, here or at a given time, and return that time."""
        with self._lock:
            self._frozen_at = self.now() if at is None else at
        self._tell()
        return self.now()

    def run(self) -> float:
        """Let a frozen clock run on from where it stands, at the pace of real time."""
        with self._lock:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - self._system()
                self._frozen_at = None
        self._tell()
        return self.now()

    def follow_system(self) -> float:
        """Go back to system time, forgetting every move made by hand."""
        with self._lock:
            self._frozen_at = None
            self._offset = 0.0
        self._tell()
        return self.now()

    def observe(self, observer: Callable[[LabClock], None]) -> None:
        """Call `observer` after every move made by hand."""
        self._observers.append(observer)

    def forget(self, observer: Callable[[LabClock], None]) -> None:
        """Stop calling `observer`."""
        self._observers.remove(observer)

    def _tell(self) -> None:
        for observer in tuple(self._observers):
            observer(self)


def iso(milliseconds: int) -> str:
    """Write a time as Segment does: ISO 8601, UTC, three decimals, `Z` (segment facts 1.12)."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
