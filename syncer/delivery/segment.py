"""Segment, as the engine sees it: one POST, and a strict idea of what counts as an acknowledgement."""

from __future__ import annotations

from base64 import b64encode

import orjson

from contracts.foreign import cut
from syncer.clock import Clock
from syncer.delivery.batching import Batch
from syncer.secret import Secret
from syncer.settings import Settings
from syncer.sync import Target
from syncer.wire import NoAddress, NoReply, Outcome, Reply, Transport, place, retry_after


class Segment:
    """Post identify events to one target."""

    def __init__(self, target: Target, settings: Settings, transport: Transport, clock: Clock) -> None:
        self._url = f"{target.base_url}/v1/{settings.transport}"
        self._is_single = settings.transport == "identify"
        self._transport = transport
        self._clock = clock
        self._timeout = settings.request_timeout
        # The key as user name with an empty password (segment facts 1.3 [doc]).
        self._key = Secret(target.write_key)
        credentials = b64encode(f"{self._key.reveal()}:".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/json",
            "User-Agent": "cohortlab-sync/1.0",
        }

    def send(self, batch: Batch, attempt: int) -> Outcome:
        """Make one try at telling Segment; `attempt` counts from 1."""
        headers = self._headers
        if attempt > 1:
            # What Segment's own libraries say from the second attempt on (segment facts 3.1 [sdk]).
            headers = {**headers, "X-Retry-Count": str(attempt - 1)}
        body = batch.events[0] if self._is_single else batch.body
        try:
            reply = self._transport.exchange("POST", self._url, headers, body, self._timeout)
        except NoReply as error:
            return Outcome(None, is_accepted=False, detail=str(error))
        except NoAddress as error:
            return Outcome(None, is_accepted=False, detail=f"{error}; check the base URL", is_final=True)
        if acknowledges(reply):
            return Outcome(reply.status, is_accepted=True, detail="")
        asked = retry_after(reply.headers, self._clock.now())
        detail = self._key.scrub(_detail(reply))
        # A missing or malformed key is answered 400, like bad content (segment facts 1.3 [obs]); it is as final
        # as a 401.
        status = 401 if reply.status == 400 and "write key" in detail else reply.status
        return Outcome(status, is_accepted=False, detail=detail, retry_after=asked)


def acknowledges(reply: Reply) -> bool:
    """Say whether a reply is Segment's word that it took the request.

    A 2xx alone is not: a proxy or a sign-in page answers 200 as well. Segment's body is a JSON object with a boolean
    `success` (segment facts 0.5).
    """
    if not 200 <= reply.status < 300:
        return False
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and answer.get("success") is True


def _detail(reply: Reply) -> str:
    if 300 <= reply.status < 400:
        to = place(reply.headers.get("location", ""))
        return f"Segment answered {reply.status}" + (f" and sends on to {to}; check the base URL" if to else "")
    text = reply.body[:200].decode(errors="replace")
    try:
        answer = orjson.loads(reply.body)
        message = answer.get("message") if isinstance(answer, dict) else None
        text = message if isinstance(message, str) else text
    except orjson.JSONDecodeError:
        pass
    said = cut(" ".join(text.split()), 120)
    return f"Segment answered {reply.status}" + (f" ({said})" if said else "")
