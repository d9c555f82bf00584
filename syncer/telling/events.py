"""What the engine tells its listeners while it works: typed, frozen, free of keys.

The engine does not know who listens. Progress bars, logs, history and reports are listeners.
"""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from syncer.difference import DiffCounts
from syncer.report import RunReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened in a run; `at` is the clock's time."""

    run: int
    at: float

    @property
    def kind(self) -> str:
        """Return the event's name as machines read it, such as "batch-sent"."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()

    def as_dict(self) -> dict[str, object]:
        return {"event": self.kind, **dataclasses.asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A run began, or an unfinished one goes on at position `resumes_at`."""

    run_kind: str
    cohort_id: str
    target: str
    resumes_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFound(Event):
    name: str
    trait_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested(Event):
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReady(Event):
    polls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded(Event):
    """The export is on disk; `size` counts its bytes, inflated."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffed(Event):
    """It is known who changed; `changes` counts what is to be told."""

    counts: DiffCounts
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSent(Event):
    """Segment acknowledged the changes from position `first` to `last`."""

    first: int
    last: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried(Event):
    """A request is made again after a wait; `request` says which."""

    request: str
    attempt: int
    after: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFailed(Event):
    """A change was refused for good."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """A run ended, well or not."""

    report: RunReport


Listener: TypeAlias = Callable[[Event], None]


class Listeners:
    """Tell every listener of every event, one event at a time, from whatever thread."""

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._listeners = tuple(listeners)
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        if self._listeners:
            with self._lock:
                for listener in self._listeners:
                    listener(event)
