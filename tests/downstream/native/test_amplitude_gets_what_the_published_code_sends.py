"""Events in, exact requests out: kept answers of Segment's own code, made with inputs from a seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from downstream.destination import Request, Response, Unreachable
from downstream.native import Amplitude, Subscription, actions, presets

VECTORS = json.loads((Path(__file__).parent / "amplitude_vectors.json").read_text(encoding="utf-8"))["vectors"]
SETTINGS = {"apiKey": "K", "secretKey": "S"}
IDENTIFY = {"type": "identify", "userId": "ada", "traits": {"Power Users (7abc12de)": False}}


def subscribed(vector: dict[str, Any]) -> list[Subscription]:
    """Return the subscriptions a vector was made with."""
    changed = vector.get("override", {})
    if "action" in vector:
        return [Subscription(vector["action"], vector["subscribe"], {**actions()[vector["action"]].mapping, **changed})]
    return [Subscription(each.action, each.subscribe, {**each.mapping, **changed}) for each in presets()]


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{at}-{each['event']['type']}" for at, each in enumerate(VECTORS)])
def test_the_requests_are_the_same_to_the_byte(vector: dict[str, Any]):
    """Method, address, content type, body, and the words of a refusal."""
    sent: list[Request] = []

    def answer(request: Request) -> Response:
        sent.append(request)
        return Response(200)

    outcome = Amplitude(vector["settings"], subscribed(vector)).send(vector["event"], answer)

    assert [(each.method, each.url, each.headers["content-type"], each.body.decode()) for each in sent] == [
        (each["method"], each["url"], each["contentType"], each["body"]) for each in vector["requests"]
    ]
    assert (outcome.failure and outcome.failure.message) == (vector["error"] and vector["error"]["message"])


def test_a_group_call_without_a_time_is_of_now():
    """The one place where the clock is asked."""
    mapping = {**actions()["groupIdentifyUser"].mapping, "group_type": "org", "group_value": "g"}
    destination = Amplitude(
        SETTINGS, [Subscription("groupIdentifyUser", 'type = "group"', mapping)], now=lambda: 1234567890123
    )
    sent = destination.send({"type": "group", "userId": "ada"}, lambda _: Response(200))
    assert "%22time%22%3A1234567890123" in sent.exchanges[0].request.body.decode()


@pytest.mark.parametrize(("status", "again"), [(400, False), (413, False), (429, True), (503, True)])
def test_a_refusal_of_amplitude_is_the_events(status: int, again: bool):
    """One request, no retry here; routing is told whether trying again may help."""
    sent = Amplitude(SETTINGS).send(IDENTIFY, lambda _: Response(status))
    assert sent.failure is not None
    assert (sent.failure.reason, sent.failure.status, sent.failure.again) == ("HTTPError", status, again)
    assert len(sent.exchanges) == 1


def test_no_answer_may_be_tried_again():
    """The exchange says what was lost."""

    def lost(_: Request) -> Response:
        raise Unreachable("no answer within 10 s")

    sent = Amplitude(SETTINGS).send(IDENTIFY, lost)
    assert sent.failure is not None
    assert sent.failure.again
    assert sent.exchanges[0].lost == "no answer within 10 s"


@pytest.mark.parametrize("kind", ["group", "alias", "delete", "nothing known"])
def test_what_no_preset_is_for_sends_nothing(kind: str):
    """Group and alias do nothing by default."""
    sent = Amplitude(SETTINGS).send({"type": kind, "userId": "ada"}, lambda _: Response(200))
    assert (sent.actions, sent.exchanges, sent.failure) == ((), (), None)


def test_a_deletion_carries_both_keys():
    """Basic authorization, in the region's host."""
    sent = Amplitude({**SETTINGS, "endpoint": "europe"}).delete("ada", lambda _: Response(200))
    request = sent.exchanges[0].request
    assert request.url == "https://analytics.eu.amplitude.com/api/2/deletions/users"
    assert request.headers["authorization"] == "Basic SzpT"
    assert request.body == b'{"user_ids":["ada"],"requester":"segment"}'


def test_keys_are_tried_by_a_search():
    """As the published code does; a refusal is the vendor's."""
    sent = Amplitude(SETTINGS).test_authentication(lambda _: Response(401))
    request = sent.exchanges[0].request
    assert (request.method, request.url) == ("GET", "https://amplitude.com/api/2/usersearch?user=testUser@example.com")
    assert request.headers["authorization"] == "Basic SzpT"
    assert sent.failure is not None
    assert (sent.failure.status, sent.failure.again) == (401, False)


def test_settings_that_miss_a_key_are_refused_in_words():
    """Before anything is sent."""
    sent = Amplitude({"apiKey": "K", "endpoint": "mars"}).send(IDENTIFY, lambda _: Response(200))
    assert sent.failure is not None
    assert "missing the required field 'secretKey'" in sent.failure.message
    assert 'Endpoint Region must be one of: "north_america" or "europe"' in sent.failure.message


def test_an_event_nested_without_end_is_a_failure_and_no_crash():
    """Deeper than the stack."""
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    sent = Amplitude(SETTINGS).send({**IDENTIFY, "traits": deep}, lambda _: Response(200))
    assert sent.failure is not None
    assert "deeply" in sent.failure.message
