"""A Segment on a frozen clock, and a client that reaches it without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from mock_core import Clocks, LabClock, Server
from mock_core.inprocess import InProcessAdapter
from mock_segment import SegmentFake, SegmentState, create_app

T0 = 1_767_603_600.0  # 2026-01-05T09:00:00Z
URL = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Wire:
    """A client that speaks plain HTTP to the fake and leaves everything to the test."""

    session: requests.Session
    url: str = URL

    def post(self, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        """Post bytes as they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(f"{self.url}{path}", data=body, headers=named, timeout=30)

    def send(self, path: str, payload: Any, **headers: str) -> requests.Response:
        """Post JSON with a write key in the body."""
        return self.session.post(f"{self.url}{path}", json={"writeKey": "wk", **payload}, headers=headers, timeout=30)

    def batch(self, *events: Any, **headers: str) -> requests.Response:
        """Post events as one batch."""
        return self.send("/v1/batch", {"batch": list(events)}, **headers)

    def lab(self, path: str, /, payload: Any = None, method: str | None = None, **query: Any) -> requests.Response:
        """Speak to the control plane: GET without a payload, POST with one."""
        verb = method or ("GET" if payload is None else "POST")
        return self.session.request(verb, f"{self.url}/__lab/{path}", json=payload, params=query, timeout=70)


@pytest.fixture
def clock() -> LabClock:
    return LabClock(T0)


@pytest.fixture
def fake(clock: LabClock) -> Iterator[SegmentFake]:
    made = SegmentFake(clocks=Clocks(clock))
    yield made
    made.close()


@pytest.fixture
def state(fake: SegmentFake) -> SegmentState:
    """The default workspace."""
    return fake.state


@pytest.fixture
def wire(fake: SegmentFake, clock: LabClock) -> Wire:
    """The client."""
    session = requests.Session()
    session.mount(URL, InProcessAdapter(create_app(fake), clock))
    return Wire(session)


@pytest.fixture
def server(fake: SegmentFake) -> Iterator[Server]:
    """The same fake on a real socket."""
    with Server(create_app(fake), threads=4) as running:
        yield running


@pytest.fixture
def identify() -> Any:
    """Make an identify call."""

    def make(user_id: str = "u1", /, **fields: Any) -> dict[str, Any]:
        return {"type": "identify", "userId": user_id, **fields}

    return make
