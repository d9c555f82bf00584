"""One clock for everything that takes time: system time, frozen, or moved by hand.

Dedupe windows, quotas, export jobs, signed addresses, rate limits, cadences and retry waits all read
the same clock, so a test moves an hour in no time and a scenario replays to the same journal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

LATEST = 253_402_300_799  # the last second that a calendar has: the end of the year 9999

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_LAST_MS = LATEST * 1000 + 999


class Clock(Protocol):
    """Anything that tells the time and lets it pass."""

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01T00:00:00Z."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """A move of a clock by hand: where it stands afterwards, in seconds since 1970, and whether it stands still."""

    now: float
    is_frozen: bool


class LabClock:
    """A clock that follows the system until it is frozen, and can be moved in either mode; it ends with the year 9999.

    Of every move made by hand guards are told first, who may raise to forbid it, and then observers, who write it
    down: a move that nobody could write down is not made.
    """

    def __init__(self, frozen_at: float | None = None, *, system: Callable[[], float] = time.time) -> None:
        self._system = system
        self._lock = threading.RLock()
        self._frozen_at = frozen_at
        self._offset = 0.0
        self._guards: list[Callable[[Move], None]] = []
        self._observers: list[Callable[[Move], None]] = []

    @property
    def is_frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> float:
        frozen = self._frozen_at
        return frozen if frozen is not None else min(self._system() + self._offset, LATEST)

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
                self._become(self._frozen_at + seconds, self._offset)
            else:
                self._become(None, self._offset + seconds)
        return self.now()

    def freeze(self, at: float | None = None) -> float:
        """Stop the clock, here or at a given time, and return that time."""
        with self._lock:
            self._become(self.now() if at is None else at, self._offset)
        return self.now()

    def run(self) -> float:
        """Let a frozen clock run on from where it stands, at the pace of real time."""
        with self._lock:
            offset = self._offset if self._frozen_at is None else self._frozen_at - self._system()
            self._become(None, offset)
        return self.now()

    def follow_system(self) -> float:
        """Go back to system time, forgetting every move made by hand."""
        with self._lock:
            self._become(None, 0.0)
        return self.now()

    def observe(self, observer: Callable[[Move], None], guard: Callable[[Move], None] | None = None) -> None:
        """Call `observer` with every move made by hand, just before it is made, once no guard forbids it."""
        self._observers.append(observer)
        if guard is not None:
            self._guards.append(guard)

    def forget(self, observer: Callable[[Move], None], guard: Callable[[Move], None] | None = None) -> None:
        """Stop calling `observer` and its guard; one that is not called is no matter."""
        self._observers = [each for each in self._observers if each != observer]
        self._guards = [each for each in self._guards if each != guard]

    def held(self) -> AbstractContextManager[object]:
        """Keep others from moving the clock; taken before any lock of a workspace, for a move is written down there."""
        return self._lock

    def bookmark(self) -> Callable[[], None]:
        """Return a function that puts the clock back to how it goes now."""
        frozen_at, offset = self._frozen_at, self._offset

        def put_back() -> None:
            with self._lock:
                if (self._frozen_at, self._offset) != (frozen_at, offset):
                    self._become(frozen_at, offset)

        return put_back

    def _become(self, frozen_at: float | None, offset: float) -> None:
        """Ask the guards, let the observers write it down, and only then move; the caller holds the lock."""
        if self._observers:
            stands = Move(self.now(), self.is_frozen)
            move = Move(self._system() + offset if frozen_at is None else frozen_at, frozen_at is not None)
            for guard in tuple(self._guards):
                guard(move)
            told: list[Callable[[Move], None]] = []
            try:
                for observer in tuple(self._observers):
                    observer(move)
                    told.append(observer)
            except BaseException:
                for observer in told:  # they wrote down what did not happen
                    with suppress(Exception):
                        observer(stands)
                raise
        self._offset, self._frozen_at = offset, frozen_at


def iso(milliseconds: int) -> str:
    """Write a time as Segment does: ISO 8601, UTC, three decimals, `Z` (segment facts 1.12); the calendar ends 9999."""
    moment = _EPOCH + timedelta(milliseconds=min(milliseconds, _LAST_MS))
    return f"{moment.isoformat(timespec='milliseconds')}Z"
