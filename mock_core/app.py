"""The application around a fake: vendor routes at the vendor's paths, everything of ours under /__lab/.

A vendor's route is a function of a `Call` and knows nothing of Flask. Fixed paths are found in a table before Flask
is asked, whose dispatch costs more than the answer does; Flask does paths with parts, the control plane, and whatever
nobody answers. A workspace is chosen by the header `X-Lab-Workspace`, by putting `/__lab/w/NAME` before the path, which
any client's base URL can carry, or by the key a call carries.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from functools import cached_property, lru_cache
from typing import Any, Generic

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Rule

from mock_core.control import control_blueprint
from mock_core.errors import LabError
from mock_core.exchange import Call, Reply, json_reply
from mock_core.fake import Fake, Route, S
from mock_core.guard import FAKE_HEADER, asking_page
from mock_core.hints import Lacking, Signposts
from mock_core.journal import told
from mock_core.wire import Application, Environ, StartResponse, read_call, send, to_response
from mock_core.workspace import DEFAULT

WORKSPACE_HEADER = "X-Lab-Workspace"
WORKSPACE_PREFIX = "/__lab/w/"


def build_app(fake: Fake[S], *, max_body: int, max_unannounced: int | None = None, token: str | None = None) -> Flask:
    """Make the WSGI application of a fake.

    `max_body` bounds what is read of a vendor call, in bytes, `max_unannounced` what is read of one that does not say
    how long it is.
    """
    # Named after this module: Flask looks its name up as a package, and `segment` is one once the SDK is imported.
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = UnbuiltRule
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["fake"] = fake
    app.register_blueprint(control_blueprint(fake, token))
    desk = _Desk(fake, max_body, max_unannounced)
    by_path: dict[str, dict[str, Route[S]]] = {}
    for route in fake.routes:
        by_path.setdefault(route.path, {})[route.method] = route
    for path, by_method in by_path.items():  # one rule a path: making rules is most of what a fresh lab costs
        app.add_url_rule(
            path,
            endpoint=path,
            view_func=_view(desk, by_method),
            methods=list(by_method),
            provide_automatic_options=False,
        )
    app.register_error_handler(HTTPException, desk.unrouted)
    app.register_error_handler(Exception, lambda error: to_response(desk.failed(error)))
    app.wsgi_app = _WorkspacePrefix(_FixedPaths(app.wsgi_app, desk))  # type: ignore[method-assign]
    return app


class _Desk(Generic[S]):
    """Where a call meets its route, whoever found it; a server thread swallows nothing and lets nothing fall."""

    def __init__(self, fake: Fake[S], max_body: int, max_unannounced: int | None) -> None:
        self.fake = fake
        self._bounds = (max_body, max_unannounced)

    @cached_property
    def _signposts(self) -> Signposts:
        """The routes that take something: one that only says no is nowhere to be sent to."""
        taking = (route for route in self.fake.routes if min(route.statuses, default=200) < 400)
        return Signposts(((route.method, route.path) for route in taking), self.fake.slips)

    def answer(self, environ: Environ, route: Route[S], **parts: str) -> Reply:
        """Serve a vendor call, and date the reply by the lab's own time: a Retry-After given as a date starts there."""
        fake = self.fake
        try:
            call = read_call(environ, *self._bounds)
            state = self._state(environ.get("HTTP_X_LAB_WORKSPACE") or fake.home_of(call) or DEFAULT, call)
            reply = fake.serve(state, route, call, **parts)
            if reply.header("Date") is None:
                reply = reply.with_headers(("Date", _http_date(int(state.workspace.clock.now()))))
        except Exception as error:
            return self.failed(error)
        return reply

    def _state(self, workspace: str, call: Call) -> S:
        """Return the state of a workspace; a page of another origin may speak to those there are, and makes none."""
        page = asking_page(call.header("origin"), call.header("sec-fetch-site"))
        return self.fake.workspaces.get(workspace, may_make=page is None)

    def failed(self, error: Exception) -> Reply:
        """Answer what was raised: a wrong call in words, a bug of ours as one, kept for whoever closes the lab."""
        if isinstance(error, sqlite3.Error):
            error = told(error, None) or error
        if isinstance(error, LabError):
            return json_reply(error.http_status, {"error": type(error).__name__, "message": str(error)})
        self.fake.broken.append(error)
        message = f"The {self.fake.vendor} fake itself broke: {type(error).__name__}: {error}. Please report it."
        return json_reply(500, {"success": False, "message": message, "code": "lab_broke"})

    def unrouted(self, error: HTTPException) -> Response:
        """Answer a path or a method that no route has, saying what was probably meant."""
        fake = self.fake
        if error.code is not None and error.code < 400 and error.response is None:
            return to_response(Reply(error.code, headers=tuple(error.get_headers())))
        call = read_call(request.environ, *self._bounds)
        status, path = error.code or 500, call.path if call.path.startswith("//") else request.path
        in_lab = path.startswith("/__lab/")
        lacking: Lacking | None = None
        allowed = sorted(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else []
        if allowed:
            taking = allowed if in_lab else self._signposts.methods(path)
            told = f"takes {' and '.join(method for method in taking if method not in {'HEAD', 'OPTIONS'})}"
            message = f"{path} {told}, not {call.method}. GET /__lab/ lists what there is."
        else:
            lacking = None if in_lab else next((each for each in fake.lacks if re.fullmatch(each.pattern, path)), None)
            if lacking is not None:
                message = f"{call.method} {path} is a route of {lacking.api}, which this lab does not have."
            else:
                told = "lists what there is." if in_lab else "is the lab's own."
                meant = "" if in_lab else f"{self._signposts.hint(call.method, path)} "
                message = f"{call.method} {path} is no route of the {fake.vendor} fake. {meant}GET /__lab/ {told}"
        if in_lab:
            reply = json_reply(status, {"error": "NotFound", "message": message}, headers=((FAKE_HEADER, fake.vendor),))
        else:
            try:
                state = self._state(call.header(WORKSPACE_HEADER) or fake.home_of(call) or DEFAULT, call)
                reply = fake.serve_unrouted(state, call, status, message, lacking)
            except Exception as refused:  # an error handler's own errors are handled by nobody else
                return to_response(self.failed(refused))
        return to_response(reply.with_headers(("Allow", ", ".join(allowed))) if allowed else reply)


def _view(desk: _Desk[S], by_method: Mapping[str, Route[S]]) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        if request.environ["PATH_INFO"].startswith("//"):  # werkzeug overlooks it, and no vendor is known to
            raise NotFound
        route = by_method["GET" if request.method == "HEAD" else request.method]
        return to_response(desk.answer(request.environ, route, **parts))

    return view


class _FixedPaths(Generic[S]):
    """Answers the vendor's paths without parts; hands everything else on."""

    def __init__(self, app: Application, desk: _Desk[S]) -> None:
        self._app = app
        self._desk = desk
        self._routes = {(route.method, route.path): route for route in desk.fake.routes if "<" not in route.path}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        route = self._routes.get((method, path))
        if route is None:
            if path == "/" and method in {"GET", "HEAD"}:
                return send(ready(self._desk.fake.vendor), environ, start_response)
            return self._app(environ, start_response)
        return send(self._desk.answer(environ, route), environ, start_response)


@lru_cache(maxsize=8)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def ready(vendor: str) -> Reply:
    """Answer who waits for the lab: whatever answers this serves calls. It is no call of the vendor's, and not kept."""
    return json_reply(200, {"lab": "cohortlab", "vendor": vendor, "ready": True, "control": "/__lab/"})


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

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(WORKSPACE_PREFIX):
            name, _, rest = path[len(WORKSPACE_PREFIX) :].partition("/")
            environ["HTTP_X_LAB_WORKSPACE"] = name
            environ["PATH_INFO"] = f"/{rest}"
        return self._app(environ, start_response)
