"""Doing something to the lab from a page: it is done, it is said, and the page that asked is shown anew."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from console.desk import console
from mock_core.errors import Forbidden


class OnlyShown(Forbidden):
    """What is shown is a recording: nothing of it can be changed."""


def must_be_live() -> None:
    """Raise `OnlyShown` where the lab is one of a recording."""
    if console().is_past:
        raise OnlyShown("This is a recording: what happened in it stays as it was. Start a lab with cohortlab up.")


def done(message: str, to: str) -> Answer:
    """Say that something was done and go to a page, by htmx's way or the browser's own."""
    flash(message)
    if "HX-Request" not in request.headers:
        return redirect(to, 303)
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    is_here = here == urlsplit(to).path  # a browser that is there already goes to a place on the page and loads nothing
    return Response("", 200, {"HX-Refresh": "true"} if is_here else {"HX-Redirect": to})
