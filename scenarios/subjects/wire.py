"""The wire of a subject in this process: watched, so that it can be killed at a call and never runs for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import BaseAdapter

from scenarios.errors import SubjectFailed
from scenarios.lab import SEGMENT_URL, Lab
from scenarios.subjects.order import KillPoint

MOST_REFUSALS = 300  # in a row; longer than any patience
MOST_CALLS = 3_000  # of one sync; a program that makes more is in a loop, and virtual time would let it


class _Killed(BaseException):
    """The process would be gone now: nothing of the subject's catches this."""


class _Runaway(BaseException):
    """The subject makes calls without end."""


class Watch:
    """What one sync may do, and what became of it."""

    def __init__(self, kill_at: KillPoint | None) -> None:
        self._kill_at = kill_at
        self._calls: dict[str, int] = {"amplitude": 0, "segment": 0}
        self._passed = 0
        self._refusals = 0
        self.was_killed = False

    def saw_call(self, on: str) -> None:
        """Count a call that the lab has stored; raise what ends the sync here."""
        self._calls[on] += 1
        if self._kill_at == KillPoint(on, self._calls[on]):
            raise _Killed
        if sum(self._calls.values()) > MOST_CALLS:
            raise _Runaway

    def saw_answer(self, status: int) -> None:
        """Count refusals in a row."""
        self._refusals = self._refusals + 1 if status >= 400 else 0
        if self._refusals > MOST_REFUSALS:
            raise _Runaway

    def passed(self) -> None:
        """Count a moment between two I/O operations of our engine; raise when it dies there."""
        self._passed += 1
        if self._kill_at is not None and self._passed == self._kill_at.boundary:
            raise _Killed


class WatchedWire:
    """A session that reaches both fakes in this process, and the watch kept on it."""

    def __init__(self, lab: Lab) -> None:
        self._watch = Watch(None)
        self.session = lab.session()
        for scheme, door in list(self.session.adapters.items()):
            self.session.mount(scheme, _WatchedAdapter(door, self))

    def saw_call(self, on: str) -> None:
        self._watch.saw_call(on)

    def saw_answer(self, status: int) -> None:
        self._watch.saw_answer(status)

    def passed(self, _name: str) -> None:
        self._watch.passed()

    @contextmanager
    def watching(self, kill_at: KillPoint | None) -> Iterator[Watch]:
        """Keep watch over one sync; a kill ends the block quietly, a runaway is `SubjectFailed`."""
        self._watch = watch = Watch(kill_at)
        try:
            yield watch
        except _Killed:
            watch.was_killed = True
        except _Runaway as error:
            told = f"it made more than {MOST_CALLS:,} calls in one sync, or was refused {MOST_REFUSALS} times in a row"
            raise SubjectFailed(f"{told}, and was stopped.") from error


class _WatchedAdapter(BaseAdapter):
    """Counts what goes through a door; a file behind its signed address is a call to Amplitude."""

    def __init__(self, inner: BaseAdapter, wire: WatchedWire) -> None:
        super().__init__()
        self._inner, self._wire = inner, wire

    def send(self, request: requests.PreparedRequest, *args: Any, **keywords: Any) -> requests.Response:
        on = "segment" if (request.url or "").startswith(f"{SEGMENT_URL}/") else "amplitude"
        try:
            reply = self._inner.send(request, *args, **keywords)
        finally:
            self._wire.saw_call(on)
        self._wire.saw_answer(reply.status_code)
        return reply

    def close(self) -> None:
        self._inner.close()
