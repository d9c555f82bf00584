"""A subject behind an HTTP address: told to sync by a POST of the contract's variables as JSON.

It answers when the sync has ended: 2xx says that it believes it succeeded, anything else that it failed. The
environment contract of a command holds, with the variables as the keys of one JSON object.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit

import requests

from scenarios.command import KEPT_OUTPUT, contract_of
from scenarios.errors import CannotKill, NoSuchSubject, SubjectFailed
from scenarios.lab import Lab
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


class EndpointSubject:
    """A sync program that listens."""

    def __init__(self, lab: Lab, address: str, deadline: float) -> None:
        self._lab = lab
        self._url = address
        self._deadline = deadline
        self._stack = ExitStack()

    def sync(self, order: SyncOrder) -> SyncResult:
        if order.killed_at is not None:
            raise CannotKill("a subject behind an address cannot be killed from here.")
        body = contract_of(self._lab, order, self._address.amplitude, self._address.segment)
        try:
            reply = requests.post(self._url, json=body, timeout=self._deadline, allow_redirects=False, stream=True)
            with reply:
                output = reply.raw.read(KEPT_OUTPUT, decode_content=True).decode("utf-8", "replace")
        except requests.Timeout as error:
            raise SubjectFailed(f"the subject did not answer within {self._deadline:g} s.") from error
        except (requests.RequestException, OSError) as error:
            raise SubjectFailed(f"the subject did not answer: {error}.") from error
        reason = "" if reply.ok else f"it answered {reply.status_code}"
        return SyncResult(order.cohort_id, succeeded=200 <= reply.status_code < 300, reason=reason, output=output)

    def restart(self) -> None:
        raise CannotKill("a subject behind an address cannot be restarted from here.")

    def __enter__(self) -> Self:
        self._lab.clock.run()
        self._address = self._stack.enter_context(self._lab.serve())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
