"""Classic webhooks call real addresses, as Segment's do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from downstream.annexes import annexes
from downstream.carrying import over_http
from downstream.destination import Request, Response, Unreachable
from downstream.routing import Destinations
from downstream.webhooks import Webhooks
from mock_core.annexe import addition
from mock_core.clock import LabClock
from mock_core.errors import BadControl
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app

KEY = "[Amplitude] Power Users (abc123)"


class Receiver:
    """A small web server that keeps what it got and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = [200]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_an_event_arrives_signed_and_is_tried_again_after_a_500(receiver: Receiver):
    """From the batch that Segment took to the address; the body is what was signed."""
    clock = LabClock(1_700_000_000.0)
    fake = SegmentFake(clocks=Clocks(clock), annexes=annexes())
    destinations = addition(fake.state, Destinations)
    destinations.put("webhooks", settings={"hooks": [receiver.url], "sharedSecret": "s3cret"})
    receiver.answers = [500, 200]
    create_app(fake).test_client().post("/v1/identify", json={"writeKey": "wk", "userId": "u1", "traits": {KEY: True}})
    assert [row["verdict"] for row in destinations.deliveries()] == ["retrying"]
    clock.advance(3600)
    assert destinations.known("webhooks") == {"u1": {KEY: True}}
    fake.close()

    (first, body), (_, again) = receiver.got
    assert body == again
    assert first["User-Agent"] == "Segment.io/1.0"
    assert b'"traits":{"[Amplitude] Power Users (abc123)":true}' in body


def test_the_signature_is_segments():
    """The published way, by a vector that Python and Node agree on (segment facts, signature test vector)."""
    event = {"type": "identify", "userId": "u1", "traits": {KEY: True, "n": 1.0, "s": "é"}}
    seen: list[Request] = []
    hook = Webhooks({"hooks": ["http://x.lab/"], "sharedSecret": "s3cret"})
    hook.send(event, lambda request: seen.append(request) or Response(200))

    assert seen[0].headers["X-Signature"] == "47559e0c4c6bae431e51b015ef4d3a42d00f0708"


def test_any_address_that_takes_it_is_enough():
    """Also where another one is down; where none does, what may end is tried again."""
    hook = Webhooks({"hooks": ["http://one.lab/", "http://two.lab/"]})

    def sent(*answers: object):
        left = list(answers)

        def carry(_request: Request) -> Response:
            answer = left.pop(0)
            if answer is None:
                raise Unreachable("no answer")
            return Response(int(str(answer)))

        return hook.send({}, carry).failure

    assert sent(500, 200) is None
    assert sent(None, 204) is None
    assert sent(404, 503).again
    assert sent(404, None).again
    assert not sent(404, 400).again


def test_an_address_that_does_not_answer_is_unreachable(receiver: Receiver):
    """In words."""
    receiver.close()
    with pytest.raises(Unreachable, match="no answer came"):
        over_http(5.0)(Request("POST", receiver.url, {}, b"{}"))
    receiver.__init__()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "lack hooks"),
        ({"hooks": []}, "lack hooks"),
        ({"hooks": ["http://x/"] * 6}, "up to five"),
        ({"hooks": ["ftp://x/"]}, "https://example.com/hook"),
        ({"hooks": ["http://[::1"]}, "https://example.com/hook"),
        ({"hook": "http://x/"}, "'hook'"),
        ({"hooks": ["http://x/"], "sharedSecret": 5}, "expected text"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: dict[str, object], told: str):
    """What, and what was expected."""
    with pytest.raises(BadControl, match=told):
        Webhooks(settings)
