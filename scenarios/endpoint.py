"""A subject behind an HTTP address: told to sync by a POST of the contract's variables as JSON.

It answers when the sync has ended: 2xx says that it believes it succeeded, anything else that it failed. The
environment contract of a command holds, with the variables as the keys of one JSON object.
"""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import requests

from scenarios.command import KEPT_OUTPUT
from scenarios.errors import CannotKill, NoSuchSubject, SubjectFailed
from scenarios.lab import Lab
from scenarios.served import ServedSubject
from scenarios.subjects import SyncOrder, SyncResult

_PATIENCE = 3.0  # seconds to find out whether anybody listens at all


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
        body = self.variables(order)
        until = time.monotonic() + self.deadline
        try:
            reply = requests.post(self._url, json=body, timeout=self.deadline, allow_redirects=False, stream=True)
            with reply:
                output = self._read(reply, until)
        except requests.Timeout as error:
            raise SubjectFailed(f"the subject did not answer within {self.deadline:g} s.") from error
        except (requests.RequestException, OSError) as error:
            raise SubjectFailed(f"the subject did not answer: {error}.") from error
        reason = "" if reply.ok else f"it answered {reply.status_code}"
        return SyncResult(order.cohort_id, succeeded=200 <= reply.status_code < 300, reason=reason, output=output)

    def _read(self, reply: requests.Response, until: float) -> str:
        """Read the beginning of the answer, byte by byte, so that one that drips meets the deadline, too."""
        read = bytearray()
        for piece in reply.iter_content(1):
            read += piece
            if len(read) == KEPT_OUTPUT:
                break
            if time.monotonic() > until:
                raise requests.Timeout
        return read.decode("utf-8", "replace")

    def restart(self) -> None:
        raise CannotKill("a subject behind an address cannot be restarted from here.")
