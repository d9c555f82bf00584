"""The stream: what comes is told to the pages that watch, at most four times a second however much it is.

Server-sent events. Of many calls at once the newest are told, and where the others lie: a page can ask for them. A
browser that comes back says in Last-Event-ID where it left off.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from console.live.filters import Filters
from console.live.places import Place, end_of, numbering
from console.live.reading import Found, look_back
from mock_core.errors import LabError, TooMany

if TYPE_CHECKING:
    from console.desk import Desk

PACE = 0.25  # seconds between two updates, at least
PULSE = 10.0  # seconds after which a quiet stream says that it is alive
_SLICE = 0.5  # of it, after which it looks whether the console is over
MOST_STREAMS = 32  # each holds a thread
MOST_ROWS = 25  # of one update
_MOST_BYTES = 1_000_000  # of bodies read for one update


@dataclass(frozen=True, slots=True)
class Update:
    """What is new between two places: the calls, or the newest of them, and before which place the others lie."""

    found: Found
    after: Place
    end: Place


class Streams:
    """The streams of a console: so many at a time, and none when it is over."""

    def __init__(self, over: threading.Event, most: int = MOST_STREAMS) -> None:
        self._over = over
        self._seats = threading.BoundedSemaphore(most)
        self._most = most

    def sit_down(self) -> None:
        """Take a seat for a stream, or raise `TooMany`."""
        if not self._seats.acquire(blocking=False):
            raise TooMany(f"{self._most} pages watch already, as many as a lab lets watch. Close one of them.")

    def get_up(self) -> None:
        """Give the seat back."""
        self._seats.release()

    def follow(
        self, desk: Desk, lab: str, filters: Filters, place: Place, write: Callable[[Update], dict[str, Any]]
    ) -> Iterator[bytes]:
        """Yield events for a browser from a place on; `write` makes of an update what the page gets, as JSON.

        An event `over` says that the place is one no longer, and that the page should be read anew.
        """
        try:
            with _listening(desk) as something:
                yield b"retry: 1000\n\n"
                while not self._over.is_set():
                    something.clear()
                    if place.numbering != numbering(desk, lab):
                        yield b"event: over\ndata: {}\n\n"
                        return
                    end = end_of(desk, lab)
                    if end != place:
                        found = look_back(desk, filters, end, place, most=MOST_ROWS, most_bytes=_MOST_BYTES)
                        told = orjson.dumps(write(Update(found, place, end)))
                        yield b"id: %b\nevent: calls\ndata: %b\n\n" % (str(end).encode(), told)
                        place = end
                    self._over.wait(PACE)
                    if not self._heard(something):
                        yield b": still here\n\n"
        except LabError:  # the workspace was dropped
            return

    def _heard(self, something: threading.Event) -> bool:
        """Wait until there is something or the console is over; say False when neither came for a while."""
        return any(something.wait(_SLICE) or self._over.is_set() for _ in range(round(PULSE / _SLICE)))


@contextmanager
def _listening(desk: Desk) -> Iterator[threading.Event]:
    """Give an event that is set whenever an entry is written to either journal."""
    something = threading.Event()
    journals = [desk.amplitude.workspace.journal, desk.segment.workspace.journal]

    def heard(_seq: int) -> None:
        if not something.is_set():
            something.set()

    for journal in journals:
        journal.observe(heard)
    try:
        yield something
    finally:
        for journal in journals:
            journal.unobserve(heard)
