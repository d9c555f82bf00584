"""The wire: one request, one reply, nothing done behind anybody's back.

No redirect is followed, no retry is made, no password is read from a netrc file, so what a client did not say is
not sent. Proxies and certificate bundles of the environment still hold.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter

CHUNK: Final = 1 << 18
CONNECT_SECONDS: Final = 10.0


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
        return "content-length" in self.headers or self.headers.get("transfer-encoding", "").lower() == "chunked"


class NoReply(Exception):
    """No complete reply came: nobody knows whether the other side acted."""


class Transport(Protocol):
    """Carry requests; raise `NoReply` when no complete reply comes."""

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        """Send one request and return its whole reply."""
        ...

    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Download]:
        """Send one GET and hand over the reply while its body is still coming."""
        ...


class RequestsTransport:
    """Carry requests with a `requests` session; mount adapters on yours to send them elsewhere."""

    def __init__(self, session: requests.Session | None = None, *, connections: int = 32) -> None:
        if session is None:
            session = requests.Session()
            adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
        self._session = session

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        deadline = time.monotonic() + timeout
        with self._open(method, url, headers, body, timeout) as response:
            pieces = []
            for piece in _pieces(response, decode=True):
                pieces.append(piece)
                if time.monotonic() > deadline:
                    raise NoReply(f"the reply of {_place(url)} was still incomplete after {timeout:g} s")
            return Reply(response.status_code, response.headers, b"".join(pieces))

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Download]:
        with self._open("GET", url, headers, None, timeout) as response:
            yield Download(response.status_code, response.headers, _pieces(response, decode=False))

    def _open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> requests.Response:
        try:
            return self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
                auth=_as_given,
            )
        except requests.Timeout as error:
            raise NoReply(f"{_place(url)} did not answer within {timeout:g} s") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NoReply(f"{_place(url)} could not be reached or hung up ({_cause(error)})") from error


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the headers alone: without an `auth`, requests would look for one in a netrc file."""
    return request


def _pieces(response: requests.Response, *, decode: bool) -> Iterator[bytes]:
    """Yield the body as it comes, and raise `NoReply` when it ends before its announced length."""
    seen = 0
    try:
        while piece := response.raw.read1(CHUNK, decode_content=decode):
            seen += len(piece)
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NoReply(f"the reply of {_place(response.url)} broke off ({_cause(error)})") from error
    announced = response.headers.get("content-length", "")
    is_raw = not decode or "content-encoding" not in response.headers
    if is_raw and announced.isdigit() and seen != int(announced):
        raise NoReply(f"the reply of {_place(response.url)} broke off after {seen} of {announced} bytes")


def _cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]


def _place(url: str) -> str:
    """Name where a request went, without the query: a signed address carries its key there."""
    return url.split("?", 1)[0]
