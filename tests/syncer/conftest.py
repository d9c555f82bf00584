"""Two tiny recording vendors, mounted in process: the engine's unit tests lean on nothing of the project's own
fakes."""

from __future__ import annotations

import gzip
import io
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from syncer import Engine, FileState, MemoryState, RequestsTransport, RunReport, Settings, Source, Sync, Target

COHORT = "abc123"
KEY = "Power Users (abc123)"


class ManualClock:
    """A clock that stands still and jumps when somebody waits."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self.waits: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._now += seconds


@dataclass
class Answer:
    """A reply, or with `is_lost` the silence after the request was acted upon."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    is_lost: bool = False


class Lost(Exception):
    """The vendor acted and its reply never came."""


class InProcess(BaseAdapter):
    """Hand requests to a function."""

    def __init__(self, handle: Callable[[requests.PreparedRequest], Answer]) -> None:
        super().__init__()
        self._handle = handle

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        answer = self._handle(request)
        if answer.is_lost:
            raise requests.exceptions.ConnectionError("connection reset by peer", request=request)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = HTTPResponse(
            body=io.BytesIO(answer.body), headers=answer.headers, status=answer.status, preload_content=False
        )
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        pass


class TinyAmplitude:
    """One project with cohorts; `script` holds answers that come before the right ones, by route word."""

    def __init__(self) -> None:
        self.names = {COHORT: "Power Users"}
        self.archived: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.members: dict[str, list[str]] = {COHORT: []}
        self.csv: bytes | None = None
        self.encoding = "gzip"
        self.is_signed = False
        self.polls_needed = 1
        self.script: dict[str, deque[Answer]] = {}
        self.requests: list[requests.PreparedRequest] = []
        self.exports = 0
        self._polls = 0

    def become(self, *user_ids: str) -> None:
        self.members[COHORT] = list(user_ids)

    def export(self) -> bytes:
        if self.csv is not None:
            return self.csv
        rows = [f'"16100000{n:05}","{user}"' for n, user in enumerate(self._quoted())]
        return "\n".join(['"amplitude_id","user_id"', *rows, ""]).encode()

    def _quoted(self) -> list[str]:
        return [user.replace('"', '""') for user in self.members[COHORT]]

    def handle(self, request: requests.PreparedRequest) -> Answer:
        self.requests.append(request)
        path = request.path_url.split("?")[0]
        word = next(
            w
            for w in ("status", "file", "signed", "request", "cohorts")
            if w in path.rsplit("/", 2)[-2:][0] + path.rsplit("/", 1)[1] or w in path
        )
        if self.script.get(word):
            return self.script[word].popleft()
        if word == "signed":
            return self._file(request)
        if request.headers.get("Authorization") != "Basic YXBpLWtleTpzZWNyZXQta2V5":
            return answer(403, {"error": {"http_code": 403, "metadata": {"details": "Invalid API Key"}}})
        if word == "cohorts" and path.endswith("/cohorts"):
            listed = [
                {"id": i, "name": n, "archived": i in self.archived, "size": self.sizes.get(i)}
                for i, n in self.names.items()
            ]
            return answer(200, {"cohorts": listed})
        if word == "status":
            self._polls += 1
            is_done = self._polls >= self.polls_needed
            return answer(200 if is_done else 202, {"async_status": "JOB COMPLETED" if is_done else "JOB INPROGRESS"})
        if word == "file":
            if self.is_signed:
                return Answer(302, headers={"Location": "https://bucket.test/signed?signature=s3cr3t"})
            return self._file(request)
        self.exports += 1
        self._polls = 0
        return answer(202, {"request_id": f"Req{self.exports:03}", "cohort_id": COHORT})

    def _file(self, request: requests.PreparedRequest) -> Answer:
        if "signed" in request.path_url and "Authorization" in request.headers:
            return Answer(400, b"<Error>only one auth mechanism allowed</Error>")
        body = self.export()
        if self.encoding == "identity":
            return Answer(200, body, {"Content-Length": str(len(body))})
        body = gzip.compress(body, mtime=0)
        headers = {"Content-Length": str(len(body))}
        return Answer(200, body, headers | ({"Content-Encoding": "gzip"} if self.encoding == "gzip" else {}))


class TinySegment:
    """Takes events, drops repeated messageIds, and folds traits; `script` holds what happens to the next requests.

    A script entry is a status (nothing is stored), "lost" (stored, no reply), or an answer (nothing is stored).
    """

    def __init__(self) -> None:
        self.script: deque[int | str | Answer] = deque()
        self.refused_users: set[str] = set()
        self.requests: list[requests.PreparedRequest] = []
        self.events: list[dict[str, Any]] = []
        self.duplicates = 0
        self.traits: dict[str, dict[str, Any]] = {}
        self._seen: set[str] = set()

    def handle(self, request: requests.PreparedRequest) -> Answer:
        self.requests.append(request)
        step = self.script.popleft() if self.script else 200
        if isinstance(step, Answer):
            return step
        if isinstance(step, int) and step != 200:
            return answer(step, {"success": False, "message": "trouble"})
        assert isinstance(request.body, bytes)
        body = json.loads(request.body)
        events = body.get("batch", [body])
        if len(request.body) > 512_000 or any(event["userId"] in self.refused_users for event in events):
            return answer(400, {"success": False, "message": "malformed JSON", "code": "invalid_request"})
        for event in events:
            self._take(event)
        return Answer(is_lost=True) if step == "lost" else answer(200, {"success": True})

    def _take(self, event: dict[str, Any]) -> None:
        if event["messageId"] in self._seen:
            self.duplicates += 1
            return
        self._seen.add(event["messageId"])
        self.events.append(event)
        self.traits.setdefault(event["userId"], {}).update(event["traits"])

    def told(self, key: str = KEY) -> set[str]:
        """Return who has the trait set to true."""
        return {user for user, traits in self.traits.items() if traits.get(key) is True}

    def sent(self) -> list[tuple[str, Any]]:
        """Return user and value of every event taken, in order."""
        return [(event["userId"], next(iter(event["traits"].values()))) for event in self.events]


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


class Bench:
    """An engine between the two vendors, on a clock that only moves when somebody waits."""

    def __init__(self, state: FileState | MemoryState) -> None:
        self.amplitude = TinyAmplitude()
        self.segment = TinySegment()
        self.clock = ManualClock()
        self.state = state
        self.heard: list[Any] = []
        session = requests.Session()
        for prefix in ("https://amplitude.test", "https://bucket.test"):
            session.mount(prefix, InProcess(self.amplitude.handle))
        session.mount("https://segment.test", InProcess(self.segment.handle))
        self.transport = RequestsTransport(session)

    def engine(self, **options: Any) -> Engine:
        return Engine(self.state, transport=self.transport, clock=self.clock, listeners=[self.heard.append], **options)

    def sync(self, write_key: str = "write-key", target: str = "", **settings: Any) -> Sync:
        return Sync(
            COHORT,
            Source("api-key", "secret-key", "https://amplitude.test"),
            Target(write_key, "https://segment.test", target),
            Settings.of({"parallel": 1, **settings}),
        )

    def run(self, *members: str, **settings: Any) -> RunReport:
        """Make the cohort hold these members and run the sync once."""
        self.amplitude.become(*members)
        return self.again(**settings)

    def again(self, **settings: Any) -> RunReport:
        """Run the sync once, whatever the cohort holds."""
        return self.engine().run(self.sync(**settings))


@pytest.fixture(params=["memory", "files"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The engine with either kind of state: what holds for one holds for the other."""
    state = MemoryState() if request.param == "memory" else FileState(tmp_path / "state")
    yield Bench(state)
    state.close()


@pytest.fixture
def quick() -> Iterator[Bench]:
    """The engine with its state in memory, for what does not depend on how it is kept."""
    state = MemoryState()
    yield Bench(state)
    state.close()
