"""Carry requests to a WSGI application without a socket: the transport of simulations and fast tests.

A `requests` adapter. What a reply asks of the wire becomes what `requests` raises for it: a reset is a
ConnectionError, a cut body a ChunkedEncodingError, and a delay passes on the given clock or, if it is
longer than the caller would wait, becomes a ReadTimeout.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from http.client import IncompleteRead
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from mock_core.clock import Clock
from mock_core.exchange import Wire
from mock_core.wire import Answered, Application, ask


class InProcessAdapter(BaseAdapter):
    """Hands requests to a WSGI application in this process."""

    def __init__(self, app: Application, clock: Clock) -> None:
        super().__init__()
        self._app = app
        self._clock = clock

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Call the application and return what a socket would have carried back."""
        del verify, cert, proxies
        status, headers, body, wire = self._asked(request)
        self._travel(request, wire, timeout, len(body))
        is_chunked = wire.framing != "close" and not any(name.lower() == "content-length" for name, _ in headers)
        is_cut = wire.cut_after is not None and wire.framing != "close"
        if is_cut and not stream:
            raise requests.exceptions.ChunkedEncodingError("the body ended early", request=request)
        if is_chunked and body:
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        sent = _Cut(body[: wire.cut_after]) if is_cut and is_chunked else io.BytesIO(body[: wire.cut_after])
        return self._response(request, status, headers, sent)

    def close(self) -> None:
        """Nothing is held open."""

    def _asked(self, request: requests.PreparedRequest) -> Answered:
        content = request.body or b""
        body = content.encode() if isinstance(content, str) else bytes(content)
        return ask(self._app, request.method or "GET", request.url or "", request.headers, body)

    def _travel(self, request: requests.PreparedRequest, wire: Wire, timeout: Any, size: int) -> None:
        delay = wire.delay + (size / wire.bytes_per_second if wire.bytes_per_second else 0.0)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if delay and patience is not None and delay > patience:
            self._clock.sleep(patience)
            raise requests.exceptions.ReadTimeout("read timed out", request=request)
        self._clock.sleep(delay)
        if wire.reset:
            raise requests.exceptions.ConnectionError("connection reset by peer", request=request)

    def _response(
        self, request: requests.PreparedRequest, status: str, headers: list[tuple[str, str]], body: io.BytesIO
    ) -> requests.Response:
        code, _, reason = status.partition(" ")
        response = requests.Response()
        response.status_code = int(code)
        response.reason = reason
        response.headers = CaseInsensitiveDict(headers)
        response.raw = HTTPResponse(
            body=body,
            headers=HTTPHeaderDict(headers),
            status=int(code),
            reason=reason,
            preload_content=False,
            request_method=request.method,  # or it would wait for the body that a HEAD has not
        )
        response.request = request
        response.url = request.url or ""
        response.connection = self  # type: ignore[assignment]  # requests closes through it, and asks no more
        return response


class _Cut(io.BytesIO):
    """A body in chunks that breaks off: after what came, its last chunk is missed."""

    def read(self, size: int | None = -1, /) -> bytes:
        return self._noticing(super().read(size))

    def read1(self, size: int | None = -1, /) -> bytes:
        return self._noticing(super().read1(size))

    def _noticing(self, came: bytes) -> bytes:
        if not came:
            raise IncompleteRead(came)
        return came
