"""A destination: what takes a delivered event and calls a vendor with it, whoever wrote the code and whatever runs it.

Those written here and Segment's own code in Node look the same from routing, which decides which events they get and
when again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it would leave for the vendor."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What the vendor, or the lab in its place, answers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Unreachable(Exception):
    """No answer came: refused, reset, or not in time. The message says which."""


# Carries a request to whoever plays the vendor; raises `Unreachable`.
Transport = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, None where none came, which `lost` then says in words."""

    request: Request
    response: Response | None
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a destination did not take an event: in words, with the vendor's status where one was answered.

    `reason` is a short name (the error's class, as the destination's code has it). `again` says whether trying again
    may help: it does after 429, 5xx and no answer, not after a refusal of what was sent (segment facts 5.4, 5.5).
    """

    reason: str
    message: str
    status: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one event at a destination: the actions it set off, the calls these made, and why it failed."""

    actions: Sequence[str] = ()
    exchanges: Sequence[Exchange] = ()
    failure: Failure | None = None


class Destination(Protocol):
    """Takes events one by one or in batches; `name` is what the integrations object calls it, `slug` what is typed."""

    slug: str
    name: str

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        """Send one event."""
        ...

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> Sequence[Sent]:
        """Send events together, as far as the destination batches; one result an event, in their order."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...
