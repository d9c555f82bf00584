"""Webhooks (Actions): requests, signatures and refusals are those of Segment's own code, one by one and in batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from contracts.javascript import json_text
from downstream.destination import Request, Response, Sent
from downstream.native import Subscription, Webhook, connected_webhook
from downstream.node import NodeDestination, NodeProcess
from mock_core.errors import BadControl
from scenarios.lab import Lab
from tests.destinations import installation

EVENT = {"type": "identify", "userId": "u1", "traits": {"[Amplitude] Power Users (abc123)": True, "n": 1.0, "s": "é"}}
ALL = 'type = "identify" or type = "track"'
URLS = (
    *(
        "http://hook.example/a",
        "HTTP://Hook.Example",
        "https://hook.example:443/x?y=1#z",
        "http://u:p@hook.example:8080",
    ),
    *("http://[::1]:9/a", "http://hook.example/a/../b/./c/", "no address", "", "hook.example"),
    *("http://hook.example/a b", "http://hook.example/%7Eada?", "http://hook.example/é"),
)
HEADERS = (
    *(
        None,
        {},
        {"X-One": "1", "x-one": "2"},
        {"User-Agent": "mine"},
        {"user-agent": "undefined"},
        {"X-Signature": "no"},
    ),
    *(
        {"Content-Type": "text/plain"},
        {"X Y": "1"},
        {"X-A": "é"},
        {"X-A": "日"},
        {"X-A": True, "X-B": 1.5, "X-C": None},
        ["a"],
    ),
    *("text", {"": "x"}),
)
DATA = (
    *({"@path": "$."}, {"@path": "$.traits"}, {"a": {"@path": "$.userId"}, "b": [1, None]}, None, "", {}, "text", [1]),
    {"@path": "$.missing"},
)


@pytest.fixture(scope="module")
def node() -> Iterator[NodeProcess]:
    process = NodeProcess(installation())
    yield process
    process.close()


def mapping(random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {
        "url": random.choice(URLS),
        "method": random.choice(("POST", "POST", "PUT", "PATCH", "GET", None)),
    }
    for name, values in (("headers", HEADERS), ("data", DATA), ("batch_size", (0, 5, "7", "many")), ("extra", (1,))):
        if random.random() < 0.7:
            made[name] = random.choice(values)
    return made


def event(random: Random, user: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    traits = {
        "é\u2028": True,
        "n": random.choice((1.0, 1e21, -0.0, 2.5)),
        "k": random.choice(("", None, "\U0001f600")),
    }
    return {
        "type": random.choice(kinds),
        "userId": user,
        "traits": traits,
        "event": "E",
    }


def outcome(sent: Sent, seen: list[Request]) -> dict[str, Any]:
    """Return what is compared: the calls, and how it ended."""
    failure = sent.failure
    return {
        "calls": [
            (each.method, each.url, {name.lower(): value for name, value in each.headers.items()}, each.body.decode())
            for each in seen
        ],
        "ended": failure and (failure.message, failure.status, failure.again),
    }


def asked(destination: Any, events: list[Any], status: int, *, together: bool) -> list[Any]:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(status, {"content-type": "application/json"}, b"{}")

    sent = destination.send_batch(events, answer) if together else [destination.send(events[0], answer)]
    return [outcome(each, seen) for each in sent]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
def test_the_requests_and_refusals_are_the_same(node: NodeProcess, together: bool):
    """Made by chance from a seed: addresses, methods, headers, data, answers."""
    random = Random(20261130)
    differing, calls = [], 0
    for number in range(250):
        told = {"partnerAction": "send", "subscribe": ALL, "mapping": mapping(random)}
        settings = random.choice(({}, {"sharedSecret": ""}, {"sharedSecret": "s3cret"}))
        kinds = ("identify", "track") if together else ("identify", "track", "page")  # what sets off nothing stays out
        events = [event(random, f"u{number}-{each}", kinds) for each in range(random.randint(2, 4) if together else 1)]
        status = random.choice((200, 200, 204, 400, 404, 429, 500, 503))
        theirs = NodeDestination(node, "webhook", settings, [told])
        ours = Webhook(settings, [Subscription("send", ALL, told["mapping"])])
        found = [asked(each, events, status, together=together) for each in (ours, theirs)]
        theirs.close()
        calls += len(found[1][0]["calls"])
        if found[0] != found[1]:
            differing.append((told["mapping"], events, *found))
    assert differing[:3] == []
    assert calls > 25


def test_the_signature_of_a_batch_is_that_of_its_first_element():
    """The vector that Python and Node agree on; the second event is not signed (segment facts 5.3 [sdk])."""
    seen: list[Request] = []
    hook = connected_webhook({"sharedSecret": "s3cret", "url": "http://hook.lab/"}, None)
    hook.send_batch([EVENT, {**EVENT, "userId": "u2"}], lambda request: seen.append(request) or Response(200))

    assert seen[0].headers["x-signature"] == "47559e0c4c6bae431e51b015ef4d3a42d00f0708"
    assert seen[0].body.decode() == f"[{json_text(EVENT)},{json_text({**EVENT, 'userId': 'u2'})}]"


def test_a_lab_batches_by_address_where_the_mapping_says_so():
    """Identifies for one address go together, another address has its own list; what a hook answers is judged."""
    told = {
        "partnerAction": "send",
        "subscribe": ALL,
        "mapping": {
            "url": {"@template": "http://{{traits.where}}.lab/"},
            "method": "PUT",
            "data": {"@path": "$.traits"},
            "enable_batching": True,
            "batch_size": 3,
            "batch_keys": ["url", "method"],
        },
    }
    with Lab(start=1_700_000_000.0) as lab:
        lab.destinations.put("webhook", subscriptions=[told])
        with lab.session() as session:
            batch = [
                {"type": "identify", "userId": f"u{place}", "traits": {"where": where, "power": True}}
                for place, where in enumerate(("a", "b", "a", "a"))
            ]
            session.post("http://segment.lab/v1/batch", json={"writeKey": "wk", "batch": batch})
        rows = lab.destinations.requests()
        assert lab.destinations.known("webhook")["u3"]["power"] is True

    assert [(row["method"], row["url"], len(json.loads(row["body"]))) for row in rows[:2]] == [
        ("PUT", "http://a.lab/", 2),
        ("PUT", "http://b.lab/", 1),
    ]


def test_what_is_no_web_address_is_refused_before_it_is_called():
    """As the package's library does where it fetches."""
    for url, words in (("ftp://hook.example/", "Only HTTP(S)"), ("mailto:ada@example.com", "Only HTTP(S)")):
        hook = Webhook({}, [Subscription("send", ALL, {"url": url, "method": "POST"})])
        sent = hook.send(EVENT, lambda _: Response(200))
        assert sent.failure is not None
        assert words in sent.failure.message
        assert (sent.exchanges, sent.failure.again) == ((), False)


@pytest.mark.parametrize(
    ("settings", "subscriptions", "told"),
    [
        ({}, None, "nowhere to send to"),
        ({"url": "hook"}, None, "URL must be a valid URI"),
        ({"uri": "http://x.lab/"}, None, "did you mean 'url'"),
        ({"url": "http://x.lab/"}, [], "give one of them"),
        ({"sharedSecret": {}}, [], "Shared Secret must be a string"),
        ({}, [{"partnerAction": "sent", "subscribe": ALL}], "did you mean 'send'"),
        ({}, [{"partnerAction": "send", "subscribe": "type"}], "cannot be read"),
    ],
)
def test_what_cannot_be_is_told(settings: dict[str, Any], subscriptions: Any, told: str):
    """What, and what was expected."""
    with pytest.raises(BadControl, match=told):
        connected_webhook(settings, subscriptions)
