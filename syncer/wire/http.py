"""The wire: one request, one reply, nothing done behind anybody's back.

No redirect is followed, no retry is made, no cookie is kept, no password is read from a netrc file, so what a client
did not say is not sent. Proxies and certificate bundles of the environment still hold. Whatever the other side answers
becomes a reply of bounded size or one of the two errors below.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter

from contracts.foreign import cut
from syncer.wire.inflate import CutShort, inflate

CHUNK: Final = 1 << 18
CONNECT_SECONDS: Final = 10.0
LARGEST_REPLY: Final = 64 << 20
"""Bytes, inflated, of the longest reply that is read as a whole; no project's list of cohorts comes near it."""

SLOWEST: Final = 100
"""Bytes a second below which a download, after its first time-out, counts as one that does not come."""

ACCEPTED: Mapping[str, str] = {"Accept-Encoding": "gzip"}
"""What every request says of the replies it can read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold a status, headers (looked up in any case) and a body, inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Download:
    """Hold the start of a reply whose body is read in pieces, as they came over the wire.

    `is_framed` says whether the reply itself tells where its body ends.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes] = field(repr=False)

    @property
    def is_framed(self) -> bool:
        is_chunked = self.headers.get("transfer-encoding", "").strip().lower() == "chunked"
        return is_chunked or _announced(self.headers) is not None


class NoReply(Exception):
    """No complete reply came: nobody knows whether the other side acted."""


class NoAddress(Exception):
    """No request can go to this address, so none was sent."""


class Transport(Protocol):
    """Carry requests; raise `NoReply` when no complete reply comes, `NoAddress` when there is nobody to ask."""

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        """Send one request and return its whole reply."""
        ...

    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Download]:
        """Send one GET and hand over the reply while its body is still coming."""
        ...


class CookielessAdapter(HTTPAdapter):
    """Carries requests as usual, and does not read cookies: nobody keeps them, and some cannot be read."""

    def build_response(self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse) -> requests.Response:
        original, resp._original_response = resp._original_response, None  # type: ignore[attr-defined]
        try:
            return super().build_response(req, resp)
        finally:
            resp._original_response = original  # type: ignore[attr-defined]


class RequestsTransport:
    """Carry requests with a `requests` session; mount adapters on yours to send them elsewhere."""

    def __init__(self, session: requests.Session | None = None, *, connections: int = 32) -> None:
        if session is None:
            session = requests.Session()
            adapter = CookielessAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
        self._session = session

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        deadline = time.monotonic() + timeout
        with self._open(method, url, headers, body, timeout) as response:
            pieces, size = [], 0
            try:
                for piece in inflate(_pieces(response)):
                    pieces.append(piece)
                    size += len(piece)
                    if size > LARGEST_REPLY:
                        raise NoReply(f"the reply of {place(url)} is longer than {LARGEST_REPLY >> 20} MB")
                    if time.monotonic() > deadline:
                        raise NoReply(f"the reply of {place(url)} was still incomplete after {timeout:g} s")
            except CutShort as error:
                raise NoReply(f"the reply of {place(url)} broke off ({error})") from error
            return Reply(response.status_code, response.headers, b"".join(pieces))

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Download]:
        with self._open("GET", url, headers, None, timeout) as response:
            yield Download(response.status_code, response.headers, _steadily(_pieces(response), url, timeout))

    def _open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> requests.Response:
        session = self._session
        try:
            asked = requests.Request(method, url, {**ACCEPTED, **headers}, data=body, auth=_as_given)
            request = session.prepare_request(asked)
            to = request.url or ""
            adapter = session.get_adapter(to)
            means: dict[str, Any] = {**session.merge_environment_settings(to, {}, stream=True, verify=None, cert=None)}
            # Not by `session.send`: that reads a redirect's body away, to see where one could go on.
            return adapter.send(request, timeout=(min(CONNECT_SECONDS, timeout), timeout), **means)
        except NOWHERE as error:
            raise NoAddress(f"{place(url)} is no address that can be asked") from error
        except requests.Timeout as error:
            raise NoReply(f"{place(url)} did not answer within {timeout:g} s") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NoReply(f"{place(url)} could not be reached or hung up ({_cause(error)})") from error


NOWHERE: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3.exceptions.LocationValueError,
    UnicodeError,
)
"""What the libraries raise for an address, at whatever stage they look at a part of it."""


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the headers alone: without an `auth`, requests would look for one in a netrc file."""
    return request


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it comes over the wire, and raise `NoReply` when it ends before its announced length."""
    seen = 0
    try:
        while piece := response.raw.read1(CHUNK, decode_content=False):
            seen += len(piece)
            yield piece
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoReply(f"the reply of {place(response.url)} broke off ({_cause(error)})") from error
    announced = _announced(response.headers)
    if announced is not None and seen != announced:
        raise NoReply(f"the reply of {place(response.url)} broke off after {seen} of {announced} bytes")


def _steadily(pieces: Iterator[bytes], url: str, timeout: float) -> Iterator[bytes]:
    """Yield pieces as long as they come at a pace at which there is an end to it; raise `NoReply` otherwise."""
    began, seen = time.monotonic(), 0
    for piece in pieces:
        yield piece
        seen += len(piece)
        if time.monotonic() - began > timeout + seen / SLOWEST:
            raise NoReply(f"the reply of {place(url)} came at less than {SLOWEST} bytes a second")


def _announced(headers: Mapping[str, str]) -> int | None:
    """Return how long a body is said to be, if it is."""
    length = headers.get("content-length", "").strip()
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else None


def _cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return cut(f"{type(error).__name__}: {error}".split("\n", 1)[0], 200)


def place(url: str) -> str:
    """Name where a request went, without query and user: a signed address carries its key there."""
    scheme, mark, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return cut(scheme + mark + host.rpartition("@")[2] + slash + path, 200)
