"""Serve a WSGI application on a real socket, in a thread, and do to the wire what a reply asks for."""

from __future__ import annotations

import atexit
import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from cheroot import wsgi

from mock_core.errors import Forbidden, PortInUse
from mock_core.exchange import Wire
from mock_core.guard import is_loopback
from mock_core.wire.accepting import Connections
from mock_core.wire.connection import HEAD_SECONDS, Connection, Watch
from mock_core.wire.gateway import WIRE_KEY
from mock_core.wire.request import Body
from mock_core.wire.threads import Threads

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # what can be listened on and hardly called  # noqa: S104
MAX_HEADER_BYTES = 64 * 1024
CLIENT_TIMEOUT = 30  # seconds of silence after which a client is given up
THREADS = 16
MAX_KEPT = 1024  # connections kept between two requests
MAX_THREADS = 256  # slow clients hold a thread each; when all are held, whoever dawdles is cut


def base_url(scheme: str, host: str, port: int) -> str:
    """Return the base URL of what listens there."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


class _WSGIServer(wsgi.Server):
    """Cheroot's server with one more thread whenever all of them are held by somebody."""

    ConnectionClass = Connection
    lab_watch: Watch

    def __init__(self, address: tuple[str, int], app: Callable[..., Any], least: int, most: int, **named: Any) -> None:
        super().__init__(address, app, **named)
        self.requests = Threads(self, min=least, max=most)

    _connections: Any

    def prepare(self) -> None:
        super().prepare()
        self._connections.close()
        self._connections = Connections(self)

    def process_conn(self, conn: Connection) -> None:
        super().process_conn(conn)
        if self.requests.qsize > self.requests.idle:
            self.requests.grow(1)


class _WireGateway(wsgi.Gateway_10):
    """Cheroot's WSGI gateway, honouring the `Wire` that the application left in the environment."""

    def respond(self) -> None:
        length = None if self.req.chunked_read else int(self.req.inheaders.get(b"Content-Length", 0))
        self.req.rfile = self.env["wsgi.input"] = body = Body(self.req.conn, length)
        response: Iterable[bytes] = self.req.server.wsgi_app(self.env, self.start_response)
        if body.is_unread:
            self.req.close_connection = self.req.conn.is_unread = True
        try:
            wire: Wire | None = self.env.get(WIRE_KEY)
            if wire is None or wire == Wire():
                for chunk in filter(None, response):
                    self.write(chunk)
            else:
                self._travel(response, wire)
        finally:
            self.req.ensure_headers_sent() if self.req.status and not self.req.close_connection else None
            close = getattr(response, "close", None)
            if close is not None:
                close()

    def _travel(self, response: Iterable[bytes], wire: Wire) -> None:
        self.req.conn.wfile.release()  # what travels in its own time is not held to be sent at once
        if wire.framing == "close":
            self.req.response_protocol = "HTTP/1.0"  # cheroot's word for: no chunks, and the end of the connection
        if wire.delay:
            time.sleep(wire.delay)
        if wire.reset:
            _send_rst(self.req.conn.socket)
            self.req.close_connection = True
            self.req.conn.linger = True  # cheroot's word for: do not touch the socket, it is gone
            raise ConnectionResetError(errno.ECONNRESET, "reset by a fault")
        if wire.cut_after is not None:
            self._cut(response, wire.cut_after)
            return
        step = max(1, (wire.bytes_per_second or 0) // 10)
        for chunk in response:
            if not wire.bytes_per_second:
                self.write(chunk)
                continue
            for start in range(0, len(chunk), step):
                piece = chunk[start : start + step]
                self.write(piece)
                time.sleep(len(piece) / wire.bytes_per_second)

    def _cut(self, response: Iterable[bytes], left: int) -> None:
        """Send the beginning of a body and close, whatever was announced: what breaks off does not say so before."""
        for chunk in response:
            if left <= 0:
                break
            self.write(chunk[:left])
            left -= len(chunk)
        self.req.ensure_headers_sent()
        self.req.close_connection = True
        self.req.chunked_write = False  # or cheroot would write the last chunk, and the cut would look like an end


def _send_rst(connection: socket.socket) -> None:
    """Close a connection so that the peer sees a reset, not an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


class Server:
    """One application listening on one address; a context manager.

    `port` 0 takes any free port. Beyond loopback it wants a token, which the application must check.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        ssl_adapter: Any = None,
        threads: int = THREADS,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        if token is None and not is_loopback(host):
            raise Forbidden(f"Listening on {host} opens the lab to other machines: give it a token with --token.")
        self._server = _WSGIServer(
            (host, port),
            app,
            threads,
            max(threads, MAX_THREADS),
            request_queue_size=128,
            timeout=CLIENT_TIMEOUT,
            shutdown_timeout=1,
            server_name="cohortlab",
        )
        self._server.gateway = _WireGateway
        self._server.keep_alive_conn_limit = MAX_KEPT  # cheroot's own is 10, and closes the eleventh
        self._server.expiration_interval = 0.1  # how long stopping may have to wait for the accepting thread
        self._server.lab_watch = self._watch = Watch(head_seconds, self._is_pressed)
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.ssl_adapter = ssl_adapter
        setattr(self._server, "error_log", _quiet)  # noqa: B010 - cheroot documents replacing this method
        self._host = host
        self._scheme = "https" if ssl_adapter else "http"
        self._thread: threading.Thread | None = None

    def start(self) -> Server:
        """Listen and answer in a thread of its own; return once connections are accepted."""
        host, port = self._server.bind_addr[:2]
        try:
            # cheroot leaves its socket open when it cannot bind, so a probe of ours meets the refusal first.
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.create_server((host, port), family=family):
                pass
            self._server.prepare()
        except OSError as error:
            unknown = isinstance(error, socket.gaierror) or isinstance(error.__context__, socket.gaierror)
            is_address = unknown or error.errno == errno.EADDRNOTAVAIL
            why = (error.strerror or str(error)).partition(" (while ")[0]
            mend = "Name an address of this machine." if is_address else "Choose another port, or 0 for a free one."
            raise PortInUse(f"{host}:{port} cannot be listened on ({why}). {mend}") from error
        self._thread = threading.Thread(target=self._server.serve, name=f"serve {self.url}", daemon=True)
        self._thread.start()
        self._watch.start()
        atexit.register(self.stop)  # whoever forgot to: Python's end stops the threads, and stopping waits for them
        return self

    def _is_pressed(self) -> bool:
        return bool(self._server.requests.qsize)

    @property
    def port(self) -> int:
        """The port it listens on, known once started."""
        return int(self._server.bind_addr[1])

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port for a caller on this machine."""
        return EVERY_ADDRESS.get(self._host, self._host), self.port

    @property
    def url(self) -> str:
        """The base URL for a caller on this machine, without a trailing slash."""
        return base_url(self._scheme, self.address[0], self.port)

    @property
    def bound_url(self) -> str:
        """The same with the host it listens on, which may be the one that means every address of this machine."""
        return base_url(self._scheme, self._host, self.port)

    def stop(self) -> None:
        """Stop listening and let the threads go."""
        atexit.unregister(self.stop)
        self._watch.stop()
        self._server.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _quiet(msg: str = "", level: int = 20, traceback: bool = False) -> None:
    """Take cheroot's log lines: what a client did to its own connection is no news to the user."""
