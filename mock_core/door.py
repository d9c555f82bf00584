"""The door of a session: it leads to the lab and nowhere else, whatever address or redirect is followed.

A base URL that a test forgot to hand on would reach production with whatever keys the machine has. So a session of a
lab knows the lab's origins, each with the adapter that goes there, and refuses every other one in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from mock_core.errors import OutsideTheLab

_PORTS = {"http": 80, "https": 443}


def lab_session(
    adapters: Mapping[str, BaseAdapter], kept_in: Callable[[str], object] = lambda _told: None
) -> requests.Session:
    """Return a session that reaches the given base URLs, each by its adapter, and nothing else.

    It takes nothing from the environment: no proxy and no `.netrc` stands between a test and its lab. `kept_in` hears
    of every call that was refused, for programs that keep what is raised to themselves.
    """
    session = requests.Session()
    session.trust_env = False
    door = _Door(adapters, kept_in)
    for scheme in _PORTS:
        session.mount(f"{scheme}://", door)
    return session


class _Door(BaseAdapter):
    """Hands a request to the adapter of its origin."""

    def __init__(self, adapters: Mapping[str, BaseAdapter], kept_in: Callable[[str], object]) -> None:
        super().__init__()
        self._kept_in = kept_in
        self._adapters = {_origin(url): adapter for url, adapter in adapters.items()}
        self._known = " and ".join(dict.fromkeys(url.rstrip("/") for url in adapters))

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send a request of the lab's; raise `OutsideTheLab` for any other."""
        del proxies  # one of them would be a way out
        url = request.url or ""
        adapter = self._adapters.get(_origin(url))
        if adapter is None:
            scheme, host, port = _origin(url)
            named = "" if port == _PORTS.get(scheme) else f":{port}"
            told = (
                f"{request.method} {scheme}://{host}{named}{urlsplit(url).path} is not the lab: this session reaches "
                f"{self._known}, and was kept from going out. Give the program the lab's addresses."
            )
            self._kept_in(told)
            raise OutsideTheLab(told)
        return adapter.send(request, stream=stream, timeout=timeout, verify=verify, cert=cert)

    def close(self) -> None:
        """Close the adapters behind it."""
        for adapter in self._adapters.values():
            adapter.close()


def _origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address, as requests has prepared it."""
    parts = urlsplit(url)
    return parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme.lower(), 0)
