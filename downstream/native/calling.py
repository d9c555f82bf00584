"""Calls of an action, as Segment's request client makes them (destination facts 3, request client)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus

from contracts.javascript import json_text
from downstream.destination import Exchange, Failure, Request, Response, Transport, Unreachable

AGENT: Final = "Segment (Actions)"
_FORM: Final = "application/x-www-form-urlencoded;charset=UTF-8"
# What RFC 9110 calls them and Node's servers say; Python's own words are older.
_PHRASES: Final = {413: "Payload Too Large", 414: "URI Too Long", 422: "Unprocessable Entity"}


class Refused(Exception):
    """The vendor answered with an error, or not at all; `failure` says so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(slots=True)
class Calls:
    """Makes calls through a transport and keeps what was exchanged."""

    transport: Transport
    headers: Mapping[str, str] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def form(self, url: str, fields: Mapping[str, str]) -> Response:
        """Post a form; raises Refused."""
        body = "&".join(f"{_form_text(key)}={_form_text(value)}" for key, value in fields.items())
        return self.send(Request("POST", url, {"content-type": _FORM, **self._common()}, body.encode()))

    def json(self, url: str, value: Any, *, method: str = "POST", headers: Mapping[str, str] | None = None) -> Response:
        """Send JSON; raises Refused."""
        said = {name.lower(): each for name, each in {**self._common(), **(headers or {})}.items()}
        return self.send(Request(method, url, {**said, "content-type": "application/json"}, json_text(value).encode()))

    def send(self, request: Request) -> Response:
        """Send a request; raises Refused for an answer that is no success, and for none."""
        try:
            response = self.transport(request)
        except Unreachable as error:
            self.exchanges.append(Exchange(request, None, str(error)))
            raise Refused(Failure("FetchError", str(error), None, again=True)) from error
        self.exchanges.append(Exchange(request, response))
        if not 200 <= response.status < 300:
            again = response.status == 429 or response.status >= 500
            raise Refused(Failure("HTTPError", phrase(response.status), response.status, again=again))
        return response

    def _common(self) -> dict[str, str]:
        return {"user-agent": AGENT, **self.headers}


def phrase(status: int) -> str:
    """Return the words that go with a status, which are the error's message."""
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)


def basic(user: str, password: str) -> str:
    """Return the value of a basic Authorization header."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _form_text(text: str) -> str:
    return quote_plus(text.encode("utf-8", "replace"), safe="*").replace("~", "%7E")
