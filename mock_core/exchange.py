"""One call to a fake and its answer, free of any web framework.

The vendor's edge is a function from a `Call` to a `Reply`. What should happen to the reply on the wire
(late, cut, reset) is said in `Wire` and done by whoever carries it: the socket server or the in-process
transport.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mock_core.stored import Stored


@dataclass(frozen=True, slots=True)
class Wire:
    """How a reply travels.

    `delay` seconds pass before the first byte. `reset` drops the connection with an RST and sends nothing.
    `cut_after` sends that many bytes of the body and closes, though the full length was announced.
    `bytes_per_second` drips the body. `framing` is how the reply tells where its body ends: by its length where that is
    known (empty), in chunks ("chunked"), or by nothing but the end of the connection ("close").
    """

    delay: float = 0.0
    reset: bool = False
    cut_after: int | None = None
    bytes_per_second: int | None = None
    framing: str = ""


PLAIN = Wire()


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers and a body, and how they travel.

    `chunks` is a body made while it is sent, of a length nobody knows before unless it is `Stored`; `body` is then
    empty.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wire: Wire = PLAIN
    chunks: Iterable[bytes] | None = None

    @property
    def length(self) -> int | None:
        """How many bytes the body has, where that can be said before it is sent."""
        if self.wire.framing:
            return None
        if self.chunks is None:
            return len(self.body)
        return len(self.chunks) if isinstance(self.chunks, Stored) else None

    def with_headers(self, *more: tuple[str, str]) -> Reply:
        """Return the same reply with more headers."""
        return Reply(self.status, self.body, (*self.headers, *more), self.wire, self.chunks)

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def json_reply(
    status: int, payload: object, *, pretty: bool = False, headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Make a JSON reply."""
    body = orjson.dumps(payload, option=orjson.OPT_INDENT_2 if pretty else None)
    return Reply(status, body, (("Content-Type", "application/json"), *headers))


@dataclass(slots=True)
class Call:
    """One HTTP request as a fake sees it: header names in lower case, the body as it came."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    body_too_large: bool = False
    scheme: str = "http"

    def header(self, name: str) -> str:
        """Return a header's value or an empty string."""
        return self.headers.get(name.lower(), "")


@dataclass(slots=True)
class Exchange:
    """A call on its way through faults and the vendor's edge, with what the journal shall say of it.

    `record` is the vendor's part of the journal entry: small, JSON, enough to fold from. `faults` struck it; `spared`
    counted it and let it pass.
    """

    call: Call
    route: str
    record: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)
