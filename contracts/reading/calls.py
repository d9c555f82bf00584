"""Calls that other tools recorded, in HAR, Postman, nock, Insomnia, WireMock, MockServer and VCR: their bodies.

A body, mostly JSON inside of a string, is a payload like any other. Which call it is, its address says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from contracts.errors import MalformedJSON
from contracts.explain import pointer
from contracts.judging import CALLS
from contracts.reading.locate import Lines, Span, Spans, value_end
from contracts.reading.packed import opened, packed
from contracts.reading.records import Fault, Record
from contracts.reading.strict_json import parse_json

Path = tuple[str | int, ...]

_ROUTE: Final = re.compile(r"/(?:v1/)?(identify|track|page|screen|group|alias|batch|import|[itpsgab])/?$")
_SHORT: Final = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}
_INSOMNIA: Final = re.compile(r"\w+\.insomnia\.rest/")
_BODIES: Final = ("body", "postData", "data")
_ADDRESSES: Final = ("url", "uri", "path", "urlPath", "absoluteUrl", "endpoint")
_TEXTS: Final = ("text", "raw", "string", "body")
_SHOWN: Final = 200


class Body(NamedTuple):
    """Hold what a recorded call carried: where it stands in the recording, the value there, and the call's route.

    `route` is one of the six calls, `batch`, or None when the address says neither. Of a body in Base64 the value is
    the bytes it stands for, or what is wrong with them.
    """

    pointer: str
    value: Any
    route: str | None


class Recorded(NamedTuple):
    """Hold a recording of calls: what it is called, its requests, and the bodies among them that are Segment's."""

    what: str
    requests: int
    bodies: list[Body]


def unpacked(record: Record, recorded: Recorded) -> Iterator[Record | Fault]:
    """Yield the bodies as records of their own, each with its place in the document."""
    text = record.text.decode("utf-8", "replace")
    spans, lines = Spans(text, (body.pointer for body in recorded.bodies)), Lines(text)
    for body in recorded.bodies:
        span = spans[body.pointer]
        start = span.start if isinstance(body.value, str | bytes | ValueError) else _value_of(text, span)
        line, column = lines.place(start)
        at = (record.line + line - 1, column + (record.column - 1 if line == 1 else 0))
        if isinstance(body.value, ValueError):
            yield Fault("J001", f"{body.value} at {record.pointer}{body.pointer}", *at, b"")
        elif isinstance(body.value, str | bytes):
            yield from placed_body(body.value, body.route, at, record.pointer + body.pointer)
        else:
            raw = text[start : span.end].encode("utf-8", "replace")
            yield Record(_of_its_route(parse_json(raw), body.route), raw, *at, record.pointer + body.pointer)


def placed_body(text: str | bytes, route: str | None, at: tuple[int, int], where: str) -> Iterator[Record | Fault]:
    """Yield the payload that a recorded text is, at a line and column; which call it is, the route says."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    try:
        value = parse_json(raw)
    except MalformedJSON as error:
        yield Fault(error.code, error.reason + f" in the body at {where}" * bool(where), *at, raw[:_SHOWN])
    else:
        yield Record(_of_its_route(value, route), raw, *at, where, embedded=True)


def _of_its_route(value: object, route: str | None) -> object:
    if not isinstance(value, dict) or route not in CALLS or value.get("type") is not None:
        return value
    return {"type": route, **{name: held for name, held in value.items() if name != "type"}}


def _value_of(text: str, span: Span) -> int:
    """Return where the value of a member starts; an element has no name before it."""
    if not text.startswith('"', span.start):
        return span.start
    after = value_end(text, span.start)
    return after + len(text[after : span.end]) - len(text[after : span.end].lstrip(" \t\r\n:"))


def recorded_calls(document: object) -> Recorded | None:
    """Return the calls that a document records, or None when it is no such document."""
    for what, requests in _FORMS.items():
        found = requests(document)
        if found is not None:
            return Recorded(what, len(found), [body for path, request in found for body in _bodies(path, request)])
    return None


Requests = list[tuple[Path, Mapping[str, Any]]]


def _bodies(path: Path, request: Mapping[str, Any]) -> Iterator[Body]:
    """Yield the body of a request that goes to Segment by its address, or by what it carries."""
    found = packed(request, _BODIES)
    if found is not None:
        yield from _packed_bodies(pointer([*path, *found.steps]), found.base64, _route(request))
        return
    for name in _BODIES:
        held = request.get(name)
        if held in (None, "", {}, []):
            continue
        where: Path = (*path, name)
        if isinstance(held, dict):
            inner = next((key for key in (*_TEXTS, "json") if isinstance(held.get(key), str | dict)), None)
            if inner is not None and "userId" not in held and "batch" not in held:
                where, held = (*where, inner), held[inner]
            elif name == "postData":
                continue  # a form, in `params`
        route = _route(request)
        if route is not None or _is_ours(held):
            yield Body(pointer(list(where)), held, route)
        return


def _packed_bodies(where: str, text: str, route: str | None) -> Iterator[Body]:
    try:
        plain = opened(text)
    except ValueError as error:
        if route is not None:
            yield Body(where, error, route)
    else:
        if route is not None or _is_ours(plain.decode("utf-8", "replace")):
            yield Body(where, plain, route)


def _route(request: Mapping[str, Any]) -> str | None:
    for name in _ADDRESSES:
        address = request.get(name)
        address = address.get("raw") if isinstance(address, dict) else address
        if isinstance(address, str):
            return route_of(address)
    return None


def route_of(address: str) -> str | None:
    """Return which call an address takes, `batch`, or None when it is none of Segment's routes."""
    try:
        found = _ROUTE.search(urlsplit(address).path)
    except ValueError:
        return None
    if found is None:
        return None
    word = _SHORT.get(found[1], found[1])
    return word if word in CALLS else "batch"


def _is_ours(body: object) -> bool:
    if isinstance(body, dict):
        return body.get("type") in CALLS or isinstance(body.get("batch"), list)
    return isinstance(body, str) and re.search(r'"(userId|anonymousId|batch)"\s*:', body) is not None


def _listed(*way: str, test: Callable[[Mapping[str, Any]], bool] = bool) -> Callable[[object], Requests | None]:
    """Return a reader of documents that list entries at the end of a way, each with a request in it or being one."""

    def requests(document: object) -> Requests | None:
        inside: Any = document
        for name in way:
            inside = inside.get(name) if isinstance(inside, dict) else None
        if not isinstance(inside, list) or not isinstance(document, dict) or not test(document):
            return None
        return [
            (((*way, index, *step)), request)
            for index, entry in enumerate(inside)
            for step, request in _requests_of(entry)
        ]

    return requests


def _requests_of(entry: object) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the request of an entry, wherever the usual recorders put it."""
    if not isinstance(entry, dict):
        return
    for name in ("request", "httpRequest"):
        if isinstance(entry.get(name), dict):
            beside = {
                each: entry[each] for each in (*_ADDRESSES, "method") if isinstance(entry.get(each), str)
            }  # as Charles does
            yield (name,), {**beside, **entry[name]}
            return
    if any(name in entry for name in _ADDRESSES):
        yield (), entry


def _folders(document: object) -> Requests | None:
    """Read a Postman collection: folders of folders of requests."""
    start: Path = ()
    if isinstance(document, dict) and isinstance(document.get("collection"), dict):
        document, start = document["collection"], ("collection",)
    if not isinstance(document, dict) or not isinstance(document.get("item"), list) or "info" not in document:
        return None
    return _in_folders((*start, "item"), document["item"], "item")


def _insomnia(document: object) -> Requests | None:
    """Read an Insomnia collection of version 5: folders of folders of requests, which are requests themselves."""
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(kind, str) or not _INSOMNIA.match(kind):
        return None
    return _in_folders(("collection",), document.get("collection"), "children")


def _in_folders(start: Path, items: object, inside: str) -> Requests:
    """Return the requests in folders of folders, in their order; `inside` is where a folder has its own."""
    found: Requests = []
    pending: list[tuple[Path, object]] = [(start, items)]
    while pending:
        path, items = pending.pop()
        for index, item in enumerate(items if isinstance(items, list) else ()):
            for step, request in _requests_of(item):
                found.append(((*path, index, *step), request))
            if isinstance(item, dict):
                pending.append(((*path, index, inside), item.get(inside)))
    return sorted(found, key=lambda each: [(isinstance(part, str), str(part).rjust(9)) for part in each[0]])


def _alone(document: object) -> Requests | None:
    """Read one recorded call, as nock, MockServer and HAR entries write them into a list."""
    if not isinstance(document, dict) or "userId" in document or "type" in document:
        return None
    is_one = not isinstance(document.get("request"), dict) and isinstance(document.get("method"), str)
    if is_one and any(isinstance(document.get(name), str) for name in _ADDRESSES):
        return [((), document)]
    found = list(_requests_of(document))
    return found if found and any("method" in request for _, request in found) else None


_FORMS: Final[Mapping[str, Callable[[object], Requests | None]]] = {
    "a HAR, the traffic that a browser or proxy recorded": _listed("log", "entries"),
    "a Postman collection": _folders,
    "an Insomnia collection": _insomnia,
    "an Insomnia export": _listed("resources", test=lambda document: document.get("_type") == "export"),
    "a Hoppscotch collection": _listed("requests", test=lambda document: "folders" in document and "v" in document),
    "a WireMock request journal": _listed("requests", test=lambda document: "userId" not in document),
    "a VCR cassette": _listed("http_interactions"),
    "a vcrpy cassette": _listed("interactions"),
    "a recorded call (as nock and MockServer write them)": _alone,
}
