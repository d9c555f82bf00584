"""The official Python SDK, unmodified, sends events to the fake: what it makes of the answers is what it does live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify

from mock_amplitude import AmplitudeFake, create_app
from mock_core.wire import Server


@pytest.fixture
def served() -> Iterator[tuple[AmplitudeFake, str]]:
    fake = AmplitudeFake()
    with Server(create_app(fake)) as server:
        yield fake, server.url
    fake.close()


@pytest.fixture
def made(served: tuple[AmplitudeFake, str]) -> Iterator[tuple[Amplitude, AmplitudeFake, list[tuple[str, int]]]]:
    """A client, the fake, and what the client was told of each event: its type, and the code."""
    fake, url = served
    told: list[tuple[str, int]] = []

    def heard(event: Any, code: int, _message: str | None = None) -> None:
        told.append((event.event_type, code))

    config = Config(server_url=f"{url}/2/httpapi", flush_interval_millis=50, callback=heard)
    client = Amplitude("lab-api-key", config)
    yield client, fake, told
    client.shutdown()


def settled(client: Amplitude) -> None:
    for future in client.flush() or ():
        if future is not None:
            future.result()


def test_its_events_and_identifications_arrive(made: tuple[Amplitude, AmplitudeFake, list[tuple[str, int]]]):
    """Events by /2/httpapi with an insert_id each; an identify is an event of its own kind there."""
    client, fake, told = made
    client.track(BaseEvent("Song Played", user_id="user-1", event_properties={"genre": "jazz"}))
    client.identify(Identify().set("Power Users (7abc12de)", True), EventOptions(user_id="user-1"))
    settled(client)

    kept = list(fake.state.ingested())
    assert sorted(each.event["event_type"] for each in kept) == ["$identify", "Song Played"]
    assert all(each.event["insert_id"] and each.fate.verdict == "kept" for each in kept)
    assert sorted(told) == [("$identify", 200), ("Song Played", 200)]


def test_what_was_refused_for_a_while_arrives_once(made: tuple[Amplitude, AmplitudeFake, list[tuple[str, int]]]):
    """It tries again under the same insert_id until it is answered 200."""
    client, fake, told = made
    fake.state.workspace.arm({"fault": "status", "status": 500, "match": {"route": "/2/httpapi", "times": 2}})
    client.track(BaseEvent("Song Played", user_id="user-1"))
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.02)

    assert [each.fate.verdict for each in fake.state.ingested()] == ["kept"]
    assert told == [("Song Played", 200)]


def test_wrong_events_are_dropped_by_name_and_the_rest_arrives(
    made: tuple[Amplitude, AmplitudeFake, list[tuple[str, int]]],
):
    """It reads the lists of a refusal: who is named is given up, the others go again."""
    client, fake, told = made
    client.track(BaseEvent("Song Played", user_id="abc"))
    client.track(BaseEvent("Song Played", user_id="user-1"))
    settled(client)
    deadline = time.monotonic() + 20
    while len(told) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)

    assert [each.event["user_id"] for each in fake.state.ingested()] == ["user-1"]
    assert sorted(code for _, code in told) == [200, 400]
