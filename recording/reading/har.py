"""HAR, the traffic that a browser or proxy recorded, in the spellings of Chrome, Firefox, Charles and mitmproxy."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from recording.errors import NotReadable
from recording.material import RecordedCall
from recording.reading.moments import moment


def is_har(document: object) -> bool:
    """Say whether a JSON document is a HAR."""
    log = document.get("log") if isinstance(document, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def har_calls(document: Mapping[str, Any], file: str) -> Iterator[RecordedCall]:
    """Yield the calls of a HAR; raise `NotReadable` for an entry without a request or a time."""
    for place, entry in enumerate(document["log"]["entries"]):
        request = entry.get("request") if isinstance(entry, dict) else None
        at = moment(entry.get("startedDateTime")) if isinstance(entry, dict) else None
        if not isinstance(request, dict) or not isinstance(request.get("url"), str) or at is None:
            raise NotReadable(f"{file}: entry {place + 1} of log.entries has no request with an address and a time.")
        response = entry.get("response") if isinstance(entry.get("response"), dict) else {}
        status = response.get("status")
        where = f"{file}: entry {place + 1} of log.entries"
        yield RecordedCall(
            at,
            str(request.get("method", "GET")).upper(),
            request["url"],
            headers_of(request.get("headers")),
            _body(request.get("postData"), where),
            status if isinstance(status, int) and 0 <= status <= 999 else 0,
            headers_of(response.get("headers")),
            _body(response.get("content"), where),
        )


def headers_of(listed: object) -> dict[str, str]:
    """Return headers by name in lower case, of HAR's list or a table; without those of HTTP/2's first line."""
    found: dict[str, str] = {}
    if isinstance(listed, list):
        pairs = [(each.get("name"), each.get("value")) for each in listed if isinstance(each, dict)]
    else:
        pairs = list(listed.items()) if isinstance(listed, dict) else []
    for name, value in pairs:
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(name, str) and isinstance(text, str) and not name.startswith(":"):
            found[name.lower()] = text
    return found


def _body(held: object, where: str) -> bytes:
    if not isinstance(held, dict):
        return b""
    text = held.get("text")
    if isinstance(text, str) and text:
        if held.get("encoding") == "base64":
            return from_base64(text, where)
        return text.encode("utf-8", "surrogatepass")
    params = held.get("params")
    if isinstance(params, list) and params:
        pairs = [each for each in params if isinstance(each, dict)]
        return "&".join(f"{each.get('name', '')}={each.get('value', '')}" for each in pairs).encode()
    return b""


def from_base64(text: str, where: str) -> bytes:
    """Return the bytes of Base64; raise `NotReadable` for what is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotReadable(f"{where} has a body that says it is Base64 and is not.") from error
