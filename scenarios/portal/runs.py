"""Our engine in a lab: runs of standing syncs, side by side, on the lab's clock, and what Segment acknowledged."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contracts.extras import lacking
from mock_core.clock import LabClock
from syncer import Engine, FileState, MemoryState, RequestsTransport, State
from syncer.clock import Interrupted
from syncer.standing import entry
from syncer.wire import StopSign

if TYPE_CHECKING:
    import requests

SIDE_BY_SIDE: Final = 4
"""Syncs that run at the same time; others wait for their turn (amplitude facts 3.3 has 4 workers [doc])."""

_LOOKS: Final = 0.1  # seconds of real time after which a wait looks at the lab's clock again: somebody may move it


class Runs:
    """Runs syncs of one workspace, in threads of its own; what they know of each other is in its state.

    `folder` keeps that beside the journals, where there is DuckDB; without one, it ends with the lab. A fresh one is
    begun with `is_fresh`: what lies in the folder belongs to a journal that is gone.
    """

    def __init__(self, session: requests.Session, clock: LabClock, folder: Path | None, *, is_fresh: bool) -> None:
        self._folder = None if folder is None or lacking("duckdb", "A state folder") else folder
        if self._folder is not None and is_fresh:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._stop = StopSign()
        self._clock = EngineClock(clock, self._stop)
        self._transport = RequestsTransport(session)
        self._state: State = MemoryState() if self._folder is None else FileState(self._folder)
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="portal")

    def begin(self, run: Callable[[Engine], Any]) -> Future[Any]:
        """Hand an engine to `run`, as soon as there is a thread for it."""
        return self._pool.submit(self._with_engine, run)

    def _with_engine(self, run: Callable[[Engine], Any]) -> Any:
        try:
            return run(Engine(self._state, transport=self._transport, clock=self._clock, boundary=self._stop))
        except Interrupted:  # the lab ends; the next run goes on where this one stopped
            return None

    def last_begun(self, cohort_id: str, target: str) -> float | None:
        """Return when a sync began its last run, in seconds since 1970."""
        return self._state.ledger.last_begun(cohort_id, target)

    def history(self, cohort_id: str | None = None, target: str | None = None) -> list[dict[str, Any]]:
        """Return every run there was, newest first, as `cohortlab sync history` tells it."""
        return [dict(entry(run)) for run in self._state.ledger.runs(cohort_id, target)]

    def close(self, *, forget: bool = False) -> None:
        """Stop what runs, between two requests, and let go of the state; with `forget`, of what it kept too."""
        self._stop.show()
        self._pool.shutdown(cancel_futures=True)
        self._state.close()
        if forget and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class EngineClock:
    """The lab's clock for an engine: a wait ends when the lab's time has come, also when somebody moves it there."""

    def __init__(self, clock: LabClock, stop: StopSign) -> None:
        self._clock = clock
        self._stop = stop
        self._never = threading.Event()

    def now(self) -> float:
        """Return the lab's time, in seconds since 1970."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait so long; a clock that stands still is moved on, for nobody else would."""
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            self._stop("wait")
            if self._clock.is_frozen:
                self._clock.sleep(left)
            else:
                self._never.wait(min(left, _LOOKS))
