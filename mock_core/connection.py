"""Connections to clients that lie, dawdle or never stop: bounded memory, bounded time, and an answer that arrives.

A body is handed to the application piece by piece and never read beyond what it asks for. Request heads and
bodies have a deadline, so a client that sends a byte now and then does not hold a thread for ever. A connection
that is closed while its client is still sending is closed the lingering way, or the answer would be lost.
TLS hands are shaken in the connection's own thread, where a client that says nothing is in nobody's way.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest

from mock_core.stream import stream

HEAD_SECONDS = 30.0
BODY_SECONDS = 60.0
LINGER_SECONDS = 5.0
NEXT_MILLISECONDS = 10  # how long a thread stays with a connection whose client may call again at once
DRAIN_BYTES = 64 * 1024  # an unread rest this small is read away so that the connection can be kept
_PIECE = 64 * 1024
_CHUNK_HEAD = 1024
_SPEAK_TLS = b"This port speaks TLS: let the address begin with https://.\n"
_PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_SPEAK_TLS), _SPEAK_TLS)
)


class BodyCutOff(ValueError):
    """The body does not come as its headers say."""


class Body:
    """A request body of known length or in chunks, readable piece by piece, with a deadline."""

    def __init__(self, rfile: Any, length: int | None) -> None:
        self._rfile = rfile
        self._chunked = length is None
        self._left = length or 0
        self._deadline = time.monotonic() + BODY_SECONDS
        self._is_broken = False
        self.ended = length == 0

    @property
    def remaining(self) -> int:
        """What cheroot shall read away before it answers: a small known rest."""
        return self._left if not self._is_broken and not self._chunked and self._left <= DRAIN_BYTES else 0

    @property
    def is_unread(self) -> bool:
        """Whether so much is left that the connection cannot serve another request."""
        return not self.ended and self.remaining == 0

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; raise `BodyCutOff` when the body breaks off or its chunks are malformed."""
        try:
            return self._read(size)
        except (BodyCutOff, OSError):
            self._is_broken = True
            raise

    def _read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while not self.ended and size != 0:
            if self._chunked and self._left == 0:
                self._begin_chunk()
                continue
            data = self._rfile.read1(min(self._left, _PIECE if size < 0 else min(size, _PIECE)))
            if not data:
                raise BodyCutOff("the body ended early")
            pieces.append(data)
            self._left -= len(data)
            size -= len(data) if size > 0 else 0
            if self._left == 0:
                self._end_piece()
            if time.monotonic() > self._deadline:
                raise BodyCutOff("the body took too long")
        return b"".join(pieces)

    def _begin_chunk(self) -> None:
        head = self._rfile.readline(_CHUNK_HEAD).split(b";", 1)[0].strip()
        if not head or not all(byte in b"0123456789abcdefABCDEF" for byte in head):
            raise BodyCutOff(f"{head[:20]!r} is no chunk size")
        self._left = int(head, 16)
        if self._left == 0:
            self._end_piece()
            self.ended = True

    def _end_piece(self) -> None:
        if not self._chunked:
            self.ended = True
        elif self._rfile.readline(_CHUNK_HEAD) not in (b"\r\n", b"\n"):
            raise BodyCutOff("a chunk is longer than its size, or has trailers")


class Request(HTTPRequest):
    """A request whose head is watched, whose length is a number, and whose refusal reaches the client."""

    def parse_request(self) -> None:
        watch: Watch = self.server.lab_watch
        watch.begin(self.conn)
        try:
            super().parse_request()
        finally:
            watch.end(self.conn)

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        if self.chunked_read:
            self.inheaders.pop(b"Content-Length", None)  # chunks count when both are there (RFC 9112 6.3)
        elif not self.inheaders.get(b"Content-Length", b"0").isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        return True

    def respond(self) -> None:
        self.conn.wfile.hold()
        try:
            super().respond()
        finally:
            self.conn.wfile.release()

    def simple_response(self, status: str, msg: str = "") -> None:
        self.conn.is_unread = True
        super().simple_response(status, msg)


class Connection(HTTPConnection):
    """A connection that greets, serves call after call while they come, and lets its client read the last answer."""

    RequestHandlerClass = Request
    is_unread = False

    def __init__(self, server: Any, sock: socket.socket, _makefile: object = None) -> None:
        super().__init__(server, sock, stream)
        self._is_greeted = not isinstance(sock, ssl.SSLSocket)

    def communicate(self) -> bool:
        if not self._is_greeted and not self._greet():
            return False
        while super().communicate():  # type: ignore[no-untyped-call]
            if not self._is_next_near():
                return True
        return False

    def _is_next_near(self) -> bool:
        """Wait a moment for the next call: handing the connection to the selector and back costs more than a call."""
        if self.rfile.has_data():
            return True
        if self.server.requests.qsize or not self.server.ready:  # somebody waits for this thread
            return False
        readable = select.poll()
        readable.register(self.socket, select.POLLIN)
        return bool(readable.poll(NEXT_MILLISECONDS))

    def _greet(self) -> bool:
        """Shake hands for TLS; say whether there is a client that can."""
        watch: Watch = self.server.lab_watch
        watch.begin(self)
        try:
            self.socket.do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                socket.socket.sendall(self.socket, _PLAIN_ON_TLS)
                self.is_unread = True
            return False
        except OSError:
            return False
        finally:
            watch.end(self)
        self.ssl_env = self.server.ssl_adapter.get_environ(self.socket)
        self._is_greeted = True
        return True

    def close(self) -> None:
        if self.is_unread and not self.linger:
            _linger(self.socket)
        super().close()


def _linger(connection: socket.socket) -> None:
    """Say that no more will be sent, and read away what still comes: an unread rest would turn into a reset."""
    deadline = time.monotonic() + LINGER_SECONDS
    try:
        socket.socket.shutdown(connection, socket.SHUT_WR)  # TLS's own forgets its keys, and would read no more
        connection.settimeout(LINGER_SECONDS)
        while time.monotonic() < deadline and connection.recv(_PIECE):
            pass
    except OSError:
        return


class Watch:
    """Cuts connections whose request head does not come to an end."""

    def __init__(self, seconds: float = HEAD_SECONDS) -> None:
        self._seconds = seconds
        self._since: dict[HTTPConnection, float] = {}
        self._stopped = threading.Event()

    def begin(self, connection: HTTPConnection) -> None:
        """Start the time of a connection's next head."""
        self._since[connection] = time.monotonic()

    def end(self, connection: HTTPConnection) -> None:
        """Stop it: the head is there."""
        self._since.pop(connection, None)

    def start(self) -> None:
        """Watch in a thread until stopped."""
        threading.Thread(target=self._run, name="watch request heads", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds / 5):
            for connection, since in tuple(self._since.items()):
                if time.monotonic() - since > self._seconds:
                    self._since.pop(connection, None)
                    with suppress(OSError):
                        socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)
