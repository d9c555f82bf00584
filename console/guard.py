"""Who may open the console, and what its pages may do.

A page of another site can make a browser send requests here, and a rebound host name can make them look local. So: a
`Host` that means this machine, unless the lab listens beyond it, where the control plane's token is asked for; no
`Origin` but our own; and with every change a token that stands only in our pages. What a page may load is ours alone,
and no script or style stands in it.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b
from urllib.parse import urlsplit

from flask import Response, request

from console.desk import Console
from mock_core.errors import Forbidden
from mock_core.guard import TOKEN_HEADER, is_loopback

COOKIE = "cohortlab_console"
FORM_TOKEN = "token"  # noqa: S105 - the name of a field, not a secret
FORM_TOKEN_HEADER = "X-Console-Token"  # noqa: S105 - the name of a header, not a secret
_READS = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class TokenWanted(Forbidden):
    """The lab listens beyond loopback and the caller has not shown its token: ask for it."""

    http_status = 401


def admit(console: Console, *, is_entering: bool = False) -> None:
    """Raise `Forbidden`, saying why, unless the request may be answered; `TokenWanted` when the token is missing.

    Who `is_entering` says the token itself, and has seen no page of ours before.
    """
    host = urlsplit(f"//{request.host}").hostname or ""
    if console.token is None and not is_loopback(host):
        raise Forbidden(f"The console answers only on loopback names, not on Host {request.host!r}.")
    _refuse_other_sites()
    if request.method not in _READS and not is_entering:
        offered = request.headers.get(FORM_TOKEN_HEADER) or request.form.get(FORM_TOKEN, "")
        if not _is(offered, console.form_token):
            raise Forbidden("This page is older than the lab that answers now: load it again.")
    if console.token is not None and not _has_token(console.token):
        raise TokenWanted("This lab listens beyond loopback: say the token that `cohortlab up` printed.")


def _refuse_other_sites() -> None:
    """Refuse what another site made the browser send; following a link to a page is the reader's own doing."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden(f"The console answers no page of another site ({origin}).")
    follows_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in {None, "same-origin", "none"} and not follows_link:
        raise Forbidden(f"The console answers no page of another site ({site}).")


def _has_token(token: str) -> bool:
    if _is(request.headers.get(TOKEN_HEADER, ""), token):
        return True
    return _is(request.cookies.get(COOKIE, ""), cookie_of(token))


def cookie_of(token: str) -> str:
    """Return what a browser keeps in place of the token: good for this console alone."""
    return blake2b(b"console", key=token.encode()[:64], digest_size=24).hexdigest()


def is_token(offered: str, token: str) -> bool:
    """Say whether somebody knows the token."""
    return _is(offered.strip(), token)


def _is(offered: str, wanted: str) -> bool:
    return hmac.compare_digest(offered.encode(), wanted.encode())


def sealed(response: Response) -> Response:
    """Say to the browser what a page may do; what a lab shows is kept by nobody on the way."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
