"""Boundaries: the moments between two I/O operations, where a process may die.

Every operation that reaches a disk or a socket names itself here before it begins and after it ends. In production
nothing happens at a boundary; a test may kill the process at any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from syncer.clock import Interrupted
from syncer.wire.http import Download, Reply, Transport

Boundary: TypeAlias = Callable[[str], None]


class StopSign:
    """A boundary that ends the program once it was told to stop: as safe as being killed there, and tidier."""

    def __init__(self) -> None:
        self.is_shown = False

    def show(self) -> None:
        """Stop at the next boundary."""
        self.is_shown = True

    def __call__(self, name: str) -> None:
        if self.is_shown:
            raise Interrupted(name)


def nothing_happens(name: str) -> None:
    """Pass a boundary."""
    del name


class WatchedTransport:
    """Carry requests with another transport, with a boundary before each request and after its reply."""

    def __init__(self, transport: Transport, boundary: Boundary) -> None:
        self._transport = transport
        self._boundary = boundary

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        self._boundary("request")
        reply = self._transport.exchange(method, url, headers, body, timeout)
        self._boundary("reply")
        return reply

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Download]:
        self._boundary("request file")
        with self._transport.download(url, headers, timeout) as download:
            self._boundary("reply file")
            yield download
