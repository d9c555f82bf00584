"""The application: pages at their addresses, the guard before them, errors in words."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from console import words
from console.desk import EXTENSION, WORKSPACE_KEY, Console, console, desk
from console.doing import must_be_live
from console.guard import COOKIE, TokenWanted, admit, cookie_of, is_token, sealed
from console.pages import NAVIGATION, PAGES
from console.past import PLACE_KEY, Past
from mock_core.errors import LabError
from mock_core.wire import Application, Environ, StartResponse
from mock_core.workspace import DEFAULT

if TYPE_CHECKING:
    from scenarios.lab import Address, Lab
    from scenarios.recordings import Recorded

_PREFIXES = {"/at/": PLACE_KEY, "/w/": WORKSPACE_KEY}
MAX_FORM = 256 * 1024 * 1024  # an export to import may be large; nothing else is


def create_app(lab: Lab, *, address: Address | None = None, token: str | None = None) -> Flask:
    """Make the console of a lab; `address` is where its fakes are reached.

    `token` is the control plane's, which the console asks for as well where there is one. What it shows it reads when
    it is asked; close it with `app.extensions["console"].close()` before the lab.
    """
    return _app_of(Console(lab, address, token))


def create_past_app(file: Path, run: Recorded) -> Flask:
    """Make the console of a recorded run: the same pages at any of its moments, and nothing to change."""
    return _app_of(Past.of(file, run))


def _app_of(console: Console) -> Flask:
    # Named after this module: its templates and its static files lie beside it, wherever it is installed.
    app = Flask(__name__)
    app.extensions[EXTENSION] = console
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="cohortlab_said")
    app.secret_key = secrets.token_bytes(32)  # signs what one page has to say on the next
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(words.FILTERS)
    for page in PAGES:
        app.register_blueprint(page)
    app.add_url_rule("/enter", "enter", _enter, methods=["GET", "POST"])
    app.before_request(_guard)
    app.after_request(sealed)
    app.context_processor(_everywhere)
    app.register_error_handler(LabError, _refused)
    app.register_error_handler(HTTPException, _unfound)
    app.wsgi_app = _Prefixes(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _guard() -> None:
    if request.endpoint == "static":
        return
    try:
        admit(console(), is_entering=request.endpoint == "enter")
        console().seen()  # a moment that a recording has not has no frame either
        g.is_admitted = True
        if request.method == "POST" and request.endpoint != "enter":
            must_be_live()
    except TokenWanted:
        if request.endpoint != "enter":
            raise


def _everywhere() -> dict[str, object]:
    """Return what every page's frame shows, to those who may see it."""
    if "is_admitted" not in g:
        return {}
    shown = console()
    here = request.environ.get(WORKSPACE_KEY, DEFAULT)
    return {
        "navigation": NAVIGATION,
        "form_token": shown.form_token,
        "is_past": shown.is_past,
        "workspace": here,
        "workspaces": shown.workspaces(),
        "clock": desk().clock if here in shown.workspaces() else shown.seen().clock,
        "past": shown.moment() if isinstance(shown, Past) else None,
    }


def _refused(error: LabError) -> Answer:
    if isinstance(error, TokenWanted) and request.method == "GET" and "HX-Request" not in request.headers:
        return redirect(url_for("enter", next=request.full_path.rstrip("?")))
    return _told(str(error), error.http_status)


def _unfound(error: HTTPException) -> Answer:
    known = {
        404: "There is no such page.",
        405: "That cannot be done here.",
        413: "That is more than a form may bring.",
    }
    return _told(
        known.get(error.code or 500, error.description or "The console cannot answer this."), error.code or 500
    )


def _told(message: str, status: int) -> Response:
    """Say what went wrong, on a page of its own, or beside what is shown where a part of a page was asked for."""
    if "HX-Request" in request.headers:
        response = make_response(render_template("_notice.html", message=message, is_bad=True), status)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#notices", "beforeend"
        return response
    return make_response(render_template("wrong.html", message=message, status=status), status)


def _enter() -> Answer:
    """Ask for the token of a lab that listens beyond loopback, and let who knows it in."""
    token, asked = console().token, request.values.get("next", "")
    home = url_for("live.page")
    further = asked if asked.startswith("/") and not asked.startswith(("//", "/\\")) else home
    if token is None:
        return redirect(home)
    if request.method == "GET":
        return make_response(render_template("enter.html", further=further))
    if not is_token(request.form.get("lab_token", ""), token):
        page = render_template("enter.html", further=further, message="That is not the token of this lab.")
        return make_response(page, 401)
    response = redirect(further, 303)
    response.set_cookie(COOKIE, cookie_of(token), httponly=True, samesite="Lax", secure=request.is_secure)
    return response


class _Prefixes:
    """Moves `/w/NAME` and `/at/PLACE` from the front of the path to where the application is mounted.

    Links stay below it then: in the same workspace, at the same moment of a recording.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        for prefix, key in _PREFIXES.items():
            path: str = environ["PATH_INFO"]
            if path.startswith(prefix):
                name, _, rest = path[len(prefix) :].partition("/")
                environ[key] = name
                environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{prefix}{name}"
                environ["PATH_INFO"] = f"/{rest}"
        return self._app(environ, start_response)
