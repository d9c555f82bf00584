"""Connections that are kept while calls come, and let go of whoever keeps others waiting.

A connection that is closed while its client is still sending is closed the lingering way, or the answer would be lost.
TLS hands are shaken in the connection's own thread, where a client that says nothing is in nobody's way.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from cheroot.server import HTTPConnection

from mock_core.wire.request import Request
from mock_core.wire.stream import stream

HEAD_SECONDS = 30.0
PRESSED_SECONDS = 1.0  # how long a client may take once others wait for its thread
LINGER_SECONDS = 5.0
NEXT_MILLISECONDS = 10  # how long a thread stays with a connection whose client may call again at once
_PIECE = 64 * 1024
_SPEAK_TLS = b"This port speaks TLS: let the address begin with https://.\n"
_PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_SPEAK_TLS), _SPEAK_TLS)
)


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
        watch.begin(self, watch.head_seconds)
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
    """Reads no more from clients that keep a thread waiting: beyond their deadline, or for long when others want it.

    `is_pressed` says whether somebody waits for a thread.
    """

    def __init__(self, head_seconds: float, is_pressed: Callable[[], bool]) -> None:
        self.head_seconds = head_seconds
        self._is_pressed = is_pressed
        self._waiting: dict[HTTPConnection, tuple[float, float]] = {}  # since when, and until when at most
        self._stopped = threading.Event()

    def begin(self, connection: HTTPConnection, seconds: float = inf) -> None:
        """Watch a connection that is about to be read, for so many seconds at most."""
        now = time.monotonic()
        self._waiting[connection] = (now, now + seconds)

    def end(self, connection: HTTPConnection) -> None:
        """Watch it no longer: what was waited for is there."""
        self._waiting.pop(connection, None)

    def start(self) -> None:
        """Watch in a thread until stopped."""
        threading.Thread(target=self._run, name="watch clients", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(min(self.head_seconds / 5, 0.25)):
            now = time.monotonic()
            longest = PRESSED_SECONDS if self._is_pressed() else inf
            for connection, (since, until) in tuple(self._waiting.items()):
                if now > until or now - since > longest:
                    self.end(connection)
                    with suppress(OSError):  # a body that is cut short is still answered
                        how = socket.SHUT_RD if until == inf else socket.SHUT_RDWR
                        socket.socket.shutdown(connection.socket, how)
