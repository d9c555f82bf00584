"""The cheapest way to the fakes: the engine's transport, handing calls to their own handlers without WSGI or HTTP.

What reaches a fake is what `requests` would have sent, so a journal is the same whichever way its calls came.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests.utils
from requests.structures import CaseInsensitiveDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from mock_amplitude import AmplitudeFake
from mock_core.exchange import Call, Wire
from mock_core.fake import Fake, Route
from mock_segment import SegmentFake
from scenarios.lab import AMPLITUDE_URL, SEGMENT_URL, Lab
from syncer.wire import ACCEPTED, Download, NoReply, Reply

_ROUTES: Mapping[str, Sequence[Route[Any]]] = {fake.vendor: fake.routes for fake in (AmplitudeFake, SegmentFake)}
_DEFAULT_HEADERS = {name.lower(): value for name, value in {**requests.utils.default_headers(), **ACCEPTED}.items()}


class DirectTransport:
    """Carries the engine's requests to the fakes of a lab; time that a reply takes passes on the lab's clock.

    `called` is told which fake was called, once it has journaled the call and before the reply is handed over.
    """

    def __init__(self, lab: Lab, called: Callable[[str], None] = lambda _: None) -> None:
        self._clock = lab.clock
        self._called = called
        self._fakes: dict[str, Fake[Any]] = {
            urlsplit(AMPLITUDE_URL).netloc: lab.amplitude_fake,
            urlsplit(lab.amplitude_fake.files_base_url).netloc: lab.amplitude_fake,
            urlsplit(SEGMENT_URL).netloc: lab.segment_fake,
        }

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        """Send one request and return its whole reply."""
        status, found, content = self._call(method, url, headers, body, timeout)
        if found.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return Reply(status, found, content)

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Download]:
        """Send one GET and hand over the reply in pieces."""
        status, found, content = self._call("GET", url, headers, None, timeout, is_streamed=True)
        announced = found.get("content-length", "")

        def pieces() -> Iterator[bytes]:
            yield content
            if announced.isdigit() and len(content) != int(announced):
                raise NoReply(f"the reply of {url} broke off after {len(content)} of {announced} bytes")

        yield Download(status, found, pieces())

    def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
        *,
        is_streamed: bool = False,
    ) -> tuple[int, CaseInsensitiveDict[str], bytes]:
        parts = urlsplit(url)
        fake = self._fakes[parts.netloc]
        sent = dict(_DEFAULT_HEADERS)
        sent.update((name.lower(), value) for name, value in headers.items())
        sent["content-length"] = str(len(body or b""))
        sent["host"] = parts.netloc
        call = Call(method, parts.path, parts.query, sent, body or b"", client="127.0.0.1")
        place, path_parts = _route(fake.vendor, method, parts.path)
        reply = fake.serve(fake.state, fake.routes[place], call, **path_parts)
        content = reply.body if reply.chunks is None else b"".join(reply.chunks)
        found = CaseInsensitiveDict(reply.headers)
        if reply.length is not None:
            found.setdefault("Content-Length", str(len(content)))
        elif reply.wire.framing != "close":
            found["Transfer-Encoding"] = "chunked"
        try:
            self._travel(reply.wire, timeout, len(content), url)
        finally:
            self._called(fake.vendor)
        if reply.wire.cut_after is not None:
            content = content[: reply.wire.cut_after]
            if reply.wire.framing != "close" and not (is_streamed and "content-length" in found):
                raise NoReply(f"the reply of {url} broke off")
        return reply.status, found, content

    def _travel(self, wire: Wire, timeout: float, size: int, url: str) -> None:
        delay = wire.delay + (size / wire.bytes_per_second if wire.bytes_per_second else 0.0)
        if delay > timeout:
            self._clock.sleep(timeout)
            raise NoReply(f"{url} did not answer within {timeout:g} s")
        self._clock.sleep(delay)
        if wire.reset:
            raise NoReply(f"{url} hung up")


@cache
def _routing(vendor: str) -> MapAdapter:
    """Return the routing of a vendor, made once, by the rules its application uses."""
    rules = [Rule(route.path, endpoint=place, methods=[route.method]) for place, route in enumerate(_ROUTES[vendor])]
    return Map(rules, strict_slashes=False, merge_slashes=False).bind("lab")


@lru_cache(maxsize=4096)
def _route(vendor: str, method: str, path: str) -> tuple[int, Mapping[str, str]]:
    """Return a route's place in its vendor's table and the parts of the path; a status is asked for many times."""
    try:
        place, parts = _routing(vendor).match(path, method)
    except HTTPException as error:
        raise NoReply(f"{method} {path} is no route of the {vendor} fake") from error
    return place, parts
