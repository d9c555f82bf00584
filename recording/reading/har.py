"""HAR, the traffic that a browser or proxy recorded, in the spellings of Chrome, Firefox, Charles and mitmproxy.

Its entries are read one at a time, and their bodies when they are asked for: one of some hundred megabytes is common.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from recording.errors import NotReadable
from recording.material import RecordedCall
from recording.reading.held import Held
from recording.reading.moments import moment

_BEGINNING: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]]|"', re.DOTALL)
_PIECE: Final = 1 << 20
_OBJECT, _END, _LIST, _LIST_END, _QUOTE = b'{}[]"'


def begins_as_har(head: bytes) -> bool:
    """Say whether a file that begins like this is a HAR."""
    return bool(_BEGINNING.match(head))


def is_har(document: object) -> bool:
    """Say whether a JSON document is a HAR."""
    log = document.get("log") if isinstance(document, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


class Har:
    """A HAR that is read entry by entry."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._kept: tuple[int, Mapping[str, Any]] = (-1, {})  # the last entry: what is read once is soon read again

    def calls(self) -> Iterator[RecordedCall]:
        """Yield the calls; raise `NotReadable` for an entry without a request or a time, and for a file that is cut."""
        for number, (start, end) in enumerate(_places(self._held), 1):
            where = f"{self._held.path}: entry {number} of log.entries"
            entry = self.entry(start, end, where)
            request, at = entry.get("request"), moment(entry.get("startedDateTime"))
            if not isinstance(request, dict) or not isinstance(request.get("url"), str) or at is None:
                raise NotReadable(f"{where} has no request with an address and a time.")
            response = _part(entry, "response")
            status = response.get("status")
            told: dict[str, object] = {
                "at": at,
                "method": str(request.get("method", "GET")).upper(),
                "url": request["url"],
                "headers": headers_of(request.get("headers")),
                "status": status if isinstance(status, int) and 0 <= status <= 999 else 0,
                "reply_headers": headers_of(response.get("headers")),
            }
            yield HarCall(self, (start, end), where, **told)

    def entry(self, start: int, end: int, where: str) -> Mapping[str, Any]:
        """Return an entry by where it stands."""
        if self._kept[0] != start:
            try:
                found = orjson.loads(self._held.piece(start, end - start))
            except ValueError as error:
                raise NotReadable(f"{where} is no JSON ({error}). Save it anew.") from error
            self._kept = start, found
        return self._kept[1]


class HarCall(RecordedCall):
    """A recorded call whose bodies stay in the file."""

    __slots__ = ("_har", "_place", "_where")
    _har: Har
    _place: tuple[int, int]
    _where: str

    def __init__(self, har: Har, place: tuple[int, int], where: str, **told: object) -> None:
        rest = {"ms": 0, "bytes": 0, "cut": False, "fake": ""}
        for name, value in {"_har": har, "_place": place, "_where": where, **rest, **told}.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> bytes:
        return _body(_part(self._har.entry(*self._place, self._where), "request").get("postData"), self._where)

    @property
    def reply(self) -> bytes:
        return _body(_part(self._har.entry(*self._place, self._where), "response").get("content"), self._where)


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def _places(held: Held) -> Iterator[tuple[int, int]]:
    """Yield where each entry of `log.entries` begins and ends."""
    names = [b"", b""]  # the last string on each of the two levels above the list
    depth = count = at = start = 0
    is_entries, size, data = False, _PIECE, b""
    while at < held.size:
        more = held.piece(at + len(data), size)
        data += more
        taken = len(data)
        for found in _TOKEN.finditer(data):
            mark = data[found.start()]
            if mark == _QUOTE:
                if found.end() - found.start() == 1:  # it goes on in the next piece
                    taken = found.start()
                    break
                if 1 <= depth <= 2:
                    names[depth - 1] = found[0]
            elif mark in {_OBJECT, _LIST}:
                depth += 1
                if depth == 4 and is_entries:
                    start = at + found.start()
                elif depth == 3:
                    is_entries = mark == _LIST and names == [b'"log"', b'"entries"']
            else:
                depth -= 1
                if depth == 3 and is_entries:
                    count += 1
                    yield start, at + found.end()
        if not more:
            break
        size = _PIECE if taken else size * 2
        data, at = data[taken:], at + taken
    if depth or data:
        raise NotReadable(f"{held.path} is no JSON (it ends after entry {count}): is it cut off? Save it anew.")


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
