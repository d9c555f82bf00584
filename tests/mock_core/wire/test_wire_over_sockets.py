"""Over a real socket a fault must be what it says."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import subprocess
import sys
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


def test_what_breaks_off_does_not_announce_it(fake: Echo, server: Server):
    """A client that hears of a close takes whatever came before it for the whole; a broken connection says nothing."""
    fake.state.workspace.arm({"fault": "truncated-body", "after": 3})

    received = raw(server, REQUEST.replace(b"Connection: close\r\n", b""))

    assert received.endswith(b'{"b')
    assert b"Connection: close" not in received


@pytest.mark.parametrize(
    ("how", "head", "body"),
    [
        ("chunked", b"Transfer-Encoding: chunked\r\n", b'b\r\n{"bytes":5}\r\n0\r\n\r\n'),
        ("close", b"Connection: close\r\n", b'{"bytes":5}'),
    ],
)
def test_a_reply_is_framed_as_a_fault_asks(fake: Echo, server: Server, how: str, head: bytes, body: bytes):
    """In chunks, or by nothing but the end of the connection, where a length would stand."""
    fake.state.workspace.arm({"fault": "framing", "how": how})

    received = raw(server, REQUEST)

    assert head in received
    assert b"Content-Length" not in received
    assert received.endswith(b"\r\n\r\n" + body)
    assert b"Content-Length: 11" in raw(server, REQUEST)


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


UNFINISHED = {
    "a server left running": "server = Server(app).start()",
    "a script that raises": "server = Server(app).start(); raise SystemExit(0)",
    "a generator broken off": """
def serving():
    with Server(app) as server:
        yield server
kept = serving(); next(kept)
""",
    "a call that takes for ever": """
import threading, urllib.request
stuck = Server(lambda environ, start: threading.Event().wait()).start()
def call():
    try: urllib.request.urlopen(stuck.url, timeout=30)
    except Exception: pass
threading.Thread(target=call, daemon=True).start()
import time; deadline = time.monotonic() + 10
while not any(thread.conn for thread in stuck._server.requests._threads) and time.monotonic() < deadline: pass
""",
}


@pytest.mark.parametrize("how", UNFINISHED)
def test_the_interpreter_ends_whoever_forgot_to_stop_a_server(how: str):
    """A fixture that was broken off, or a script that raised, must not keep Python waiting for its threads."""
    program = "from mock_core import Server\napp = lambda environ, start: [b'']\n" + UNFINISHED[how]

    ended = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


CROWD = """
import resource, socket, sys
from mock_core import Server
server = Server(lambda environ, start: (start("200 OK", [("Content-Length", "2")]), [b"ok"])[1], threads=2).start()
call = b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
clients = [socket.socket() for _ in range(3)]
resource.setrlimit(resource.RLIMIT_NOFILE, (max(each.fileno() for each in clients) + 1, hard))
answers = []
for each in clients:
    each.settimeout(20); each.connect(("127.0.0.1", server.port)); each.sendall(call); answers.append(each.recv(999))
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
again = socket.create_connection(("127.0.0.1", server.port)); again.sendall(call)
print(sorted({answer.split(b" ")[1].decode() for answer in answers}), again.recv(999).split(b" ")[1].decode())
server.stop()
"""


def test_clients_beyond_the_last_descriptor_are_turned_away_in_words():
    """None is left waiting, and the next one is served as soon as there is room."""
    ended = subprocess.run([sys.executable, "-c", CROWD], timeout=60, capture_output=True, text=True, check=False)

    assert ended.stderr == ""
    assert ended.stdout.strip() == "['503'] 200"
