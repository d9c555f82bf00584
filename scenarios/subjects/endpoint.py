"""A subject behind an HTTP address: told to sync by a POST of the contract's variables as JSON.

It answers when the sync has ended: 2xx says that it believes it succeeded, anything else that it failed. The
environment contract of a command holds, with the variables as the keys of one JSON object.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Thread
from urllib.parse import urlsplit

from scenarios.errors import CannotKill, NoSuchSubject, SubjectFailed, SubjectOverstayed
from scenarios.lab import Lab
from scenarios.subjects.command import KEPT_OUTPUT, stopping
from scenarios.subjects.order import SyncOrder, SyncResult
from scenarios.subjects.served import ServedSubject

_PATIENCE = 3.0  # seconds to find out whether anybody listens at all
_GLANCE = 0.2  # seconds between two looks at whether the run is being ended


def reachable(address: str) -> str:
    """Return the address; raise `NoSuchSubject` when nobody listens there."""
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), _PATIENCE).close()
    except (OSError, ValueError) as error:
        raise NoSuchSubject(f"The subject at {address} cannot be reached: {error}.") from error
    return address


class EndpointSubject(ServedSubject):
    """A sync program that listens."""

    def __init__(self, lab: Lab, address: str, deadline: float, *, keeps_time: bool = False) -> None:
        super().__init__(lab, deadline, keeps_time=keeps_time)
        self._url = address

    def sync(self, order: SyncOrder) -> SyncResult:
        if order.killed_at is not None:
            raise CannotKill("a subject behind an address cannot be killed from here.")
        overstayed = Event()
        try:
            status, output = self._post(json.dumps(self.variables(order)).encode(), overstayed)
        except (HTTPException, OSError) as error:
            if overstayed.is_set() or isinstance(error, TimeoutError):
                raise SubjectOverstayed(f"the subject did not answer within {self.deadline:g} s.") from error
            raise SubjectFailed(f"the subject did not answer: {error or type(error).__name__}.") from error
        reason = "" if 200 <= status < 300 else f"it answered {status}"
        return SyncResult(order.cohort_id, succeeded=not reason, reason=reason, output=output)

    def _post(self, body: bytes, overstayed: Event) -> tuple[int, str]:
        """Send a request and read the beginning of the answer; set `overstayed` when that takes too long."""
        parts = urlsplit(self._url)
        secure = parts.scheme == "https"
        connection = (HTTPSConnection if secure else HTTPConnection)(parts.netloc, timeout=self.deadline)
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        try:
            connection.connect()
            with _cut_after(self.deadline, connection.sock, overstayed):
                connection.request("POST", path, body, {"Content-Type": "application/json", "Connection": "close"})
                with connection.getresponse() as reply:
                    output = reply.read(KEPT_OUTPUT)
                if overstayed.is_set():  # a cut answer without a length looks like a whole one
                    raise TimeoutError
                return reply.status, output.decode("utf-8", "replace")
        finally:
            connection.close()

    def restart(self) -> None:
        raise CannotKill("a subject behind an address cannot be restarted from here.")


@contextmanager
def _cut_after(seconds: float, connection: socket.socket, overstayed: Event) -> Iterator[None]:
    """Close a connection when its time is over, or the run is: one that drips meets the deadline, too."""

    def watch() -> None:
        until = time.monotonic() + seconds
        while not done.wait(min(_GLANCE, max(0.0, until - time.monotonic()))):
            if stopping.is_set() or time.monotonic() >= until:
                overstayed.set()
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
                return

    done = Event()
    watching = Thread(target=watch, name="subject deadline", daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
