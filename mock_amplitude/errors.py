"""How Amplitude says no, and what can be wrong with what the lab is told.

Two envelopes are known: the documented `{"error": {"http_code", "type", "message", "metadata"}}`, seen live for
auth as `{"error": {"http_code": 403, "type": "unspecified", "metadata": {"details": ...}}}` without a message, and
the one Segment's client reads, `{"error": {"error", "message"}}`. The default is a superset of both (amplitude
facts 1.4 [inferred]).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from mock_core.errors import BadControl, NotFound
from mock_core.exchange import Reply, json_reply

INVALID_KEY = "Invalid API Key"  # amplitude facts 1.4 [client]
INVALID_COMBINATION = "Invalid API/Secret Key combination"  # amplitude facts 1.4 [client]


class Refused(Exception):
    """The answer to a call is this refusal."""

    def __init__(self, status: int, details: str, metadata: Mapping[str, Any] | None = None, *, told: str = "") -> None:
        super().__init__(status, details)
        self.status = status
        self.details = details  # the vendor's words
        self.told = told  # and ours beside them
        self.metadata = {**(metadata or {}), **({"lab": told} if told else {})}

    @property
    def message(self) -> str:
        """What the journal says of it."""
        return f"{self.details}: {self.told}" if self.told else self.details

    def reply(self, envelope: str) -> Reply:
        """Answer it in one of Amplitude's envelopes."""
        metadata = dict(self.metadata)
        headers = (("Retry-After", str(metadata.pop("retry_after"))),) if "retry_after" in metadata else ()
        return refusal(self.status, self.details, metadata, envelope=envelope).with_headers(*headers)


class UnknownCohort(NotFound):
    """No such cohort: look at those that are."""


class NotAMember(BadControl):
    """Somebody was to leave a cohort who is not in it."""


class MalformedExport(BadControl):
    """A file to import is not a cohort export."""


def refusal(
    status: int, details: str | None = None, metadata: Mapping[str, Any] | None = None, *, envelope: str = "superset"
) -> Reply:
    """Answer an error in one of Amplitude's envelopes."""
    try:
        known = HTTPStatus(status)
        word, phrase = known.name, known.phrase
    except ValueError:
        word, phrase = f"STATUS_{status}", f"Status {status}"
    details = details or phrase
    error: dict[str, Any]
    if envelope == "segment":
        error = {"error": word, "message": details}
    else:
        error = {"http_code": status, "type": "unspecified"}
        if envelope == "superset":
            error["error"] = word
        if envelope == "superset" or status != 403:  # the live 403 carries no message
            error["message"] = details
        error["metadata"] = {"details": details, **(metadata or {})}
    return json_reply(status, {"error": error})
