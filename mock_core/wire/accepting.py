"""Connections that come in, also when the machine gives no more descriptors: turned away in words, not left waiting.

A connection that cannot be accepted stays in the queue of its socket, which then is readable without end. So one
descriptor is kept back: it is let go to accept the connection, which is told why and closed.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cheroot.connections import ConnectionManager

_USED_UP = {errno.EMFILE, errno.ENFILE}
_IDLE_SECONDS = 1.0  # connections kept for longer than this are the first to go
_WORDS = b'{"error":"CannotKeep","message":"As many files are open as this machine allows. Call again."}'
_TURNED_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_WORDS), _WORDS)
)


class Connections(ConnectionManager):
    """Cheroot's connections, with one descriptor kept back for whoever comes when there is none left."""

    server: Any
    _expire: Callable[[float], None]

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)

    def _from_server_socket(self, server_socket: socket.socket) -> Any:
        try:
            return super()._from_server_socket(server_socket)  # type: ignore[misc]  # the stubs know no private names
        except OSError as error:
            if error.errno not in _USED_UP:
                raise
        self._expire(time.time() - _IDLE_SECONDS)
        self._turn_away(server_socket)
        return None

    def _turn_away(self, server_socket: socket.socket) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
        with suppress(OSError):
            connection, _ = server_socket.accept()
            with connection:
                connection.settimeout(_IDLE_SECONDS)
                if self.server.ssl_adapter is None:
                    connection.recv(64 * 1024)  # an unread call would turn the answer into a reset
                    connection.sendall(_TURNED_AWAY)
        with suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def close(self) -> None:
        super().close()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
