"""Pace: when the next try may go out, agreed between all batches in flight.

Three things slow a run down: a limit of events per second, a `Retry-After` (which is about the endpoint, so it
holds for every batch), and the circuit breaker: after many failures in a row only one try at a time goes out,
until one succeeds.
"""

from __future__ import annotations

import threading
from typing import Final

from syncer.clock import Clock

SHORTEST_WAIT: Final = 0.001
"""Seconds below which waiting is pointless: a clock's own steps are as long."""


class Pace:
    """Hold tries back; safe to share between threads."""

    def __init__(
        self, clock: Clock, *, events_per_second: float = 0.0, breaker_failures: int = 10, breaker_seconds: float = 30.0
    ) -> None:
        self._clock = clock
        self._seconds_per_event = 1 / events_per_second if events_per_second else 0.0
        self._breaker_failures = breaker_failures
        self._breaker_seconds = breaker_seconds
        self._lock = threading.Lock()
        self._seen = clock.now()
        self._next_free = 0.0
        self._held_until = 0.0
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Say whether the circuit breaker holds tries back."""
        return self._failures >= self._breaker_failures

    def admit(self, events: int) -> None:
        """Return when a try with so many events may go out."""
        while (wait := self._reserve(events)) > SHORTEST_WAIT:
            self._clock.sleep(wait)

    def hold(self, seconds: float) -> None:
        """Let nothing out for so many seconds."""
        with self._lock:
            self._held_until = max(self._held_until, self._now() + seconds)

    def succeeded(self) -> None:
        """Note that a try was acknowledged: the breaker closes."""
        with self._lock:
            if self.is_open:
                self._held_until = self._now()
            self._failures = 0

    def failed(self) -> None:
        """Note that a try was not acknowledged."""
        with self._lock:
            self._failures += 1

    def _reserve(self, events: int) -> float:
        """Return the seconds still to wait, or 0 when the caller may go: then its place is taken."""
        with self._lock:
            now = self._now()
            wait = max(self._held_until, self._next_free) - now
            if wait > SHORTEST_WAIT:
                return wait
            self._next_free = now + events * self._seconds_per_event
            if self.is_open:
                self._held_until = now + self._breaker_seconds
            return 0.0

    def _now(self) -> float:
        """Return the time; a clock that was set back takes what is still to be waited for back with it."""
        now = self._clock.now()
        if now < self._seen:
            self._held_until -= self._seen - now
            self._next_free -= self._seen - now
        self._seen = now
        return now
