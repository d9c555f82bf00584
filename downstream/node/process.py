"""The Node process that runs destinations: one for a lab, started once, and once more if it dies in the middle.

Whoever asks carries the calls that destinations make, in its own thread, while its requests are under way; so a
transport is called as often as destinations call, and never from another thread. One conversation at a time.

If the process dies, what was under way is asked of a new one. A call that was answered before is answered again from
memory, so that the vendor is not called twice.
"""

from __future__ import annotations

import base64
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from downstream.destination import Exchange, Request, Response, Transport, Unreachable
from downstream.node.errors import DestinationsError, NodeDied
from downstream.node.installation import Installation
from downstream.node.pipe import Ended, JsonLines

IN_FLIGHT: Final = 32
"""Events under way at once: from there on more make it no faster (destination facts 7)."""

_SIDECAR: Final = files(__package__).joinpath("js", "sidecar.js")
_DUMMY_AWS: Final = {
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "dummy"),
    "AWS_REGION": "us-east-1",
    "AMAZON_S3_ACTIONS_ROLE_ADDRESS": "arn:aws:iam::000000000000:role/lab",
    "AMAZON_S3_ACTIONS_EXTERNAL_ID": "dummy",
}
"""What destinations of AWS read from their environment; the user's own keys stay outside."""


@dataclass(slots=True)
class Answer:
    """What became of one request: what the code returned, or why it could not be run, and the calls it made.

    `refused` names what it tried to reach by another way than a call.
    """

    done: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_lost: bool = False


@dataclass(slots=True)
class _Task:
    """A request under way. `earlier` are calls that a process which died had made for it."""

    message: dict[str, Any]
    answer: Answer
    calls: dict[int, int] = field(default_factory=dict)
    earlier: list[Exchange] = field(default_factory=list)


class NodeProcess:
    """Runs destinations of an installation; `patience` is how long it may say nothing, in seconds."""

    def __init__(self, installation: Installation, *, patience: float = 60.0) -> None:
        self.installation = installation
        self.starts = 0
        self._patience = patience
        self._lock = threading.Lock()
        self._pipe: JsonLines | None = None
        self._opens: dict[int, dict[str, Any]] = {}
        self._last = 0

    def __enter__(self) -> NodeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Return the id of the process, None where none runs."""
        return self._pipe.process_id if self._pipe is not None else None

    def slugs(self) -> dict[str, list[str]]:
        """Return the slugs that the package registers, and the folders it has."""
        return self._one({"op": "list"})

    def describe(self, slug: str) -> dict[str, Any]:
        """Return what the package says of a destination: its name, settings, presets, actions."""
        return self._one({"op": "describe", "slug": slug})

    def meets(self, subscribe: str | None, event: Mapping[str, Any]) -> bool:
        """Say whether an event meets a condition in FQL, as the package judges it."""
        return bool(self._one({"op": "meets", "subscribe": subscribe, "event": event})["met"])

    def open(self, slug: str, settings: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]]) -> int:
        """Set up a destination for events, and return its number for `ask`.

        Raises `DestinationsError` in the package's own words when its settings are wrong.
        """
        self._last += 1
        number = self._last
        message = {"op": "open", "as": number, "slug": slug, "settings": settings, "subscriptions": subscriptions}
        done = self._one(message)
        if done["wrong"]:
            raise DestinationsError(f"{slug} does not take these settings: {done['wrong']}")
        if done["unreadable"]:
            raise DestinationsError(f"{slug}: the condition {done['unreadable'][0]!r} cannot be read as FQL")
        self._opens[number] = message
        return number

    def forget(self, number: int) -> None:
        """Let go of a destination that was opened."""
        self._opens.pop(number, None)

    def ask(self, requests: Sequence[Mapping[str, Any]], transport: Transport) -> list[Answer]:
        """Run requests, several at once, and return what became of each, in their order.

        Requests are `{"op": "send", "to": number, "event": {...}}` or `"batch"` with `"events"`.
        """
        with self._lock:
            tasks = [_Task(dict(request), Answer()) for request in requests]
            open_tasks = dict(enumerate(tasks, self._last + 1))
            self._last += len(tasks)
            for number, task in open_tasks.items():
                task.message["id"] = number
            try:
                self._converse(open_tasks, transport)
            except Ended:
                self._end()
                self._begin_again(open_tasks)
                try:
                    self._converse(open_tasks, transport)
                except Ended as again:
                    self._end()
                    for task in open_tasks.values():
                        task.answer.is_lost = True
                        task.answer.exchanges += task.earlier
                        task.answer.wrong = f"Node died twice while it ran this: {again}"
                except BaseException:
                    self._end()
                    raise
            except BaseException:  # somebody's transport, or the user: what is under way is of no use any more
                self._end()
                raise
            return [task.answer for task in tasks]

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _one(self, message: dict[str, Any]) -> dict[str, Any]:
        answer = self.ask([message], _nobody)[0]
        if answer.is_lost:
            raise NodeDied(answer.wrong)
        if answer.wrong:
            raise DestinationsError(answer.wrong)
        return answer.done

    def _converse(self, open_tasks: dict[int, _Task], transport: Transport) -> None:
        """Ask what is open until everything is answered; answered tasks leave `open_tasks`."""
        pipe = self._started()
        coming = deque(open_tasks)
        under_way = 0
        while open_tasks:
            while coming and under_way < IN_FLIGHT:
                pipe.put(open_tasks[coming.popleft()].message)
                under_way += 1
            message = pipe.get(self._patience)
            number = message.get("id")
            task = open_tasks.get(number) if isinstance(number, int) else None
            if "call" in message:
                pipe.put(_carried(message, task, transport))
            elif task is None:
                continue
            elif "gone" in message:
                _given_up(task, message["gone"])
            elif "refused" in message:
                task.answer.refused.append(str(message["refused"]))
            else:
                task.answer.done, task.answer.wrong = message.get("done", {}), message.get("wrong", "")
                del open_tasks[message["id"]]
                under_way -= 1

    def _begin_again(self, open_tasks: dict[int, _Task]) -> None:
        """Make ready what is open to be asked of a new process."""
        for task in open_tasks.values():
            task.earlier = [*task.answer.exchanges, *task.earlier]
            task.answer.exchanges, task.answer.refused, task.calls = [], [], {}

    def _started(self) -> JsonLines:
        if self._pipe is None:
            environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.installation.folder), **_DUMMY_AWS}
            command = [self.installation.node, str(_SIDECAR), str(self.installation.folder)]
            self._pipe = pipe = JsonLines(command, environment, self.installation.folder)
            self.starts += 1
            hello = pipe.get(self._patience)
            if not hello.get("ready"):
                raise Ended(f"it said {hello} before it was ready")
            for number, message in self._opens.items():
                pipe.put({**message, "id": -number})
        return self._pipe

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.end()
            self._pipe = None


def _carried(message: dict[str, Any], task: _Task | None, transport: Transport) -> dict[str, Any]:
    """Carry a call to the vendor, unless an earlier process did, and return what is said back."""
    text = message["body"]
    body = base64.b64decode(text) if message.get("base64") else text.encode("utf-8", "surrogatepass")
    headers = {str(name).lower(): str(value) for name, value in message["headers"].items()}
    request = Request(message["method"], message["url"], headers, body)
    exchange = (task and _earlier(task, request)) or _exchanged(request, transport)
    if task is not None:
        task.calls[message["call"]] = len(task.answer.exchanges)
        task.answer.exchanges.append(exchange)
    if exchange.response is None:
        return {"call": message["call"], "lost": exchange.lost, "code": "ECONNRESET"}
    answer = exchange.response
    content = {"body": base64.b64encode(answer.body).decode(), "base64": True}
    return {"call": message["call"], "status": answer.status, "headers": dict(answer.headers), **content}


def _exchanged(request: Request, transport: Transport) -> Exchange:
    try:
        return Exchange(request, transport(request))
    except Unreachable as lost:
        return Exchange(request, None, str(lost) or "no answer")


def _earlier(task: _Task, request: Request) -> Exchange | None:
    """Take the exchange that a process which died had of this call: the same one, or else the next to its address.

    What is called the same may differ in a moment or a random id that the destination puts in.
    """
    for is_it in (
        lambda known: known == request,
        lambda known: (known.method, known.url) == (request.method, request.url),
    ):
        for place, exchange in enumerate(task.earlier):
            if is_it(exchange.request):
                return task.earlier.pop(place)
    return None


def _given_up(task: _Task, call: int) -> None:
    """Note that the destination did not wait for the answer to a call: it does for ten seconds."""
    place = task.calls.get(call)
    if place is not None:
        known = task.answer.exchanges[place]
        task.answer.exchanges[place] = Exchange(known.request, None, "the destination gave up waiting")


def _nobody(request: Request) -> Response:
    raise Unreachable(f"{request.url} is not called while a destination is set up")
