"""A small vendor's destination, as somebody's code would be: one call for an event, one for a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from downstream.destination import Exchange, Failure, Request, Sent, Transport, Unreachable
from downstream.routing import Made


class Small:
    """Posts identifies as they are; `batch` of them as one list. What answers 408, 429 or 5xx may be tried again."""

    slug = "small"

    def __init__(self, name: str = "Small (Actions)") -> None:
        self.name = name
        self.is_closed = False

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        if event["type"] != "identify":
            return Sent()
        return self._post(_body(event), transport)

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> Sequence[Sent]:
        return [self._post([_body(event) for event in events], transport)] * len(events)

    def close(self) -> None:
        self.is_closed = True

    def _post(self, body: Any, transport: Transport) -> Sent:
        request = Request(
            "POST", "https://vendor.example/users", {"content-type": "application/json"}, json.dumps(body).encode()
        )
        try:
            response = transport(request)
        except Unreachable as error:
            return Sent(
                ("update",), (Exchange(request, None, str(error)),), Failure("Unreachable", str(error), None, True)
            )
        failure = None
        if response.status >= 300:
            again = response.status in {408, 429} or response.status >= 500
            failure = Failure("HTTPError", "it said no", response.status, again)
        return Sent(("update",), (Exchange(request, response),), failure)


def _body(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": event.get("userId"), "attributes": event.get("traits")}


def make(slug: str, settings: Mapping[str, Any], subscriptions: Any, *, workspace: str = "") -> Made:
    """Make a small one, of the display name and the size of batches that its settings say."""
    return Made(Small(settings.get("called", "Small (Actions)")), settings.get("most", 1))
