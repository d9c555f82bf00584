"""Turns: programs that wait on one clock, each in a thread, of which exactly one runs at a time.

Whoever waits hands on to whoever is due first, and the clock moves there; nobody waits in real time. The order is
that of the moments, and of those who asked first, so it is the same every time.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence

from mock_core.clock import LabClock


class Turns:
    """Runs programs to their ends on a clock that stands still but for their waits."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._asked = 0
        self._failed: BaseException | None = None

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Let others have their turns until so many seconds have passed."""
        if seconds > 0:
            self.until(self._clock.now() + seconds)

    def until(self, moment: float) -> None:
        """Let others have their turns until a moment has come."""
        mine = threading.Event()
        self._ask(moment, mine)
        self._hand_on()
        mine.wait()
        if self._failed is not None:
            raise SystemExit  # another program broke: this one ends, and the first error is told

    def run(self, programs: Sequence[Callable[[], None]]) -> None:
        """Run every program to its end, and raise what broke in one of them."""
        threads = []
        for program in programs:
            begin = threading.Event()
            self._ask(self._clock.now(), begin)
            threads.append(threading.Thread(target=self._follow, args=(program, begin), daemon=True))
        for thread in threads:
            thread.start()
        self._hand_on()
        for thread in threads:
            thread.join()
        if self._failed is not None:
            raise self._failed

    def _follow(self, program: Callable[[], None], begin: threading.Event) -> None:
        begin.wait()
        try:
            if self._failed is None:
                program()
        except SystemExit:
            pass
        except BaseException as error:
            self._failed = self._failed or error
        self._hand_on()

    def _ask(self, moment: float, event: threading.Event) -> None:
        self._asked += 1
        heapq.heappush(self._waiting, (moment, self._asked, event))

    def _hand_on(self) -> None:
        if not self._waiting:
            return
        moment, _, event = heapq.heappop(self._waiting)
        if moment > self._clock.now():
            self._clock.freeze(moment)
        event.set()
