"""Classic webhooks: every event as it is, posted to up to five addresses (segment facts 5.3 [doc]).

Any address that takes an event is enough. It is told by its user agent and, with a shared secret, signed. Timeouts and
5xx are tried again; other refusals are not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.javascript import json_text
from downstream.destination import Exchange, Failure, Request, Sent, Transport, Unreachable
from mock_core.errors import BadControl

MOST_HOOKS: Final = 5
SECONDS: Final = 5.0
_SETTINGS: Final = {"hooks": "the addresses to post to, up to five", "sharedSecret": "the secret that signs each event"}


class Webhooks:
    """Posts events to addresses; `hooks` and `sharedSecret` are its settings. Raises `BadControl` for what is wrong."""

    slug = "webhooks"
    name = "Webhooks"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        for name in settings:
            if name not in _SETTINGS:
                told = "; ".join(f"{known}: {what}" for known, what in _SETTINGS.items())
                raise BadControl(f"Webhooks have no setting {name!r}. They have {told}.")
        hooks = settings.get("hooks")
        if not isinstance(hooks, list) or not 1 <= len(hooks) <= MOST_HOOKS:
            raise BadControl(f"Webhooks lack hooks, {_SETTINGS['hooks']}: expected a list, not {hooks!r}.")
        secret = settings.get("sharedSecret", "")
        if not isinstance(secret, str):
            raise BadControl(f"Webhooks have sharedSecret {secret!r}, expected text.")
        self._hooks = [_address(hook) for hook in hooks]
        self._secret = secret.encode()

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        """Post one event to every address."""
        body = json_text(event).encode("utf-8", "surrogatepass")
        headers = {"Content-Type": "application/json", "User-Agent": "Segment.io/1.0"}
        if self._secret:
            headers["X-Signature"] = hmac.new(self._secret, body, hashlib.sha1).hexdigest()
        exchanges, failures, is_taken = [], [], False
        for hook in self._hooks:
            request = Request("POST", hook, headers, body)
            try:
                response = transport(request)
            except Unreachable as lost:
                exchanges.append(Exchange(request, None, str(lost)))
                failures.append(Failure("Unreachable", f"{hook}: {lost}", None, again=True))
                continue
            exchanges.append(Exchange(request, response))
            is_taken = is_taken or 200 <= response.status < 300
            told = f"{hook} answered {response.status}"
            failures.append(Failure("Refused", told, response.status, again=response.status >= 500))
        failure = None if is_taken else next((each for each in failures if each.again), failures[0])
        return Sent(("post",), exchanges, failure)

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> Sequence[Sent]:
        """Post events one by one: classic webhooks have no batches."""
        return [self.send(event, transport) for event in events]

    def close(self) -> None:
        """Nothing is held open."""


def _address(hook: Any) -> str:
    try:
        parts = urlsplit(hook) if isinstance(hook, str) else None
        is_one = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise BadControl(f"Webhooks have the address {hook!r}, expected one such as https://example.com/hook.")
    return str(hook)
