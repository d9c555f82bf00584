"""The vendor at the far end, played by the lab: 200 unless a fault says otherwise; or a real one at an address.

Faults are those of the fakes (`mock_core.faults`), as far as they make sense of a vendor, struck by calls to one
destination; `match` may name a user or a messageId of the events in a call, so that one user of a batch is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from downstream.destination import Request, Response, Transport, Unreachable
from mock_core.exchange import Call, Exchange, Reply, json_reply
from mock_core.faults import CORE_FAULTS, Armed, Fault, FaultPlan, Marks, Moment, Proceed

PLAYED_ENDING = ".lab"  # hosts that the lab plays, whoever would have sent there


@dataclass(frozen=True, slots=True)
class TimeOut:
    """Answer nothing, until whoever calls stops waiting."""

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        raise Unreachable("no answer came in time")


VENDOR_FAULTS: Mapping[str, type[Fault]] = {
    **{
        name: CORE_FAULTS[name]
        for name in ("status", "script", "latency", "connection-reset", "lost-reply", "html-page")
    },
    "time-out": TimeOut,
}


@dataclass(slots=True)
class CallTold:
    """What a call to a vendor was, beside request and answer: faults, and whether the vendor took what was sent."""

    request: Request
    response: Response | None = None
    lost: str = ""
    faults: list[str] = field(default_factory=list)
    is_taken: bool = False


class Vendors:
    """The vendors of all connections, with their armed faults in the order they were armed."""

    def __init__(self, random: Callable[[str], Random]) -> None:
        self._random = random
        self._plans: dict[str, FaultPlan] = {}
        self._ids: dict[str, tuple[str, str]] = {}  # by the lab's id of a fault: the connection, the plan's id

    def arm(self, fault_id: str, spec: Mapping[str, Any], *, seen: int = 0, struck: int = 0) -> Armed:
        """Arm a fault from its JSON form; `on` names the connection."""
        on = spec["on"]
        plan = self._plans.setdefault(on, FaultPlan(VENDOR_FAULTS, self._random(on)))
        armed: Armed = plan.arm({name: value for name, value in spec.items() if name != "on"})
        armed.seen, armed.struck = seen, struck
        self._ids[fault_id] = on, armed.id
        return armed

    def is_troubled(self, on: str) -> bool:
        """Say whether a fault may strike the calls of a connection."""
        return any(not each.is_spent for each in self._plans.get(on, ()))

    def lift(self, fault_id: str) -> None:
        """Lift one fault."""
        on, inner = self._ids.pop(fault_id)
        self._plans[on].lift(inner)

    def armed(self) -> dict[str, tuple[str, Armed]]:
        """Return the armed faults by the lab's id, each with the connection it is on."""
        by_id = {(on, each.id): each for on, plan in self._plans.items() for each in plan}
        return {fault_id: (where[0], by_id[where]) for fault_id, where in self._ids.items()}

    def transport(
        self,
        on: str,
        events: Sequence[Mapping[str, Any]],
        *,
        at: int,
        seconds: float,
        plays: Transport | None,
        beyond: Transport | None,
        told: list[CallTold],
    ) -> Transport:
        """Return what carries the requests for some events to the vendor of a connection, and tells of each of them.

        The lab answers, as `plays` has it, unless `beyond` leads to a real one; hosts that end in `.lab` are the lab's
        in any case.
        """
        names = {inner: fault_id for fault_id, (where, inner) in self._ids.items() if where == on}

        def carry(request: Request) -> Response:
            call = CallTold(request)
            told.append(call)

            url = urlsplit(request.url)
            exchange = Exchange(
                Call(request.method, url.path or "/", url.query, dict(request.headers), request.body), ""
            )
            is_played = (url.hostname or "").endswith(PLAYED_ENDING)
            vendor = (None if is_played else beyond) or plays or _content
            answer: Proceed = partial(_take, call, vendor)
            plan = self._plans.get(on)
            for armed, hit in reversed(plan.claim(exchange, at, partial(_marks, request, events)) if plan else ()):
                call.faults.insert(0, names[armed.id])
                answer = partial(armed.fault.apply, exchange, answer, Moment(at, hit, _refuse))
            try:
                reply = answer()
                if reply.wire.reset:
                    raise Unreachable("the connection was reset")
                if reply.wire.delay > seconds:
                    raise Unreachable(f"no answer came within {seconds:g} s")
            except Unreachable as error:
                call.lost = str(error)
                raise
            call.response = Response(reply.status, dict(reply.headers), reply.body)
            return call.response

        return carry


def read_fault(spec: Mapping[str, Any]) -> None:
    """Raise `BadControl` for a fault that no vendor has, or that is told wrongly."""
    rest = {name: value for name, value in spec.items() if name != "on"}
    FaultPlan(VENDOR_FAULTS, Random(0)).read(rest)  # noqa: S311 - nothing is drawn


def _take(call: CallTold, vendor: Transport) -> Reply:
    """Let the vendor take a request: the real one, or the one that the lab plays and that takes everything."""
    response = vendor(call.request)
    call.is_taken = 200 <= response.status < 300
    return Reply(response.status, response.body, tuple(response.headers.items()))


def _content(_request: Request) -> Response:
    return Response(200, {"Content-Type": "application/json"}, b"{}")


def _marks(request: Request, events: Sequence[Mapping[str, Any]]) -> Marks:
    """Return whom a request is about: the user of the only event, or those of several whom it names."""
    about = events
    if len(events) > 1:
        text = request.body.decode("utf-8", "replace") + unquote_plus(request.url)
        about = [event for event in events if event.get("userId") is not None and str(event["userId"]) in text]
    return Marks(
        None,
        frozenset(str(event["userId"]) for event in about if event.get("userId") is not None),
        frozenset(str(event["messageId"]) for event in about if event.get("messageId") is not None),
    )


def _refuse(status: int) -> Reply:
    return json_reply(status, {"error": {"message": f"The lab plays this vendor and answers {status}."}})
