"""Faults: what a network or a vendor does on a bad day, each a small named thing.

A fault stands between the caller and the vendor's edge. It may answer itself, let the call proceed and
change the reply, or change how the reply travels. `Status` answers without proceeding, so nothing is
stored; `LostReply` proceeds first, so everything is.

To add one: a frozen dataclass with `apply`, its first docstring line for the user, registered by name.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, ClassVar, Protocol

from mock_core.clock import LATEST
from mock_core.errors import BadControl
from mock_core.exchange import Exchange, Reply, Wire

Proceed = Callable[[], Reply]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a fault may know: the lab's time in milliseconds, how often it struck before, how the vendor refuses."""

    at: int
    hit: int
    refuse: Callable[[int], Reply]


class Fault(Protocol):
    """One kind of trouble."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:
        """Answer the exchange, with or without letting it proceed."""
        ...


def announcing(reply: Reply, seconds: float, date: str | None = None) -> Reply:
    """Say on a reply when to come back: Segment uses both names, both in whole seconds (segment facts 1.6 [doc])."""
    whole = str(math.ceil(seconds))
    return reply.with_headers(("Retry-After", date or whole), ("X-RateLimit-Reset", whole))


def expect_status(fault: str, status: int) -> None:
    """Raise `BadControl` for a status that no final answer has; after 1xx a client would wait for one."""
    if not 200 <= status <= 599:
        raise BadControl(f"Fault {fault!r} has status {status}, expected 200 to 599.")


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status and store nothing; `retry_after` is announced in seconds or as a date, `location` too.

    Statuses that clients of both meet: segment facts 1.6 [doc], amplitude facts 1.4 [client].
    """

    status: int
    retry_after: float | None = None
    retry_after_as: str = "seconds"
    location: str | None = None

    def __post_init__(self) -> None:
        expect_status("status", self.status)
        if self.location is not None and not (self.location.isascii() and self.location.isprintable()):
            raise BadControl(f"Fault 'status' has location {self.location!r}, expected an address in plain ASCII.")
        if self.retry_after_as not in {"seconds", "date"}:
            raise BadControl(
                f"Fault 'status' has retry_after_as {self.retry_after_as!r}, expected 'seconds' or 'date'."
            )

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        reply = moment.refuse(self.status)
        if self.location is not None:
            reply = reply.with_headers(("Location", self.location))
        if self.retry_after is None:
            return reply
        date = None
        if self.retry_after_as == "date":
            date = formatdate(min(moment.at / 1000 + self.retry_after, LATEST), usegmt=True)
        return announcing(reply, self.retry_after, date)


@dataclass(frozen=True, slots=True)
class Script:
    """Answer call after call with these statuses; 200 lets it proceed; 429 and 503 announce `retry_after` seconds.

    Rests on what `Status` rests on (segment facts 1.6 [doc], amplitude facts 1.4 [client]); the order is ours.
    """

    statuses: tuple[int, ...]
    retry_after: float | None = None

    def __post_init__(self) -> None:
        for status in self.statuses:
            expect_status("script", status)

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:
        status = self.statuses[moment.hit]
        if status == 200:
            return proceed()
        wait = self.retry_after if status in {429, 503} else None
        return Status(status, wait).apply(exchange, proceed, moment)


@dataclass(frozen=True, slots=True)
class Latency:
    """Answer as usual, this many seconds late.

    Slow answers lead to time-outs and repetition: amplitude facts 3.3 [doc], 6 (5).
    """

    seconds: float

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        reply = proceed()
        return dataclasses.replace(reply, wire=dataclasses.replace(reply.wire, delay=reply.wire.delay + self.seconds))


@dataclass(frozen=True, slots=True)
class SlowBody:
    """Answer as usual, the body dripping at this many bytes a second.

    Ours: what a network does, and no vendor tells of; it meets the time-outs of segment facts 3.1 [sdk].
    """

    bytes_per_second: int

    def __post_init__(self) -> None:
        if self.bytes_per_second < 1:
            raise BadControl("Fault 'slow-body' has bytes_per_second 0, expected 1 or more.")

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        reply = proceed()
        return dataclasses.replace(reply, wire=dataclasses.replace(reply.wire, bytes_per_second=self.bytes_per_second))


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """Store nothing and reset the connection.

    Ours: what a network does; the SDKs take it for a failure and try again (segment facts 3.1 [sdk]).
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        return Reply(0, wire=Wire(reset=True))


@dataclass(frozen=True, slots=True)
class LostReply:
    """Store everything, then reset the connection before a byte of the reply is sent.

    Time-outs after which a repetition is a duplicate: segment facts 1.9 [doc], amplitude facts 3.3 [doc].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        return dataclasses.replace(proceed(), wire=Wire(reset=True))


@dataclass(frozen=True, slots=True)
class TruncatedBody:
    """Answer as usual, but close after this many bytes of the body.

    Ours: what a network does; what clients make of half a body is theirs to show.
    """

    after: int = 0

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        reply = proceed()
        return dataclasses.replace(reply, wire=dataclasses.replace(reply.wire, cut_after=self.after))


@dataclass(frozen=True, slots=True)
class Framing:
    """Answer as usual, the body in chunks (`how` is chunked), or ended by nothing but the connection's end (close).

    Ours: RFC 9112 6.3 lets a server choose; a file without a length is amplitude facts 1.2 E [inferred].
    """

    how: str

    def __post_init__(self) -> None:
        if self.how not in {"chunked", "close"}:
            raise BadControl(f"Fault 'framing' has how {self.how!r}, expected 'chunked' or 'close'.")

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        reply = proceed()
        return dataclasses.replace(reply, wire=dataclasses.replace(reply.wire, framing=self.how))


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """Store nothing and answer an HTML page, as a proxy or a captive portal does, with status 200 unless told.

    Ours: what proxies and captive portals do; bodies that are no JSON break SDKs (segment facts 6 (37) [sdk]).
    """

    status: int = 200

    def __post_init__(self) -> None:
        expect_status("html-page", self.status)

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        page = b"<!doctype html><title>Welcome</title><p>Please accept the terms to go on.</p>\n"
        return Reply(self.status, page, (("Content-Type", "text/html; charset=utf-8"),))


CORE_FAULTS: Mapping[str, type[Fault]] = {
    "status": Status,
    "script": Script,
    "latency": Latency,
    "slow-body": SlowBody,
    "connection-reset": ConnectionReset,
    "lost-reply": LostReply,
    "truncated-body": TruncatedBody,
    "framing": Framing,
    "html-page": HtmlPage,
}
