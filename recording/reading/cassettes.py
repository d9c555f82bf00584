"""Cassettes of vcrpy, in YAML or JSON: interactions, whose time is only in what the server answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recording.errors import NotReadable
from recording.material import RecordedCall
from recording.reading.har import from_base64, headers_of
from recording.reading.moments import moment


def is_cassette(document: object) -> bool:
    """Say whether a document is a cassette."""
    if not isinstance(document, dict):
        return False
    return any(isinstance(document.get(name), list) for name in ("interactions", "http_interactions"))


def cassette_calls(document: Mapping[str, Any], file: str, start: int) -> Iterator[RecordedCall]:
    """Yield the calls of a cassette.

    When each was is read from `recorded_at` or the answer's Date; one without is a second after the one before it, the
    first at `start`, in milliseconds.
    """
    before = start - 1000
    for place, each in enumerate(document.get("interactions") or document.get("http_interactions") or ()):
        where = f"{file}: interaction {place + 1}"
        request = each.get("request") if isinstance(each, dict) else None
        response = each.get("response") if isinstance(each, dict) else None
        if not isinstance(request, dict) or not isinstance(response, dict):
            raise NotReadable(f"{where} has no request and response.")
        address = request.get("uri") or request.get("url")
        if not isinstance(address, str):
            raise NotReadable(f"{where} has no uri.")
        answered = headers_of(response.get("headers"))
        at = moment(each.get("recorded_at"))
        at = moment(answered.get("date")) if at is None else at
        before = before + 1000 if at is None else at
        status = response.get("status")
        code = status.get("code") if isinstance(status, dict) else status
        yield RecordedCall(
            before,
            str(request.get("method", "GET")).upper(),
            address,
            headers_of(request.get("headers")),
            _body(request.get("body"), where),
            code if isinstance(code, int) and 0 <= code <= 999 else 0,
            answered,
            _body(response.get("body"), where),
        )


def _body(held: object, where: str) -> bytes:
    if isinstance(held, dict):
        for name in ("base64_string", "base64"):
            if isinstance(held.get(name), str):
                return from_base64(held[name], where)
        held = held.get("string")
    if isinstance(held, bytes):
        return held
    return held.encode("utf-8", "surrogatepass") if isinstance(held, str) else b""
