"""Ways for a request of a destination: over HTTP to a real address, or into a fake of this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from downstream.destination import Request, Response, Transport, Unreachable
from mock_core.wire import Application, ask

_MOST_ANSWERED: Final = 64 * 1024  # bytes of an answer that are kept


def over_http(seconds: float) -> Transport:
    """Return what carries requests to real addresses and raises `Unreachable` where no answer comes in time.

    Certificates must be sound, and a redirection is an answer like any other.
    """

    def carry(request: Request) -> Response:
        import requests  # noqa: PLC0415 - slow to import, and most labs call no real address

        try:
            with requests.request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                timeout=seconds,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = answer.raw.read(_MOST_ANSWERED, decode_content=True)
                return Response(answer.status_code, dict(answer.headers), body)
        except requests.Timeout as error:
            raise Unreachable(f"no answer came within {seconds:g} s") from error
        except Exception as error:  # what breaks below requests while a body is read is not all its own
            raise Unreachable(f"no answer came ({type(error).__name__})") from error

    return carry


def into(app: Application, seconds: float, headers: Mapping[str, str]) -> Transport:
    """Return what hands requests, with some more `headers`, to an application of this process.

    Its answer comes at once, or not at all where it asks to travel for longer than `seconds`, or not whole. No clock
    is moved for it: whoever sends may be asked by one that moves.
    """

    def carry(request: Request) -> Response:
        status, answered, body, wire = ask(
            app, request.method, request.url, {**request.headers, **headers}, request.body
        )
        took = wire.delay + (len(body) / wire.bytes_per_second if wire.bytes_per_second else 0.0)
        if took > seconds:
            raise Unreachable(f"no answer came within {seconds:g} s")
        if wire.reset:
            raise Unreachable("the connection was reset")
        if wire.cut_after is not None and wire.cut_after < len(body):
            raise Unreachable("the answer broke off")
        return Response(int(status.partition(" ")[0]), dict(answered), body[:_MOST_ANSWERED])

    return carry


def to(base_url: str, carry: Transport) -> Transport:
    """Return what carries requests to the same paths below another address, whatever host they are for."""
    base = base_url.rstrip("/")

    def led(request: Request) -> Response:
        parts = urlsplit(request.url)
        query = f"?{parts.query}" if parts.query else ""
        return carry(Request(request.method, f"{base}{parts.path}{query}", request.headers, request.body))

    return led
