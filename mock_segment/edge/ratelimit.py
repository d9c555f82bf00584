"""Rate limiting in fixed windows of the lab's clock (segment facts 1.7 [doc]; the real trigger is unknown, 8)."""

from __future__ import annotations

import threading


class FixedWindow:
    """Counts uploads per window and says how long to wait once there were enough.

    Windows start at multiples of their length. Not in the journal: what it decided is, as the status of each call.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = -1
        self._taken = 0

    def take(self, now_ms: int, requests: int, seconds: int) -> int | None:
        """Count one upload; return the whole seconds to wait when it is one too many."""
        length = max(1, seconds) * 1000
        with self._lock:
            window = now_ms // length
            if window != self._window:
                self._window, self._taken = window, 0
            if self._taken >= requests:
                return max(1, -(-((window + 1) * length - now_ms) // 1000))
            self._taken += 1
            return None
