"""Requests of clients that lie, dawdle or never stop: bounded memory, bounded time, and no call that is not heard.

A body is handed to the application piece by piece and never read beyond what it asks for. What RFC 9112 wants of a
server and cheroot does not do stands here: case-blind connection options, absolute-form targets, trailers, one length.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from cheroot.server import HeaderReader, HTTPRequest

BODY_SECONDS = 60.0
DRAIN_BYTES = 64 * 1024  # an unread rest this small is read away so that the connection can be kept
_PIECE = 64 * 1024
_LINE = 1024  # the longest line between chunks
_TRAILERS = 64  # lines of trailers that are read away
_NOT_OURS = {  # the client's mistakes: nothing that a client sends makes a fake answer 5xx
    "501 Unimplemented": "This Transfer-Encoding is not understood; chunked is.\n",
    "505 HTTP Version Not Supported": "This server speaks HTTP/1.1.\n",
}


class BodyCutOff(ValueError):
    """The body does not come as its headers say."""


class Body:
    """A request body of known length or in chunks, readable piece by piece, with a deadline."""

    def __init__(self, connection: Any, length: int | None) -> None:
        self._connection = connection
        self._rfile = connection.rfile
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
        watch = self._connection.server.lab_watch
        watch.begin(self._connection)
        try:
            return self._read(size)
        except (BodyCutOff, OSError):
            self._is_broken = True
            raise
        finally:
            watch.end(self._connection)

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
        head = self._rfile.readline(_LINE).split(b";", 1)[0].strip()
        if not head or not all(byte in b"0123456789abcdefABCDEF" for byte in head):
            raise BodyCutOff(f"{head[:20]!r} is no chunk size")
        self._left = int(head, 16)
        if self._left == 0:
            self._read_trailers()
            self.ended = True

    def _end_piece(self) -> None:
        if not self._chunked:
            self.ended = True
        elif self._rfile.readline(_LINE) not in (b"\r\n", b"\n"):
            raise BodyCutOff("a chunk is longer than its size")

    def _read_trailers(self) -> None:
        for _ in range(_TRAILERS):
            line = self._rfile.readline(_LINE)
            if line in (b"\r\n", b"\n"):
                return
            if not line.endswith(b"\n"):
                break
        raise BodyCutOff("the trailers do not end")


class Headers(dict[bytes, bytes]):
    """Request headers as cheroot compares them: options it knows by their exact spelling, and one length only."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name == b"Content-Length" and self.get(name, value) != value:
            raise ValueError("Two Content-Length headers that differ.")  # RFC 9112 6.3
        if name == b"Connection":
            options = {option.strip().lower() for option in value.split(b",")}
            value = b"close" if b"close" in options else b"Keep-Alive" if b"keep-alive" in options else value
        elif name == b"Expect":
            value = value.lower()
        elif name == b"Transfer-Encoding":
            value = b", ".join(part for part in value.lower().split(b",") if part.strip() != b"identity")
        super().__setitem__(name, value)


class Request(HTTPRequest):
    """A request whose head and body are watched, and whose refusal reaches the client."""

    header_reader = HeaderReader()

    def __init__(self, server: Any, conn: Any) -> None:
        super().__init__(server, conn, proxy_mode=True)  # or cheroot refuses absolute-form targets (RFC 9112 3.2.2)
        self.inheaders = Headers()

    def parse_request(self) -> None:
        watch = self.server.lab_watch
        watch.begin(self.conn, watch.head_seconds)
        try:
            super().parse_request()
        finally:
            watch.end(self.conn)

    def read_request_line(self) -> bool:
        if not super().read_request_line():  # type: ignore[no-untyped-call]
            return False
        if self.method == b"CONNECT":
            self.simple_response("405 Method Not Allowed")
            return False
        path, _, query = self.uri.partition(b"?")
        if path.startswith(b"//"):  # a base URL ending in / and a path beginning with one: no host
            self.path, self.qs, self.scheme, self.authority = unquote_to_bytes(path), query, b"http", b""
        elif self.method == b"OPTIONS" and b"://" in path:
            self.path = urlsplit(path).path or b"*"
        return True

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
        if status in _NOT_OURS:
            status, msg = "400 Bad Request", _NOT_OURS[status]
        super().simple_response(status, msg)
