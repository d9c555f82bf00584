"""Over a real socket a fault must be what it says."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from mock_core import Fake, Server, build_app
from mock_core.errors import Forbidden, PortInUse

Echo = Fake[Any]


@pytest.fixture
def server(fake: Echo) -> Iterator[Server]:
    with Server(build_app(fake, max_body=1000), threads=4) as running:
        yield running


def raw(server: Server, data: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


REQUEST = b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\n12345"


def test_a_call_is_answered_over_a_socket(server: Server):
    """The plain case."""
    received = raw(server, REQUEST)

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b'{"bytes":5}')


@pytest.mark.parametrize("fault", ["connection-reset", "lost-reply"])
def test_a_reset_is_an_rst(fake: Echo, server: Server, fault: str):
    """The peer gets ECONNRESET and not one byte, and the next client is served."""
    fake.state.workspace.arm({"fault": fault})

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(REQUEST)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

    assert raw(server, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_a_truncated_body_announces_more_than_it_sends(fake: Echo, server: Server):
    """Content-Length tells the whole, the connection ends before it."""
    fake.state.workspace.arm({"fault": "truncated-body", "after": 3})

    received = raw(server, REQUEST)

    assert b"Content-Length: 11\r\n" in received
    assert received.endswith(b"\r\n\r\n" + b'{"b')


def test_a_slow_body_still_comes_whole(fake: Echo, server: Server):
    """Dripping changes the pace, not the bytes."""
    fake.state.workspace.arm({"fault": "slow-body", "bytes_per_second": 1000})

    assert raw(server, REQUEST).endswith(b'{"bytes":5}')


def test_a_connection_is_kept_for_the_next_call(server: Server):
    """HTTP/1.1 keep-alive: two calls, one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sizes = []

    for _ in range(2):
        connection.request("POST", "/v1/echo", b"12345")
        sizes.append(json.loads(connection.getresponse().read())["bytes"])
        first_socket = connection.sock

    assert sizes == [5, 5]
    assert connection.sock is first_socket
    connection.close()


def test_a_huge_claimed_length_costs_nothing(server: Server):
    """A claim of a gigabyte is answered without waiting for it or reserving it."""
    head = b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n"

    received = raw(server, head)

    assert received.startswith(b"HTTP/1.1 ")
    assert raw(server, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_a_huge_header_is_refused(server: Server):
    """Headers beyond the bound get 413, and the next client is served."""
    received = raw(server, b"POST /v1/echo HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n")

    assert received.startswith((b"HTTP/1.1 413", b"HTTP/1.1 414", b""))
    assert raw(server, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_hangs_up_disturbs_nobody(server: Server):
    """A connection cut in the middle of a body leaves the server well."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nabc")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

    assert raw(server, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_a_port_in_use_is_one_clear_sentence(fake: Echo, server: Server):
    """The address and what to do are named."""
    with pytest.raises(PortInUse, match=rf"127\.0\.0\.1:{server.port} cannot be listened on.*another port"):
        Server(build_app(fake, max_body=1000), port=server.port).start()


def test_listening_beyond_loopback_wants_a_token(fake: Echo):
    """A lab open to other machines without a token is refused before it listens."""
    with pytest.raises(Forbidden, match="token"):
        Server(build_app(fake, max_body=1000), host="0.0.0.0")
