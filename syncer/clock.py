"""The engine's idea of time: anything that says what time it is and can wait."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Interrupted(BaseException):
    """The program was told to stop, and does: what it was doing is resumed by the next run."""


class Clock(Protocol):
    """Tell the time and let time pass."""

    def now(self) -> float:
        """Return the seconds since 1970-01-01 UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after this many seconds have passed."""
        ...


class SystemClock:
    """Follow the machine's clock, or start from another moment and go on at the same pace."""

    def __init__(self, starting_at: float | None = None) -> None:
        self._offset = 0.0 if starting_at is None else starting_at - time.time()
        self._interrupted = threading.Event()

    def now(self) -> float:
        return time.time() + self._offset

    def sleep(self, seconds: float) -> None:
        if seconds > 0 and self._interrupted.wait(seconds):
            raise Interrupted("told to stop while waiting")

    def interrupt(self) -> None:
        """End every wait, present and to come, with `Interrupted`: somebody wants the program to stop."""
        self._interrupted.set()
