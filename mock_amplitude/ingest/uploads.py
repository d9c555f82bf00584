"""What an upload of events is: read from a call, or from the journal entry of one, in the order Amplitude asks.

The order of the questions (loop facts 1 [inferred], from the list of errors): is there a body, is it JSON, is there an
API key, are there events. JSON uploads carry events; form uploads carry one identification, or a list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from mock_core.exchange import Call, Reply, json_reply
from mock_core.inflating import inflated
from mock_core.journal import Entry

EVENTS, IDENTIFY, GROUP_IDENTIFY = "events", "identify", "groupidentify"
PLACES: Final = 1 << 20  # more than the events that fit in the largest body
MEGABYTE: Final = 1024 * 1024
MOST_EVENTS: Final = 2000
LARGEST: Final = 20 * MEGABYTE  # what the largest route takes (amplitude facts 5.2 [doc])
_FORM_FIELDS: Final = 50


class NotTaken(Exception):
    """The answer to an upload is this refusal: a status, and words in JSON (`answer`) or as they are (`text`)."""

    def __init__(self, status: int, message: str, /, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.more = {name: value for name, value in more.items() if value}

    def reply(self, *, in_json: bool) -> Reply:
        """Answer it as the route does (loop facts 1 [doc][obs]): clients read `code` out of the body."""
        if in_json:
            return json_reply(self.status, {"code": self.status, "error": self.message, **self.more})
        return Reply(self.status, self.message.encode(), (("Content-Type", "text/html;charset=utf-8"),))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a route takes: events or identifications, of how many bytes and how many.

    `pace` is how many events a second a user or device may have, on average over half a minute. `names_every` says
    whether each wrong event is named, or of each field the first (loop facts 1 [doc]).
    """

    holds: str
    most_bytes: int
    pace: int
    names_every: bool = True
    most: int = MOST_EVENTS

    @property
    def in_json(self) -> bool:
        return self.holds == EVENTS


# amplitude facts 5.1, 5.2, 5.3 [doc]; loop facts 1 [doc]
KINDS: Final[Mapping[str, Kind]] = {
    "/2/httpapi": Kind(EVENTS, MEGABYTE, 30, names_every=False, most=MOST_EVENTS - 1),
    "/batch": Kind(EVENTS, LARGEST, 1000),
    "/identify": Kind(IDENTIFY, MEGABYTE, 30),
    "/groupidentify": Kind(GROUP_IDENTIFY, MEGABYTE, 30, most=1024),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload says: its key, what it carries, as it came, and its options; `size` is its bytes, inflated."""

    api_key: str
    items: list[Any]
    options: Mapping[str, Any]
    size: int


def read_upload(call: Call, kind: Kind) -> Upload:
    """Read what a call carries, or raise `NotTaken` with Amplitude's answer."""
    if call.body_too_large:
        raise too_large()
    if call.header("content-encoding").strip().lower() in {"gzip", "x-gzip"}:
        try:
            body = inflated(call.body, LARGEST)
        except ValueError as error:
            raise NotTaken(400, "Invalid JSON request body") from error
    else:
        body = call.body
    if len(body) > LARGEST:
        raise too_large()
    return _from_json(body) if kind.in_json else _from_form(body, call)


def read_entry(entry: Entry) -> Upload | None:
    """Read the upload in a journal entry, None where none was taken, or none can be read any more."""
    data = entry.data
    kind = KINDS.get(data.get("ingested", ""))
    if kind is None:
        return None
    call = Call(data["method"], data["path"], data["query"], headers=data["headers"], body=entry.body or b"")
    try:
        return read_upload(call, kind)
    except NotTaken:
        return None


def too_large() -> NotTaken:
    """The answer to an upload of too many bytes or events (amplitude facts 5.1 [doc])."""
    return NotTaken(413, "Payload too large")


_lacks: Final = partial(NotTaken, 400, "Request missing required field")


def _from_json(body: bytes) -> Upload:
    if not body:
        raise NotTaken(400, "Missing request body")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotTaken(400, "Invalid JSON request body") from error
    if not isinstance(payload, dict):
        raise NotTaken(400, "Invalid JSON request body")
    api_key, events, options = payload.get("api_key"), payload.get("events"), payload.get("options")
    if not isinstance(api_key, str) or not api_key:
        raise _lacks(missing_field="api_key")
    if events is None:
        raise _lacks(missing_field="events")
    if isinstance(events, dict):  # one event without its list
        events = [events]
    if not isinstance(events, list):
        raise NotTaken(400, "Invalid event JSON")
    return Upload(api_key, events, options if isinstance(options, dict) else {}, len(body))


def _from_form(body: bytes, call: Call) -> Upload:
    """Read a form, from the body or from the address (loop facts 1 [doc]: form or query, POST or GET)."""
    text = body.decode("utf-8", "replace") if body else call.query
    try:
        form = {name: values[-1] for name, values in parse_qs(text, max_num_fields=_FORM_FIELDS).items()}
    except ValueError as error:
        raise NotTaken(400, "Invalid request: too many fields") from error
    api_key, told = form.get("api_key", ""), form.get("identification", "")
    if not api_key:
        raise NotTaken(400, "missing_api_key")
    if not told:
        raise NotTaken(400, "missing_event")
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError as error:
        raise NotTaken(400, "invalid_event: identification is not JSON") from error
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, dict) for item in items):
        raise NotTaken(400, "invalid_event: identification holds no object")
    return Upload(api_key, items, _options(form.get("options", "")), max(len(body), len(text)))


def _options(told: str) -> Mapping[str, Any]:
    """Read the options of a form; Segment's destination sends the word `undefined` (destination facts 6 [run])."""
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
