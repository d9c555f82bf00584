"""A fake: one vendor's edge behind faults, with a journal entry for every call before it is answered.

The vendor supplies a table of routes and a state per workspace. Everything else is here, the same for
every vendor: choosing the workspace, striking with faults, journaling, serving the control plane.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from mock_core.annexe import Annexe
from mock_core.errors import LabError
from mock_core.exchange import Call, Exchange, Reply, json_reply
from mock_core.faults import Fault, Marks, Moment
from mock_core.hints import Lacking, Slip
from mock_core.journal import CORE_SHAPES, Shapes
from mock_core.redaction import journal_headers
from mock_core.workspace import DEFAULT, Clocks, Workspace, Workspaces


class State(Protocol):
    """What a vendor keeps per workspace: the workspace and the folds of its journal."""

    workspace: Workspace


S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Route(Generic[S]):
    """One vendor route: what it answers to, and the function that answers.

    `path` may hold `<name>` parts, handed to `handle` as keywords. The rest feeds the OpenAPI document: what a status
    means, what a body looks like, which query parameters count, the media types of answers and of refusals (None: no
    body), and what the answers look like, by status.
    """

    method: str
    path: str
    handle: Callable[..., Reply]
    doc: str
    statuses: Mapping[int, str] = field(default_factory=dict)
    request_schema: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    consumes: str = "application/json"
    produces: str | None = "application/json"
    refuses: str | None = "application/json"
    answers: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


class Fake(Generic[S]):
    """One vendor's stand-in; subclasses give the four things that are the vendor's own."""

    vendor: ClassVar[str]
    default_port: ClassVar[int]
    hosts: ClassVar[Sequence[str]] = ()  # the vendor's own, which a certificate and a tunnel can stand for
    fault_kinds: ClassVar[Mapping[str, type[Fault]]]
    shapes: ClassVar[Shapes] = Shapes(CORE_SHAPES)  # what the entries of its journals hold
    # True when an answer depends on the calls before it, so that calls of a workspace take turns.
    takes_turns: ClassVar[bool] = False

    routes: Sequence[Route[S]]
    slips: ClassVar[Sequence[Slip]] = ()  # known ways to miss a route
    lacks: ClassVar[Sequence[Lacking]] = ()  # routes of the vendor's that this fake has not

    def __init__(
        self,
        make_state: Callable[[Workspace], S],
        *,
        clocks: Clocks | None = None,
        seed: int = 0,
        path: Path | None = None,
        try_out: Callable[[Workspace], object] = lambda _workspace: None,
        annexes: Sequence[Annexe] = (),
    ) -> None:
        """Make the fake; `try_out` reads every fold of a workspace that a saved journal was put in, or raises.

        `annexes` are built onto it and onto each of its workspaces.
        """
        self.broken: list[Exception] = []  # bugs of ours met while serving
        self.watch: Callable[[Workspace, int], None] | None = None  # told of every call, once it is in the journal
        self.annexes = annexes
        self.workspaces: Workspaces[S] = Workspaces(
            partial(self._furnish, make_state),
            kinds=self.fault_kinds,
            clocks=clocks,
            seed=seed,
            path=path,
            shapes=self.shapes.with_more(*(annexe.shapes for annexe in annexes)),
            try_out=try_out,
        )

    def _furnish(self, make_state: Callable[[Workspace], S], workspace: Workspace) -> S:
        state = make_state(workspace)
        for annexe in self.annexes:
            workspace.additions[annexe.name] = annexe.make(state)
        return state

    @property
    def state(self) -> S:
        """The default workspace's state."""
        return self.workspaces.get(DEFAULT)

    def key_of(self, call: Call) -> str | None:
        """Return the key a call identifies itself with, for faults that strike one key only."""
        raise NotImplementedError

    def marks_of(self, call: Call) -> Marks:
        """Return by what a call can be told from others, for faults that strike some only."""
        return Marks(self.key_of(call))

    def home_of(self, call: Call) -> str | None:  # noqa: ARG002
        """Return the workspace that a call belongs to by its key, for clients that cannot name one."""
        return None

    def refuse(self, status: int, message: str | None = None, *, path: str = "") -> Reply:
        """Answer an error the way this vendor writes errors, on the route of that path."""
        raise NotImplementedError

    def no_route(
        self,
        state: S,  # noqa: ARG002
        exchange: Exchange,
        status: int,
        message: str,
        lacking: Lacking | None,  # noqa: ARG002
    ) -> Reply:
        """Answer a path that no route has, which may be `lacking` here only, or a method that its route does not take.

        No evidence of what the vendors answer here; a refusal that helps (segment facts 1.6, last row [inferred]),
        most of all where a client doubled /v1 or left it out (6 (6)).
        """
        code = "method_not_allowed" if status == 405 else "not_found"
        exchange.record["refused"] = {"code": code, "message": message}
        return json_reply(status, {"success": False, "message": message, "code": code})

    def serve(self, state: S, route: Route[S], call: Call, **parts: str) -> Reply:
        """Answer one vendor call: faults first, then the edge, then the journal, then the reply."""
        if self.takes_turns:
            with state.workspace.lock:
                return self._serve(state, route, call, parts)
        return self._serve(state, route, call, parts)

    def _serve(self, state: S, route: Route[S], call: Call, parts: dict[str, str]) -> Reply:
        workspace = state.workspace
        exchange = Exchange(call, route.path)
        at = workspace.clock.now_ms()
        answer: Callable[[], Reply] = partial(route.handle, state, exchange, **parts)
        for armed, hit in reversed(workspace.faults.claim(exchange, at, partial(self.marks_of, call))):
            exchange.faults.insert(0, armed.id)
            answer = partial(
                armed.fault.apply, exchange, answer, Moment(at, hit, partial(self.refuse, path=route.path))
            )
        try:
            reply = answer()
            self.annotate(exchange, reply)
            seq = self._journal(workspace, at, exchange, reply)
        except LabError:
            if exchange.faults or exchange.spared:  # they counted a call that the journal knows nothing of
                workspace.recall()
            raise
        return self.finish(state, exchange, seq, reply)

    def annotate(self, exchange: Exchange, reply: Reply) -> None:
        """Give the vendor a last chance to say something of a call in its journal entry."""

    def finish(self, state: S, exchange: Exchange, seq: int, reply: Reply) -> Reply:  # noqa: ARG002
        """Give the vendor a last look at the reply, once the call is entry `seq` of the journal."""
        return reply

    def serve_unrouted(self, state: S, call: Call, status: int, message: str, lacking: Lacking | None = None) -> Reply:
        """Answer a call that no route answers, and write it down."""
        exchange = Exchange(call, "")
        reply = self.no_route(state, exchange, status, message, lacking)
        self.annotate(exchange, reply)
        seq = self._journal(state.workspace, state.workspace.clock.now_ms(), exchange, reply)
        return self.finish(state, exchange, seq, reply)

    def _journal(self, workspace: Workspace, at: int, exchange: Exchange, reply: Reply) -> int:
        call = exchange.call
        data: dict[str, Any] = {
            "method": call.method,
            "path": call.path,
            "query": call.query,
            "headers": journal_headers(call.headers),
            "status": reply.status,
            **exchange.record,
        }
        if exchange.route != call.path:
            data["route"] = exchange.route
        if exchange.faults:
            data["faults"] = exchange.faults
        if exchange.spared:
            data["spared"] = exchange.spared
        if reply.wire.reset:
            data["reset"] = True
        seq = workspace.journal.append(at, "request", data, call.body)
        if self.watch is not None:
            self.watch(workspace, seq)
        return seq

    def close(self) -> None:
        """Close every workspace."""
        self.workspaces.close()
