"""A lab with one source, and a way to send events to it and to look into its warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from downstream.warehouse import Warehouse, warehouse_of
from scenarios.lab import SEGMENT_URL, Lab
from tests.downstream.warehouse.postgres import Server, binaries, served

START = 1_700_000_000.0  # 22:13:20
KEY = "warehouse-key"


class Desk:
    """One lab as these tests use it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._session = lab.session()
        self._numbers = count(1)
        lab.segment.put_source(KEY, name="Web")

    @property
    def warehouse(self) -> Warehouse:
        return warehouse_of(self.lab.segment)

    def send(self, *events: dict[str, Any], key: str = KEY) -> None:
        """Send events in one batch, each with a messageId if it has none."""
        batch = [{"messageId": f"m{next(self._numbers)}", **event} for event in events]
        reply = self._session.post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": key, "batch": batch})
        assert reply.status_code == 200, reply.text

    def identify(self, user: str | None, key: str = KEY, **traits: Any) -> None:
        """Send one identify."""
        who = {"anonymousId": "anon"} if user is None else {"userId": user}
        self.send({"type": "identify", **who, "traits": traits}, key=key)

    def loaded(self, sql: str) -> list[tuple[Any, ...]]:
        """Load everything there is, then ask."""
        self.warehouse.load()
        return self.warehouse.query(sql)[1]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for the run; CI installs it, elsewhere its tests may be left out."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with served() as server:
        yield server


@pytest.fixture(params=["duckdb", "postgres"])
def into(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database to load into, of each engine."""
    if request.param == "duckdb":
        return f"duckdb:{tmp_path / 'warehouse.duckdb'}"
    server: Server = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def desk(into: str) -> Iterator[Desk]:
    """A lab with a warehouse in each engine."""
    with Lab(start=START, warehouse=into) as lab:
        yield Desk(lab)


@pytest.fixture
def plain_desk() -> Iterator[Desk]:
    """A lab with a warehouse in memory."""
    with Lab(start=START) as lab:
        yield Desk(lab)
