"""Wait for a lab that somebody else started: each fake answers on `/` as soon as it serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from mock_core.errors import BadControl, NotInTime

PAUSE = 0.1  # seconds between two looks
_PATIENCE = 5.0  # seconds for one answer


def wait_until_ready(
    urls: Sequence[str],
    deadline: float,
    *,
    trust: Path | None = None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return once a fake answers at every base URL; raise `NotInTime`, saying what stood in the way, after `deadline`.

    Seconds are real ones. `trust` is the authority of a lab that speaks TLS.
    """
    import requests  # noqa: PLC0415 - slow to import, and only who waits needs it

    for url in urls:
        _must_be_address(url)
    until, waiting = now() + deadline, dict.fromkeys(urls, "")
    with requests.Session() as session:
        session.trust_env = False  # a lab on this machine is behind no proxy
        session.verify = str(trust) if trust is not None and trust.exists() else True
        while True:
            for url in list(waiting):
                problem = _problem(session, url, min(_PATIENCE, max(PAUSE, until - now())))
                if problem is None:
                    del waiting[url]
                else:
                    waiting[url] = problem
            if not waiting:
                return
            if now() >= until:
                told = "; ".join(f"{url}: {problem}" for url, problem in waiting.items())
                raise NotInTime(f"Waited {deadline:g} s for a lab. {told}")
            sleep(PAUSE)


def _must_be_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half a bracket
        is_one = False
    if not is_one:
        raise BadControl(f"{url!r} is no base URL. Expected http:// or https://, a host and a port.")


def _problem(session: object, url: str, timeout: float) -> str | None:
    """Return why no lab is ready at a base URL, None when one is."""
    import requests  # noqa: PLC0415 - as above

    assert isinstance(session, requests.Session)
    try:
        reply = session.get(f"{url.rstrip('/')}/", timeout=timeout, allow_redirects=False)
        told = reply.json()
    except requests.exceptions.SSLError:
        return "what answers there is not trusted; give the lab's authority with --tls-ca"
    except requests.exceptions.JSONDecodeError:
        return f"something else answers there, with status {reply.status_code}"
    except requests.RequestException:
        return "nobody answers there"
    if not isinstance(told, dict) or told.get("lab") != "cohortlab":
        return f"something else answers there, with status {reply.status_code}"
    return None if told.get("ready") else "it is not ready"
