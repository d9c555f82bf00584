"""Who may speak to the control plane: programs on this machine, not web pages open in its browser.

A page of another origin can make a browser send requests to loopback, and a rebound host name can make
them look local. So the control plane answers no `Origin`, no foreign `Sec-Fetch-Site`, only loopback names in
`Host`, and wants a token once the server listens beyond loopback.
"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from mock_core.errors import Forbidden

FAKE_HEADER = "X-Lab-Fake"  # whose fake answers: how a client tells a lab from whatever else listens
TOKEN_HEADER = "X-Lab-Token"  # noqa: S105 - the name of a header, not a secret


def is_loopback(host: str) -> bool:
    """Say whether a host name or address means this machine."""
    if host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def asking_page(origin: str | None, fetch_site: str | None) -> str | None:
    """Return the page of another origin that a call comes from, as its browser tells; None for a program's."""
    is_foreign = fetch_site not in {None, "", "none", "same-origin"}  # an image's carries no Origin
    return origin or (fetch_site if is_foreign else None) or None


def admit(host: str, origin: str | None, offered: str | None, token: str | None) -> None:
    """Raise `Forbidden`, saying why, unless a control call may be answered."""
    if origin:
        raise Forbidden(f"The control plane answers no web page ({origin}). Call it from a program.")
    if token is not None:
        if offered is None or not hmac.compare_digest(offered.encode(), token.encode()):
            raise Forbidden(f"This lab listens beyond loopback: send its token in the header {TOKEN_HEADER}.")
        return
    name = urlsplit(f"//{host}").hostname or ""
    if not is_loopback(name):
        raise Forbidden(f"The control plane answers only on loopback names, not on Host {host!r}.")
