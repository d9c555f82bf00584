"""A tunnel for clients whose hosts are fixed: they are led here by HTTPS_PROXY, and from here to the fakes alone.

A client that cannot be given another base URL still asks a proxy to connect it: `CONNECT api.segment.io:443`. The
tunnel connects it to the fake that stands for that host, whose certificate has the name on it. To any other host it
leads nobody: it is no proxy for the world.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import struct
import threading
from collections.abc import Mapping
from typing import Self

from mock_core.errors import PortInUse
from mock_core.wire.server import EVERY_ADDRESS, base_url

MOST = 256  # connections at a time
_HEAD = 64 * 1024
_HEAD_SECONDS = 30.0
_IDLE_SECONDS = 300.0
_PIECE = 64 * 1024
_NO_CONNECT = (
    "This tunnel takes CONNECT: set HTTPS_PROXY, not HTTP_PROXY. A client that sends a proxy whole addresses (axios) "
    "is led by HTTPS_PROXY set to the fake's own address, of a lab without TLS."
)

Address = tuple[str, int]


class Tunnel:
    """Listens on one address and connects clients to where `ways` lead, by host name; a context manager.

    A way may also be `host:port`, which goes before the host alone. `port` 0 takes any free port.
    """

    def __init__(self, ways: Mapping[str, Address], *, host: str = "127.0.0.1", port: int = 0) -> None:
        try:
            self._server = _Server((host, port), _Handler)
        except OSError as error:
            raise PortInUse(f"{host}:{port} cannot be listened on ({error.strerror}). Choose another port.") from error
        self._server.ways = {name.lower(): address for name, address in ways.items()}
        self._host = host
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """What HTTPS_PROXY is to be."""
        return base_url("http", EVERY_ADDRESS.get(self._host, self._host), self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    ways: Mapping[str, Address]

    def __init__(self, address: Address, handler: type[socketserver.BaseRequestHandler]) -> None:
        self.places = threading.BoundedSemaphore(MOST)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is no news."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        if not self.server.places.acquire(blocking=False):
            return self._refuse("503 Service Unavailable", f"This tunnel holds {MOST} connections, and no more.")
        try:
            self._connect()
        finally:
            self.server.places.release()
        return None

    def _connect(self) -> None:
        self.request.settimeout(_HEAD_SECONDS)
        method, target = self._asked()
        if method != "CONNECT":
            return self._refuse("405 Method Not Allowed", _NO_CONNECT)
        ways = self.server.ways
        host, _, port = target.lower().rpartition(":")
        host = host.strip("[]")
        way = ways.get(f"{host}:{port}") or ways.get(host)
        if way is None:
            return self._refuse("403 Forbidden", f"This tunnel leads to the fakes alone: {', '.join(sorted(ways))}.")
        with socket.create_connection(way, _HEAD_SECONDS) as fake:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _splice(self.request, fake)
        return None

    def _asked(self) -> tuple[str, str]:
        """Read the head of a request; whatever is no request is one for nothing."""
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD:
            piece = self.request.recv(4096)
            if not piece:
                break
            head += piece
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return (words[0], words[1]) if len(words) == 3 else ("", "")

    def _refuse(self, status: str, words: str) -> None:
        body = f"{words}\n".encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        self.request.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)


def _splice(client: socket.socket, fake: socket.socket) -> None:
    """Carry bytes both ways until both sides are done; a reset is handed on as one."""
    other = {client: fake, fake: client}
    with selectors.DefaultSelector() as selector:
        for each in other:
            each.settimeout(_IDLE_SECONDS)
            selector.register(each, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(_IDLE_SECONDS)
            if not ready:
                return
            for key, _ in ready:
                side = next(each for each in other if each is key.fileobj)
                try:
                    piece = side.recv(_PIECE)
                    if piece:
                        other[side].sendall(piece)
                        continue
                except ConnectionError:
                    other[side].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                selector.unregister(side)
                with contextlib.suppress(OSError):
                    other[side].shutdown(socket.SHUT_WR)
