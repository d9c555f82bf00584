"""Watch: run every standing sync when it is due, until told to stop.

What is due is worked out anew each time from the registry and the history, so a watch that was restarted, or
that slept through a slot, goes on as if nothing had happened; and it hears of syncs that another process added.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from syncer.clock import Clock
from syncer.errors import AlreadyRunning, CohortUnavailable, SyncError
from syncer.state import StandingSync, State
from syncer.wire import StopSign

LOOK_EVERY: Final = 5.0
"""Seconds after which the registry is looked at again: another process may have changed it."""


class Watch:
    """Run standing syncs on a clock.

    `run` runs one of them once. Up to `jobs` run at the same time, each in a thread of its own; with one they
    run in the caller's, one after the other. `complain` is told of every error. Showing the
    `stop` sign stops the watch.
    """

    def __init__(
        self,
        state: State,
        run: Callable[[StandingSync], object],
        clock: Clock,
        *,
        jobs: int = 1,
        complain: Callable[[StandingSync, SyncError], None] = lambda _sync, _error: None,
        stop: StopSign | None = None,
    ) -> None:
        self._state = state
        self._run = run
        self._clock = clock
        self._complain = complain
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="watch") if jobs > 1 else None
        self._running: dict[str, Future[None]] = {}
        self._tried: dict[str, float] = {}
        self._stop = stop or StopSign()

    def stop(self) -> None:
        """Begin no more runs and let `forever` return."""
        self._stop.show()

    def forever(self) -> None:
        """Run what is due and wait for what is not, until `stop`."""
        try:
            while not self._stop.is_shown:
                due = self.step()
                now = self._clock.now()
                wait = LOOK_EVERY if due is None else max(0.0, due - now)
                self._clock.sleep(min(wait, LOOK_EVERY))
        finally:
            if self._pool is not None:
                self._pool.shutdown()

    def step(self) -> float | None:
        """Run everything that is due and return when something is due next, or None when nothing is scheduled."""
        for sync in self._idle():
            due = self._due(sync)
            if due is not None and due <= self._clock.now() and not self._stop.is_shown:
                self._start(sync)
        return min((due for sync in self._idle() if (due := self._due(sync)) is not None), default=None)

    def _idle(self) -> list[StandingSync]:
        """Return the syncs that are not running."""
        syncs = self._state.registry.syncs()
        for sync in syncs:
            self._collect(sync)
        return [sync for sync in syncs if sync.label not in self._running]

    def _due(self, sync: StandingSync) -> float | None:
        # A run that could not even begin, for want of a key say, is tried again in its next slot and not at once.
        begun = (self._state.ledger.last_begun(sync.cohort_id, sync.target), self._tried.get(sync.label))
        last_begun = max((moment for moment in begun if moment is not None), default=None)
        return sync.due(last_begun, self._clock.now())

    def _start(self, sync: StandingSync) -> None:
        self._tried[sync.label] = self._clock.now()
        if self._pool is None:
            self._once(sync)
        else:
            self._running[sync.label] = self._pool.submit(self._once, sync)

    def _collect(self, sync: StandingSync) -> None:
        """Forget a run that has ended, and raise what only a broken engine raises."""
        future = self._running.get(sync.label)
        if future is not None and future.done():
            del self._running[sync.label]
            future.result()

    def _once(self, sync: StandingSync) -> None:
        try:
            self._run(sync)
        except CohortUnavailable as error:
            # Archived or deleted: the run fails and the schedule is disabled (amplitude facts 3.5).
            self._state.registry.disable(sync, str(error))
            self._complain(sync, error)
        except AlreadyRunning:
            # Somebody runs it by hand; whatever is due after that is due then.
            return
        except SyncError as error:
            self._complain(sync, error)
