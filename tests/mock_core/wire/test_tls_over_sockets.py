"""TLS on the lab's own port: whoever does not shake hands is in nobody's way."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_core import Fake, Server, build_app
from mock_core.wire import tls_adapter

BODY = b"12345"
REQUEST = b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n" + BODY
ANSWER = b'{"bytes":5}'


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return tmp_path / "ca.pem"


@pytest.fixture
def server(fake: Fake[Any], authority: Path) -> Iterator[Server]:
    app = build_app(fake, max_body=100_000)
    with Server(app, threads=4, ssl_adapter=tls_adapter(authority), head_seconds=0.5) as running:
        yield running


def plain(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def greeted(server: Server, authority: Path) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(authority))
    return context.wrap_socket(plain(server), server_hostname="localhost")


def until(connection: socket.socket, end: bytes, times: int = 1) -> bytes:
    received = b""
    while received.count(end) < times:
        chunk = connection.recv(65536)
        assert chunk, received
        received += chunk
    return received


def test_a_call_is_answered_over_tls(server: Server, authority: Path):
    """And the connection is kept for the next."""
    with greeted(server, authority) as connection:
        for _ in range(3):
            connection.sendall(REQUEST)
            assert until(connection, ANSWER).startswith(b"HTTP/1.1 200 OK\r\n")


def test_calls_sent_together_are_all_answered(server: Server, authority: Path):
    """In one TLS record: what is decrypted already is in no selector's sight."""
    with greeted(server, authority) as connection:
        connection.sendall(REQUEST * 5)

        assert until(connection, ANSWER, 5).count(b"HTTP/1.1 200 OK\r\n") == 5


def test_a_large_body_comes_whole(server: Server, authority: Path):
    """Over many records."""
    body = b"x" * 90_000
    with greeted(server, authority) as connection:
        connection.sendall(b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n" + body)

        assert until(connection, b"}").endswith(b'{"bytes":90000}')


def test_clients_that_say_nothing_are_in_nobodys_way(server: Server, authority: Path):
    """More of them than there are threads; the next client is served, and they are cut in the end."""
    silent = [plain(server) for _ in range(8)]

    with greeted(server, authority) as connection:
        connection.sendall(REQUEST)
        until(connection, ANSWER)

    for connection in silent:
        with connection:
            assert connection.recv(1) == b""


def test_half_a_handshake_is_cut(server: Server, authority: Path):
    """One byte of a record, and then silence."""
    with plain(server) as connection:
        connection.sendall(b"\x16")

        assert connection.recv(100) == b""


def test_plain_http_is_told_to_speak_tls(server: Server):
    """In words a person can act on, not by a reset."""
    with plain(server) as connection:
        connection.sendall(REQUEST)

        told = until(connection, b"https://")

    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_client_that_does_not_trust_the_certificate_disturbs_nobody(server: Server, authority: Path):
    """It hangs up in the handshake."""
    with pytest.raises(ssl.SSLCertVerificationError), plain(server) as connection:
        ssl.create_default_context().wrap_socket(connection, server_hostname="localhost")

    with greeted(server, authority) as connection:
        connection.sendall(REQUEST)
        until(connection, ANSWER)
