"""A fake with no vendor in it: one route that echoes, so that what is tested is the core alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from mock_core import Call, Clocks, Exchange, Fake, LabClock, Reply, Route, Workspace, build_app
from mock_core.exchange import json_reply
from mock_core.faults import CORE_FAULTS
from mock_core.inprocess import InProcessAdapter
from mock_core.settings import setting

T0 = 1_767_603_600.0  # 2026-01-05T09:00:00Z
URL = "http://echo.lab"


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """Settings of the echo."""

    loud: bool = setting(False, "Whether it shouts.", source="ours")
    pace: int = setting(3, "How fast.", source="ours")
    mood: str = setting("calm", "Its mood.", source="ours", choices=("calm", "wild"))


class EchoState:
    """What the echo keeps: nothing."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def settings(self) -> EchoSettings:
        return EchoSettings()


def _echo(_state: EchoState, exchange: Exchange) -> Reply:
    exchange.record["stored"] = True
    return json_reply(200, {"bytes": len(exchange.call.body)})


class EchoFake(Fake[EchoState]):
    """The vendor-free fake."""

    vendor = "echo"
    default_port = 0
    fault_kinds = CORE_FAULTS
    routes = (Route("POST", "/v1/echo", _echo, "Say how many bytes came."),)

    def __init__(self, clock: LabClock | None = None, **keywords: object) -> None:
        super().__init__(EchoState, clocks=Clocks(clock), **keywords)  # type: ignore[arg-type]

    def key_of(self, call: Call) -> str | None:
        return call.header("x-key") or None

    def refuse(self, status: int, message: str | None = None, *, path: str = "") -> Reply:
        return json_reply(status, {"refused": status, "message": message})


@pytest.fixture
def clock() -> LabClock:
    return LabClock(T0)


@pytest.fixture
def fake(clock: LabClock) -> Iterator[EchoFake]:
    made = EchoFake(clock)
    yield made
    made.close()


@pytest.fixture
def session(fake: EchoFake, clock: LabClock) -> requests.Session:
    """A client that reaches the echo in this process."""
    session = requests.Session()
    session.mount(URL, InProcessAdapter(build_app(fake, max_body=1000), clock))
    return session


@pytest.fixture
def url() -> str:
    """Where the echo is."""
    return URL
