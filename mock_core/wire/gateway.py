"""Between WSGI and a fake: an environment read into a `Call`, a `Reply` written the way the carrier takes it.

Bodies are read within a bound whatever Content-Length claims. A reply's `Wire` is left in the environment, for
the socket server or the in-process transport to act on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, request
from werkzeug.http import HTTP_STATUS_CODES

from mock_core.exchange import Call, Reply

WIRE_KEY = "lab.wire"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_BODILESS = frozenset({*range(100, 200), 204})  # these have no body, and announce none (RFC 9110 8.6)


def read_call(environ: Environ, max_body: int, max_unannounced: int | None = None) -> Call:
    """Read a request into a `Call`, never more than `max_body` bytes of it.

    `max_unannounced` bounds a body that does not say how long it is, `max_body` unless given.
    """
    body, too_large = _read_body(environ, max_body, max_body if max_unannounced is None else max_unannounced)
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return Call(
        method=environ["REQUEST_METHOD"],
        path=environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
        client=environ.get("REMOTE_ADDR", ""),
        body_too_large=too_large,
        scheme=environ.get("wsgi.url_scheme", "http"),
    )


def _read_body(environ: Environ, max_body: int, max_unannounced: int) -> tuple[bytes, bool]:
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("wsgi.input_terminated"):
        max_body = max_unannounced
        wanted = max_body + 1
    elif not length.isdecimal():
        return b"", False
    elif int(length) > max_body:
        return b"", True
    else:
        wanted = int(length)
    try:
        body: bytes = environ["wsgi.input"].read(wanted)
    except (ValueError, OSError):  # cut off, malformed or too slow: what came of it is not the body
        return b"", False
    return (b"", True) if len(body) > max_body else (body, False)


def send(reply: Reply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a WSGI call with a reply."""
    environ[WIRE_KEY] = reply.wire
    status = reply.status or 200  # 0 is a reset: nothing of it will be sent
    headers = list(reply.headers)
    headers += _framing(reply, status)
    start_response(f"{status} {HTTP_STATUS_CODES.get(status, 'UNKNOWN').upper()}", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return ()
    return (reply.body,) if reply.chunks is None else reply.chunks


def _framing(reply: Reply, status: int) -> list[tuple[str, str]]:
    """Return the headers that say where the body ends; without any the carrier sends it in chunks."""
    if status in _BODILESS:
        return []
    if reply.wire.framing == "close":
        return [("Connection", "close")]
    return [] if reply.length is None else [("Content-Length", str(reply.length))]


def to_response(reply: Reply) -> Response:
    """Answer from within Flask with a reply."""
    body = (reply.body,) if reply.chunks is None else reply.chunks
    # What is iterated is not measured by Flask: a list it would send in one piece, with a length.
    response = Response(iter(body) if reply.wire.framing else body, reply.status or 200)
    del response.headers["Content-Type"]
    framing = _framing(reply, reply.status or 200) if reply.wire.framing or reply.chunks is not None else []
    for name, value in (*reply.headers, *framing):
        response.headers.add(name, value)
    request.environ[WIRE_KEY] = reply.wire
    return response
