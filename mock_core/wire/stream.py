"""The two ends of a connection as cheroot uses them: bytes read through a buffer, bytes written at once or together.

Cheroot's own are Python's `io` written in Python; on small calls they cost as much as answering does. These know
sockets only, plain or TLS.
"""

from __future__ import annotations

import socket

_PIECE = 64 * 1024


class Reader:
    """Reads from a socket, a line or a piece at a time, and never waits for more than it was asked."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""
        self._at = 0
        self.bytes_read = 0
        self.closed = False

    def has_data(self) -> bool:
        """Say whether bytes of a next request are here already, where no selector would see them."""
        pending = getattr(self._connection, "pending", None)
        return self._at < len(self._held) or bool(pending and pending())

    def readline(self, size: int) -> bytes:
        """Read up to a line's end, `size` bytes or the end of the stream, whichever comes first."""
        while True:
            end = self._held.find(b"\n", self._at, self._at + size) + 1
            if end or len(self._held) - self._at >= size:
                return self._take(end - self._at if end else size)
            more = self._connection.recv(_PIECE)
            if not more:
                return self._take(size)
            self._held, self._at = self._held[self._at :] + more, 0

    def read1(self, size: int) -> bytes:
        """Read what is there, at most `size` bytes; nothing means the end of the stream."""
        if self._at < len(self._held):
            return self._take(size)
        data = self._connection.recv(size)
        self.bytes_read += len(data)
        return data

    def _take(self, size: int) -> bytes:
        data = self._held[self._at : self._at + size]
        self._at += len(data)
        self.bytes_read += len(data)
        return data

    def close(self) -> None:
        """Read no more; the socket is closed by who opened it."""
        self.closed = True


class Writer:
    """Writes to a socket at once, or, while held, in pieces as large as a client likes to read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pending: list[bytes] | None = None
        self._size = 0
        self.bytes_written = 0

    def write(self, data: bytes) -> None:
        """Send these bytes, or keep them while held and few."""
        if self._pending is None:
            self._send(data)
            return
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _PIECE:
            self._flush()

    def hold(self) -> None:
        """Keep what is written until it is much or `release` is called: head and body travel together."""
        self._pending = []

    def release(self) -> None:
        """Send what was kept, and keep no more."""
        if self._pending is not None:
            self._flush()
            self._pending = None

    def _flush(self) -> None:
        data, self._pending, self._size = b"".join(self._pending or ()), [], 0
        if data:
            self._send(data)

    def _send(self, data: bytes) -> None:
        self._connection.sendall(data)
        self.bytes_written += len(data)

    def close(self) -> None:
        """Nothing is kept beyond a response, so nothing is left to do."""


def stream(connection: socket.socket, mode: str = "rb", _bufsize: int = -1) -> Reader | Writer:
    """Make a connection's reader or writer, as cheroot asks for them: `rb` or `wb`."""
    return Reader(connection) if "r" in mode else Writer(connection)
