"""Ask a WSGI application of this process, without a socket."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from mock_core.exchange import PLAIN, Wire
from mock_core.wire.gateway import WIRE_KEY, Application, Environ


class Answered(NamedTuple):
    """What an application answered: the status line, headers, the body in whole, and how all that should travel."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    wire: Wire


def ask(app: Application, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> Answered:
    """Hand a request to an application and return its answer; nothing waits, and nothing is cut."""
    environ = _environ(method, url, headers, body)
    started: list[Any] = []
    content = b"".join(app(environ, lambda status, headers, _=None: started.extend((status, headers))))
    line, answered = started
    return Answered(line, answered, content, environ.get(WIRE_KEY, PLAIN))


def _environ(method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> Environ:
    parts = urlsplit(url)
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1") or "/",
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in headers.items():
        text = str(value, "latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    environ.setdefault("HTTP_HOST", parts.netloc.rpartition("@")[2])
    return environ
