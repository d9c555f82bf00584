"""Webhooks (Actions): what a mapping makes of events, sent to an address that a mapping says (segment facts 5.3 [sdk]).

As the published `webhook` 3.497.0 sends it. A batch is a list, and its signature is that of its first element alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.javascript import MISSING, json_text, text_of
from contracts.nearest import nearest
from downstream.destination import Failure, Request
from downstream.mapping import Field, PayloadRefused, checked
from downstream.native.action import Action, ActionsDestination, Subscription
from downstream.native.calling import AGENT, Calls, Refused
from downstream.native.subscribing import read_subscriptions
from mock_core.errors import BadControl

SLUG: Final = "webhook"
NAME: Final = "Webhook"
EVERY_EVENT: Final = " or ".join(
    f'type = "{kind}"' for kind in ("track", "identify", "page", "screen", "group", "alias")
)
SETTINGS: Final = {"sharedSecret": Field("Shared Secret", "password")}
SEND: Final = {
    "url": Field("URL", required=True, format="uri"),
    "method": Field("Method", choices=("POST", "PUT", "PATCH"), required=True, default="POST"),
    "batch_size": Field("Batch Size", "number", default=0),
    "headers": Field("Headers", "object"),
    "data": Field("Data", "object", default={"@path": "$."}),
    "batch_keys": Field("Batch Keys", multiple=True, default=["url", "method", "headers"]),
    "enable_batching": Field("Batch events", "boolean"),
}
_NO_NAME: Final = re.compile(r"[^\^_`a-zA-Z\-0-9!#$%&'*+.|~]")
_NO_VALUE: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_PORTS: Final = {"http": 80, "https": 443}


class Webhook(ActionsDestination):
    """The destination; its only setting is `sharedSecret`, and it has no presets."""

    def __init__(self, settings: Mapping[str, Any], subscriptions: Sequence[Subscription]) -> None:
        super().__init__(SLUG, NAME, actions(), (SETTINGS, settings), subscriptions)


def connected(settings: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]] | None) -> Webhook:
    """Return the destination as a lab connects it; raise `BadControl` for what is wrong.

    `url` is a setting of ours, for those who want every event as it is and no mapping of their own.
    """
    known = (*SETTINGS, "url")
    for name in settings:
        if name not in known:
            raise BadControl(f"Webhook has no setting {name!r}: {nearest(name, known)}")
    given = {name: value for name, value in settings.items() if name != "url"}
    try:
        checked(SETTINGS, given)
        told = subscriptions
        if "url" in settings:
            if told is not None:
                raise BadControl("Webhook has a url and subscriptions, of which each has its own: give one of them.")
            mapping = {**actions()["send"].mapping, "url": settings["url"]}
            checked(SEND, {**mapping, "data": {}})
            told = [{"partnerAction": "send", "subscribe": EVERY_EVENT, "mapping": mapping}]
    except PayloadRefused as error:
        raise BadControl(f"The settings of Webhook: {error}") from error
    if not told:
        raise BadControl("Webhook has nowhere to send to: give it a url, or subscriptions with one in their mapping.")
    return Webhook(given, read_subscriptions("Webhook", told, actions()))


def actions() -> dict[str, Action]:
    """Return its one action."""
    return {"send": Action(SEND, _send, _send_together, _batch)}


def _send(payload: dict[str, Any], settings: Mapping[str, Any], calls: Calls) -> None:
    data = payload.get("data", MISSING)
    _call(payload, data, data, settings, calls)


def _send_together(payloads: Sequence[dict[str, Any]], settings: Mapping[str, Any], calls: Calls) -> None:
    data = [payload.get("data", MISSING) for payload in payloads]
    _call(payloads[0], data, data[0], settings, calls)


def _batch(payload: Mapping[str, Any]) -> str:
    """Return what an event goes together by: Segment cuts batches so before the code sees them (segment facts 5.3)."""
    return json_text([payload.get(key) for key in payload.get("batch_keys", ())])


def _call(payload: Mapping[str, Any], body: Any, signed: Any, settings: Mapping[str, Any], calls: Calls) -> None:
    headers = {"user-agent": AGENT}
    secret = settings.get("sharedSecret")
    if secret and isinstance(signed, dict):
        headers["x-signature"] = hmac.new(secret.encode(), _bytes(signed), hashlib.sha1).hexdigest()
    for name, value in _headers(payload.get("headers") or {}).items():
        if value == "undefined":
            headers.pop(name, None)
        else:
            headers[name] = value
    url = _address(payload["url"])
    if body is MISSING:
        calls.send(Request(payload["method"], url, headers))
    else:
        calls.send(Request(payload["method"], url, {**headers, "content-type": "application/json"}, _bytes(body)))


def _headers(given: Mapping[str, Any]) -> dict[str, str]:
    """Return headers as the package's request client reads them; those of one name are joined."""
    read: dict[str, str] = {}
    for name, value in given.items():
        text = text_of(value)
        if not name or _NO_NAME.search(name):
            raise _refused(f"{name} is not a legal HTTP header name")
        if _NO_VALUE.search(text):
            raise _refused(f"{text} is not a legal HTTP header value")
        known = name.lower()
        read[known] = f"{read[known]}, {text}" if known in read else text
    return read


def _address(text: str) -> str:
    """Return an address as the request client writes it; what is no web address is refused."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused("Invalid URL") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise _refused("Only HTTP(S) protocols are supported" if scheme not in _PORTS else "Invalid URL")
    user, at, _ = parts.netloc.rpartition("@")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = f"{user}{at}{host}{'' if port is None or port == _PORTS[scheme] else f':{port}'}"
    query = f"?{parts.query}" if parts.query or text.partition("#")[0].endswith("?") else ""
    fragment = f"#{parts.fragment}" if parts.fragment or text.endswith("#") else ""
    return f"{scheme}://{netloc}{_without_dots(parts.path)}{query}{fragment}"


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for place, segment in enumerate(segments):
        is_last = place == len(segments) - 1
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            kept[-1:] = []
        elif plain != ".":
            kept.append(segment)
        if plain in {".", ".."} and is_last:
            kept.append("")
    return f"/{'/'.join(kept)}"


def _bytes(value: Any) -> bytes:
    return json_text(value).encode("utf-8", "surrogatepass")


def _refused(words: str) -> Refused:
    return Refused(Failure("PayloadValidationError", words, 400))
