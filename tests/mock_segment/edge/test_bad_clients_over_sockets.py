"""Clients that lie, dawdle and flood, over a real socket: an answer, bounded memory, and the next one is served."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from mock_core import Server
from mock_segment import SegmentFake, create_app

EVENT = b'{"writeKey":"wk","userId":"u"}'
HEAD = b"POST /v1/identify HTTP/1.1\r\nHost: localhost\r\n"
MALFORMED, TOO_LARGE = b"malformed JSON", b"Exceed payload limit"


@pytest.fixture
def impatient(fake: SegmentFake) -> Iterator[Server]:
    """A server that gives a request head a fifth of a second."""
    with Server(create_app(fake), threads=2, head_seconds=0.2) as running:
        yield running


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def raw(server: Server, data: bytes, *, half_close: bool = False) -> bytes:
    with connect(server) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return until_closed(connection)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def assert_served(server: Server) -> None:
    """The next client gets what it wants."""
    reply = raw(server, HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(EVENT) + EVENT)
    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert reply.endswith(b'{"success": true}')


def test_a_claim_of_a_gigabyte_is_answered_at_once(server: Server):
    """Without waiting for it, on a connection that would have been kept."""
    received = raw(server, HEAD + b"Content-Length: 1000000000\r\n\r\n" + b"x" * 1000)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert TOO_LARGE in received
    assert b"Connection: close" in received
    assert_served(server)


def test_whoever_sends_too_much_still_reads_the_answer(server: Server):
    """Eight megabytes are read away, so that the answer is not lost in a reset."""
    received = raw(server, HEAD + b"Content-Length: 8000000\r\n\r\n" + b"x" * 8_000_000)

    assert TOO_LARGE in received
    assert_served(server)


@pytest.mark.parametrize("body", [b"", b'{"writeKey":'])
def test_a_body_shorter_than_it_claims_is_malformed(server: Server, body: bytes):
    """The client stops sending in the middle."""
    received = raw(server, HEAD + b"Content-Length: 500\r\n\r\n" + body, half_close=True)

    assert MALFORMED in received
    assert_served(server)


def test_a_body_longer_than_it_claims_ends_where_it_claimed(server: Server, state: Any):
    """The rest is the next request, and a bad one."""
    received = raw(server, HEAD + b"Content-Length: %d\r\n\r\n" % len(EVENT) + EVENT + b"more\r\n\r\n", half_close=True)

    assert received.count(b"HTTP/1.1 ") == 2
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert len(list(state.events())) == 1
    assert_served(server)


@pytest.mark.parametrize("length", [b"-5", b"abc", b"1_0", b"+5", b"5, 5", b"1e3", b" "])
def test_a_length_that_is_no_number_is_a_400(server: Server, length: bytes):
    """HTTP's own refusal, before there is a call to answer."""
    received = raw(server, HEAD + b"Content-Length: " + length + b"\r\n\r\n" + EVENT)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert_served(server)


def test_no_length_at_all_is_no_body(server: Server):
    """Which is no JSON."""
    assert MALFORMED in raw(server, HEAD + b"Connection: close\r\n\r\n")


@pytest.mark.parametrize("pieces", [(EVENT,), (EVENT[:5], EVENT[5:]), tuple(bytes([byte]) for byte in EVENT)])
def test_chunks_are_put_together(server: Server, state: Any, pieces: tuple[bytes, ...]):
    """A body without length, in one chunk or in many; and the connection serves on."""
    one = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*pieces)

    received = raw(server, one + one, half_close=True)

    assert received.count(b'{"success": true}') == 2
    assert len(list(state.events())) == 2


def test_chunks_count_more_than_a_length(server: Server, state: Any):
    """When both are there, as HTTP has it."""
    head = HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"

    received = raw(server, (head + chunked(EVENT)) * 2, half_close=True)

    assert received.count(b'{"success": true}') == 2


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"-5\r\n",
        b"5\r\nabc",
        b"5\r\nabcdefgh\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\nabc",
        b"\r\n",
        b"0x5\r\n",
        b"1" * 5000,
    ],
    ids=["letters", "negative", "cut-off", "too-long", "endless", "empty", "prefixed", "digits"],
)
def test_malformed_chunks_are_malformed(server: Server, body: bytes):
    """A chunk that lies about its size is as good as no JSON."""
    received = raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body, half_close=True)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert MALFORMED in received or TOO_LARGE in received
    assert_served(server)


def test_trailers_are_read_away(server: Server, state: Any):
    """They are legal, nobody here reads them, and the connection serves on."""
    one = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(EVENT, end=b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n")

    assert raw(server, one + one, half_close=True).count(b'{"success": true}') == 2


def test_trailers_without_end_are_malformed(server: Server):
    """Bounded like everything else."""
    body = chunked(EVENT, end=b"0\r\n" + b"X-Sum: 1\r\n" * 10_000)

    assert MALFORMED in raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body, half_close=True)
    assert_served(server)


def test_two_lengths_that_differ_are_refused(server: Server):
    """Where a body ends must not be a matter of opinion."""
    received = raw(server, HEAD + b"Content-Length: 5\r\nContent-Length: %d\r\n\r\n" % len(EVENT) + EVENT)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert_served(server)


@pytest.mark.parametrize("option", [b"close", b"Close", b"CLOSE", b"keep-alive, Close"])
def test_a_client_that_wants_to_close_is_let_go(server: Server, option: bytes):
    """However it writes that."""
    head = HEAD + b"Connection: " + option + b"\r\nContent-Length: %d\r\n\r\n" % len(EVENT)

    assert raw(server, head + EVENT).endswith(b'{"success": true}')


def test_a_proxys_form_of_an_address_is_understood(server: Server, state: Any):
    """Absolute-form, as whoever is told to use a proxy sends it."""
    request = HEAD.replace(b"/v1/identify", b"http://api.segment.io/v1/identify") + b"Connection: close\r\n"

    received = raw(server, request + b"Content-Length: %d\r\n\r\n" % len(EVENT) + EVENT)

    assert received.endswith(b'{"success": true}')
    assert [event.raw["userId"] for event in state.events()] == ["u"]


def test_a_doubled_slash_is_a_path_and_no_host(server: Server):
    """A base URL that ends in one: the answer is the helpful 404, and the call is in the journal."""
    request = HEAD.replace(b"/v1/identify", b"//v1/identify?x=1") + b"Connection: close\r\n"

    received = raw(server, request + b"Content-Length: %d\r\n\r\n" % len(EVENT) + EVENT)

    assert received.startswith(b"HTTP/1.1 404 ")
    assert b"this is /v1/identify" in received


def test_endless_chunks_are_too_large(server: Server):
    """No more than a megabyte of them is ever held."""
    body = chunked(*[b"x" * 60_000] * 40, end=b"")

    received = raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body, half_close=True)

    assert TOO_LARGE in received
    assert_served(server)


def test_an_unknown_transfer_encoding_is_refused(server: Server):
    """In words, never by a 5xx, and the connection is over."""
    received = raw(server, HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"Transfer-Encoding" in received
    assert_served(server)


def test_a_header_of_ten_megabytes_is_refused(server: Server):
    """413, read by the client, and the next one is served."""
    received = raw(server, HEAD + b"X-Long: " + b"a" * 10_000_000 + b"\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 413 ")
    assert_served(server)


def test_an_address_of_ten_megabytes_is_refused(server: Server):
    """414."""
    assert raw(server, b"GET /" + b"a" * 10_000_000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 414 ")
    assert_served(server)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"POST /v1/track HTTP/9.9\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
    ],
    ids=["tls", "no-path", "nothing", "future", "zeros"],
)
def test_what_is_no_http_disturbs_nobody(server: Server, data: bytes):
    """Answered or dropped."""
    received = raw(server, data, half_close=True)

    assert received == b"" or received.startswith(b"HTTP/1.1 4")
    assert_served(server)


def test_slow_heads_are_cut_and_never_in_the_way(impatient: Server):
    """More of them than there are threads; the next client is served at once, and they are gone in the end."""
    slow = [connect(impatient) for _ in range(8)]
    for connection in slow:
        connection.sendall(b"POST /v1/identify HT")

    assert_served(impatient)
    assert [until_closed(connection) for connection in slow] == [b""] * 8
    for connection in slow:
        connection.close()


@pytest.mark.parametrize(
    "start", [b"POST /v1/identify HT", HEAD + b"Content-Length: 100\r\n\r\n{"], ids=["head", "body"]
)
def test_when_every_thread_is_held_whoever_dawdles_is_cut(
    fake: SegmentFake, monkeypatch: pytest.MonkeyPatch, start: bytes
):
    """However many they are, the next client is served within seconds, not when their time is over."""
    monkeypatch.setattr("mock_core.wire.server.MAX_THREADS", 4)
    monkeypatch.setattr("mock_core.wire.connection.PRESSED_SECONDS", 0.2)
    with Server(create_app(fake), threads=2, head_seconds=600) as server:
        slow = [connect(server) for _ in range(12)]
        for connection in slow:
            connection.sendall(start)

        assert_served(server)
        for connection in slow:
            connection.close()


def test_slow_bodies_are_not_in_the_way(impatient: Server):
    """A head that promises more holds a thread, and the next client gets another."""
    slow = [connect(impatient) for _ in range(8)]
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")

    assert_served(impatient)
    for connection in slow:
        connection.close()
    assert_served(impatient)


def test_a_body_has_a_deadline(monkeypatch: pytest.MonkeyPatch, server: Server):
    """One that trickles on beyond it is cut off and malformed."""
    monkeypatch.setattr("mock_core.wire.request.BODY_SECONDS", -1.0)

    received = raw(server, HEAD + b"Content-Length: %d\r\n\r\n" % len(EVENT) + EVENT, half_close=True)

    assert MALFORMED in received


def test_clients_that_hang_up_with_a_reset_disturb_nobody(server: Server):
    """In the head, in the body, before the answer."""
    for data in (b"POST /v1", HEAD + b"Content-Length: 50\r\n\r\nabc", HEAD + b"Content-Length: 30\r\n\r\n" + EVENT):
        connection = connect(server)
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    assert_served(server)


@pytest.mark.parametrize("wish", [b"100-continue", b"100-Continue"])
def test_expect_continue_is_continued(server: Server, wish: bytes):
    """curl asks before it sends more than a kilobyte, and Java with a capital letter."""
    with connect(server) as connection:
        connection.sendall(
            HEAD + b"Expect: " + wish + b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(EVENT)
        )
        told = connection.recv(100)
        connection.sendall(EVENT)

        assert told.startswith(b"HTTP/1.1 100 Continue")
        assert until_closed(connection).endswith(b'{"success": true}')


@pytest.mark.parametrize(
    "path", ["/v1/batch", "/v1/pixel/track?data=%ff", "/__lab/events", "/%00", "/v1/%c3%28", "/v1/tr%61ck"]
)
def test_odd_paths_and_queries_are_answered(server: Server, path: str):
    """Never a 5xx."""
    received = raw(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())

    assert received.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))
    assert_served(server)


def test_ten_thousand_headers_are_bounded(server: Server):
    """Small ones too."""
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))

    assert raw(server, HEAD + many + b"\r\n").startswith(b"HTTP/1.1 413 ")
    assert_served(server)


def test_a_good_event_among_the_bad_is_kept(server: Server, state: Any):
    """All of the above on one lab, and what was answered 200 is there."""
    for number in range(20):
        raw(server, HEAD + b"Content-Length: 1000000000\r\n\r\n")
        body = json.dumps({"writeKey": "wk", "userId": f"u{number}"}).encode()
        raw(server, HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert set(state.profiles()) == {f"u{number}" for number in range(20)}
