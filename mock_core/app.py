"""The Flask application around a fake: vendor routes at the vendor's paths, everything of ours under /__lab/.

Bodies are read within a bound whatever Content-Length claims. A workspace is chosen by the header
`X-Lab-Workspace` or by putting `/__lab/w/NAME` before the path, which any client's base URL can carry.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from mock_core.control import control_blueprint
from mock_core.errors import LabError
from mock_core.exchange import Call, Reply, json_reply
from mock_core.fake import Fake, Route, S
from mock_core.workspace import DEFAULT

WORKSPACE_HEADER = "X-Lab-Workspace"
WORKSPACE_PREFIX = "/__lab/w/"
WIRE_KEY = "lab.wire"

StartResponse = Callable[..., Any]


def build_app(fake: Fake[S], *, max_body: int, token: str | None = None) -> Flask:
    """Make the WSGI application of a fake; `max_body` bounds what is read of a vendor call, in bytes."""
    # Named after this module: Flask looks its name up as a package, and `segment` is one once the SDK is imported.
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = UnbuiltRule
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["fake"] = fake
    app.register_blueprint(control_blueprint(fake, token))
    by_path: dict[str, dict[str, Route[S]]] = {}
    for route in fake.routes:
        by_path.setdefault(route.path, {})[route.method] = route
    for path, by_method in by_path.items():  # one rule a path: making rules is most of what a fresh lab costs
        app.add_url_rule(
            path,
            endpoint=path,
            view_func=_view(fake, by_method, max_body),
            methods=list(by_method),
            provide_automatic_options=False,
        )
    app.register_error_handler(HTTPException, _unrouted(fake, max_body))
    app.register_error_handler(LabError, _lab_error)
    app.register_error_handler(Exception, _broken(fake))
    app.wsgi_app = _WorkspacePrefix(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _view(fake: Fake[S], by_method: Mapping[str, Route[S]], max_body: int) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        call = read_call(request, max_body)
        name = request.environ.get("HTTP_X_LAB_WORKSPACE") or fake.home_of(call) or DEFAULT
        route = by_method["GET" if call.method == "HEAD" else call.method]
        state = fake.workspaces.get(name)
        response = to_response(fake.serve(state, route, call, **parts))
        # The lab's own time, which a Retry-After given as a date is reckoned from.
        response.headers.setdefault("Date", _http_date(int(state.workspace.clock.now())))
        return response

    return view


def read_call(incoming: Request, max_body: int) -> Call:
    """Read a request into a `Call`, never more than `max_body` bytes of it."""
    environ = incoming.environ
    body, too_large = _read_body(environ, max_body)
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
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


def _read_body(environ: dict[str, Any], max_body: int) -> tuple[bytes, bool]:
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("wsgi.input_terminated"):
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


def to_response(reply: Reply) -> Response:
    """Turn a reply into Flask's, leaving word for the carrier of how it travels."""
    response = Response(reply.body if reply.chunks is None else reply.chunks, reply.status or 200)
    del response.headers["Content-Type"]
    for name, value in reply.headers:
        response.headers.add(name, value)
    request.environ[WIRE_KEY] = reply.wire
    return response


@lru_cache(maxsize=8)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _unrouted(fake: Fake[S], max_body: int) -> Callable[[HTTPException], Response]:
    paths = sorted({route.path for route in fake.routes})

    def answer(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400 and error.response is None:
            return to_response(Reply(error.code, headers=tuple(error.get_headers())))
        status = error.code or 500
        in_lab = request.path.startswith("/__lab/")
        told = (
            "GET /__lab/ lists what there is."
            if in_lab
            else f"{hint(request.path, paths)} GET /__lab/ is the lab's own."
        )
        message = f"{request.method} {request.path} is no route of the {fake.vendor} fake. {told}"
        if in_lab:
            return to_response(json_reply(status, {"error": "NotFound", "message": message}))
        reply = fake.no_route(status, message)
        name = request.environ.get("HTTP_X_LAB_WORKSPACE") or DEFAULT
        try:
            state = fake.workspaces.get(name)
        except LabError as refused:  # an error handler's own errors are handled by nobody else
            return _lab_error(refused)
        fake.note(state, read_call(request, max_body), reply)
        return to_response(reply)

    return answer


def hint(path: str, paths: Iterable[str]) -> str:
    """Say what was probably meant by an unknown path."""
    known = list(paths)
    if path.startswith("/v1/v1/"):
        return f"A base URL ends in /v1 and the client adds it again: this is {path[3:]}."
    if f"/v1{path}" in known:
        return f"The base URL lacks /v1: this is /v1{path}."
    close = difflib.get_close_matches(path, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}."


def _lab_error(error: LabError) -> Response:
    return to_response(json_reply(error.http_status, {"error": type(error).__name__, "message": str(error)}))


def _broken(fake: Fake[S]) -> Callable[[Exception], Response]:
    """Answer a bug of ours as one, and keep it for whoever closes the lab: a server thread swallows nothing."""

    def answer(error: Exception) -> Response:
        fake.broken.append(error)
        message = f"The {fake.vendor} fake itself broke: {type(error).__name__}: {error}. Please report it."
        return to_response(json_reply(500, {"success": False, "message": message, "code": "lab_broke"}))

    return answer


class UnbuiltRule(Rule):
    """A rule that prepares for building its address only when somebody asks for one.

    Nobody here does, and preparing is four fifths of the time it takes to make an application.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder

        def build(_rule: Rule, **values: Any) -> tuple[str, str]:
            return compile_builder(append_unknown)(self, **values)

        return build


class _WorkspacePrefix:
    """Moves `/__lab/w/NAME` from the front of the path into the workspace header."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(WORKSPACE_PREFIX):
            name, _, rest = path[len(WORKSPACE_PREFIX) :].partition("/")
            environ["HTTP_X_LAB_WORKSPACE"] = name
            environ["PATH_INFO"] = f"/{rest}"
        return self._app(environ, start_response)
