"""Forward a call to the real service and its answer back, piece by piece and unchanged, and keep what passed.

What is slow stays slow, what breaks off breaks off at the same byte, a connection that is lost is lost. Only the
address of a stored file is another, so that the file comes this way, too.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError, MaxRetryError, NewConnectionError
from urllib3.util import SKIP_HEADER

from mock_core.exchange import Call, Wire
from mock_core.wire import WIRE_KEY, read_call
from recording.material import RecordedCall
from recording.proxy.credentials import Credentials
from recording.proxy.spool import Spool

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_PIECE: Final = 64 << 10
_LARGEST_CALL: Final = 64 << 20  # bytes of a request; Segment takes 500 KB, Amplitude uploads some MB
_KEPT: Final = 256 << 10  # bytes of an answer that is no export
_CONNECT, _READ = 20.0, 600.0  # seconds
_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers"),
        *("transfer-encoding", "upgrade", "host", "content-length"),
    }
)
_EXPORT: Final = re.compile(r"/api/[35]/cohorts/request/[^/]+/file")


@dataclass
class Ways:
    """Where calls go: the real address of each fake, and of each host that files were seen to lie at."""

    files_url: str = ""
    hosts: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def this_way(self, location: str) -> str:
        """Return the address by which a stored file comes through the proxy."""
        parts = urlsplit(location)
        host = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if host not in self.hosts:
                self.hosts.append(host)
            place = self.hosts.index(host)
        there = urlsplit(self.files_url)
        return urlunsplit((there.scheme, there.netloc, f"/{place}{parts.path}", parts.query, parts.fragment))

    def back(self, path: str) -> str | None:
        """Return the real address of such a path; None where nobody was sent to."""
        found = re.fullmatch(r"/(\d{1,6})(/.*)?", path, re.DOTALL)
        place = int(found[1]) if found else -1
        return None if found is None or place >= len(self.hosts) else self.hosts[place] + (found[2] or "/")


class Forwarder:
    """The application at one address of the proxy; `real` is where its calls go, None for that of stored files."""

    def __init__(
        self,
        fake: str,
        real: str | None,
        *,
        spool: Spool,
        ways: Ways,
        credentials: Credentials,
        on_call: Callable[[str, RecordedCall], None],
        pool: urllib3.PoolManager,
    ) -> None:
        self._fake, self._real = fake, real
        self._spool, self._ways, self._credentials = spool, ways, credentials
        self._on_call, self._pool = on_call, pool

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a WSGI call."""
        call = read_call(environ, _LARGEST_CALL)
        raw = environ.get("REQUEST_URI") or environ["PATH_INFO"]
        path, _, query = raw.partition("?")
        if "://" in path[:9]:
            path = urlsplit(path).path
        url = self._ways.back(path) if self._real is None else self._real.rstrip("/") + path
        if url is None:
            return _refuse(start_response, 404, f"no file was handed out at {path}; ask for an export first.")
        if call.body_too_large:
            return _refuse(start_response, 413, f"the body has more than {_LARGEST_CALL >> 20} MB, which nobody takes.")
        url += f"?{query}" if query else ""
        sending = Sending(self._spool, self._credentials, self._fake, call, url)
        try:
            answer = self._pool.request(
                call.method,
                url,
                body=call.body or None,
                headers=_onward(call.headers, has_body=bool(call.body) or "content-length" in call.headers),
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=_CONNECT, read=_READ),
            )
        except (HTTPError, LocationParseError, OSError) as error:
            return self._lost(sending, error, environ, start_response)
        return self._answer(sending, answer, call.method, environ, start_response)

    def _lost(
        self, sending: Sending, error: Exception, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a call that got no answer: 502 where the real side is not there, else as it did, by hanging up."""
        if _never_arrived(error):
            message = f"the real {self._fake} cannot be reached at {_origin(sending.url)}: {_in_words(error)}."
            body = json.dumps({"success": False, "message": message, "code": "real_side_down"}).encode()
            self._on_call(self._fake, sending.done(502, [("Content-Type", "application/json")], body, len(body)))
            return _refuse(start_response, 502, message, body)
        self._on_call(self._fake, sending.done(0, [], b"", 0))
        environ[WIRE_KEY] = Wire(reset=True)
        start_response("200 OK", [])
        return (b"",)

    def _answer(
        self, sending: Sending, answer: Any, method: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        headers = [(name, value) for name, value in answer.headers.iteritems() if name.lower() not in _HOP]
        length = answer.headers.get("Content-Length")
        bodiless = method == "HEAD" or answer.status in {204, 304} or answer.status < 200
        if length is not None and answer.status not in {204}:
            headers.append(("Content-Length", length))
        elif not bodiless and "chunked" not in answer.headers.get("Transfer-Encoding", ""):
            environ[WIRE_KEY] = Wire(framing="close")
            headers.append(("Connection", "close"))
        told = headers
        if 300 <= answer.status < 400 and (location := answer.headers.get("Location")):
            lies = urljoin(sending.url, location)
            if _origin(lies) != _origin(sending.url) or self._real is None:
                headers = [(name, value) for name, value in headers if name.lower() != "location"]
                headers.append(("Location", self._ways.this_way(lies)))
                told = [(name, lies if name.lower() == "location" else value) for name, value in told]
        start_response(f"{answer.status} {answer.reason or 'Unknown'}", headers)
        is_export = (
            self._fake == "amplitude" and answer.status == 200 and (self._real is None or _is_export(sending.url))
        )
        return self._pieces(sending, answer, told, is_export=is_export, bodiless=bodiless)

    def _pieces(
        self, sending: Sending, answer: Any, headers: Sequence[tuple[str, str]], *, is_export: bool, bodiless: bool
    ) -> Iterator[bytes]:
        """Pass the body on as it comes, and keep the call once its last byte was handed over, or no more will be."""
        size, kept, is_whole = 0, bytearray(), False
        file = self._spool.new_file() if is_export else None
        announced = answer.headers.get("Content-Length")
        sending.answered()
        stream = None if file is None else file.open("wb")
        try:
            if bodiless:
                is_whole = True
                return
            # read1 hands over what is there: a body that drips goes on dripping
            while piece := answer.read1(_PIECE, decode_content=False):
                size += len(piece)
                if stream is not None:
                    stream.write(piece)
                elif len(kept) < _KEPT:
                    kept += piece
                yield piece
            is_whole = announced is None or size >= int(announced)
            if not is_whole:
                raise ConnectionError("the real side broke off")
        except HTTPError as error:
            raise ConnectionError("the real side broke off") from error
        finally:
            if stream is not None:
                stream.close()
            with suppress(Exception):
                answer.close() if not is_whole else answer.release_conn()
            call = sending.done(answer.status, headers, bytes(kept), size, cut=not is_whole, file=file)
            self._on_call(self._fake, call)


class Sending:
    """A call on its way: what is known of it, without its secrets, until it is kept."""

    def __init__(self, spool: Spool, credentials: Credentials, fake: str, call: Call, url: str) -> None:
        self.url = url
        self._spool, self._credentials, self._fake = spool, credentials, fake
        self._method, self._headers, self._body = call.method, dict(call.headers), call.body
        self._at, self._began = time.time(), time.monotonic()
        self._ms: int | None = None

    def answered(self) -> None:
        """Take note that the answer begins."""
        self._ms = round((time.monotonic() - self._began) * 1000)

    def done(
        self,
        status: int,
        headers: Iterable[tuple[str, str]],
        reply: bytes,
        size: int,
        *,
        cut: bool = False,
        file: Path | None = None,
    ) -> RecordedCall:
        """Keep the call, and return it."""
        if self._ms is None:
            self.answered()
        hide = self._credentials
        body = self._body
        sent = dict(self._headers)
        if body.startswith(b"\x1f\x8b"):
            from recording.strangers import inflated  # noqa: PLC0415 - most bodies are plain

            body = inflated(body) or body
        user = hide.meet(sent, self.url, body)
        kept = hide.headers((name, value) for name, value in sent.items())
        if user is not None:
            kept["x-recorded-user"] = user
        call = RecordedCall(
            round(self._at * 1000),
            self._method,
            hide.address(self.url),
            kept,
            hide.without(body),
            status,
            hide.headers(headers),
            hide.without(reply),
            ms=self._ms or 0,
            bytes=size,
            cut=cut,
        )
        self._spool.add(self._fake, call, file=file)
        return call


def _onward(headers: Mapping[str, str], *, has_body: bool) -> dict[str, Any]:
    onward: dict[str, Any] = {name: value for name, value in headers.items() if name not in _HOP}
    for name in ("accept-encoding", "user-agent"):
        onward.setdefault(name, SKIP_HEADER)
    if has_body and "content-length" in headers:
        onward["content-length"] = headers["content-length"]
    return onward


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_export(url: str) -> bool:
    return _EXPORT.search(urlsplit(url).path) is not None


def _never_arrived(error: Exception) -> bool:
    """Say whether a call certainly did not come to the real side: nobody listens there, or no name leads there."""
    if isinstance(error, MaxRetryError) and error.reason is not None:
        error = error.reason
    words = str(error)
    return isinstance(error, NewConnectionError | LocationParseError | urllib3.exceptions.ConnectTimeoutError) or (
        isinstance(error, urllib3.exceptions.SSLError) or "resolve" in words
    )


def _in_words(error: Exception) -> str:
    """Say why a real side cannot be reached, without the objects that a library names."""
    return re.sub(r"<[^>]*>:? ?|^.*?object at 0x\w+>: ", "", str(error)).strip(" .") or type(error).__name__


def _refuse(start_response: StartResponse, status: int, message: str, body: bytes | None = None) -> Iterable[bytes]:
    body = body or json.dumps({"success": False, "message": message, "code": "recorder"}).encode()
    words = {404: "Not Found", 413: "Content Too Large", 502: "Bad Gateway"}[status]
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {words}", headers)
    return (body,)
