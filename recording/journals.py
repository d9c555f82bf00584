"""Entries of a lab's journals, made of calls that were recorded and exports that were downloaded.

What was answered decides: an upload that got a 2xx was taken, any other was not. A cohort's members are those of each
export, from the moment it was asked for.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from contracts.errors import ContractsError
from contracts.reading import user_ids
from mock_amplitude import DEFAULT_PROJECT, AmplitudeFake
from mock_amplitude.errors import MalformedExport
from mock_amplitude.exports import read_export
from mock_core.exchange import Call
from mock_core.guard import is_loopback
from mock_core.redaction import journal_headers
from mock_segment import SegmentFake, SegmentSettings
from mock_segment.edge import Refused, inflate, parse_object, pixel_payload, upload_kind, write_key
from recording.errors import NotReadable
from recording.material import ExportFile, Happened, RecordedCall
from recording.strangers import inflated

_REQUEST: Final = re.compile(r"/api/5/cohorts/request/([^/]+)")
_STATUS: Final = re.compile(r"/api/5/cohorts/request-status/([^/]+)")
_FILE: Final = re.compile(r"/api/5/cohorts/request/([^/]+)/file")
_IN_WORKSPACE: Final = re.compile(r"/__lab/w/[^/]+(?=/)")
_COHORT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RECORDED_USER: Final = "x-recorded-user"
_MOST_TOLD: Final = 64 << 10  # bytes of an answer whose text is kept
_LARGE: Final = 16 << 20  # bytes of an export that is not read twice
_SETTINGS: Final = SegmentSettings()
_NO_LONGER_TRUE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(slots=True)
class Made:
    """How many calls went elsewhere, by host, and to the two APIs; those to Segment that came without body."""

    elsewhere: dict[str, int] = field(default_factory=dict)
    bodiless: int = 0
    calls: int = 0


def happenings(
    calls: Sequence[RecordedCall],
    exports: Sequence[ExportFile],
    hosts: Mapping[str, Sequence[str]] | None,
    made: Made,
) -> Iterator[Happened]:
    """Yield the entries of calls and exports in the order of time, counting in `made` from the beginning.

    `hosts` names further hosts of the two APIs, by fake. Bodies are read as they are needed.
    """
    made.elsewhere, made.bodiless, made.calls = {}, 0, 0
    known = dict.fromkeys(SegmentFake.hosts, "segment") | dict.fromkeys(AmplitudeFake.hosts, "amplitude")
    known |= {host.lower(): fake for fake, named in (hosts or {}).items() for host in named}
    told = sorted(calls, key=lambda call: call.at)
    seen = _Files(told)
    cohorts: dict[str, str] = {}
    items: list[RecordedCall | ExportFile] = [*told, *exports]
    for item in sorted(items, key=lambda each: each.at):
        if isinstance(item, ExportFile):
            yield from _of_export(item, cohorts)
            continue
        fake = _fake_of(item, known, seen)
        if fake is None:
            host = urlsplit(item.url).netloc.rpartition("@")[2] or "no host"
            made.elsewhere[host] = made.elsewhere.get(host, 0) + 1
        else:
            made.calls += 1
            made.bodiless += fake == "segment" and item.method == "POST" and not item.body
            yield from [_upload(item)] if fake == "segment" else _of_amplitude(item, cohorts, seen)


def _fake_of(call: RecordedCall, known: Mapping[str, str], seen: _Files) -> str | None:
    if call.fake:
        return call.fake
    parts = urlsplit(call.url)
    host = (parts.hostname or "").lower()
    path = _path(call)
    if path.startswith("/__lab/") or call.method == "OPTIONS":
        return None
    fake = known.get(parts.netloc.rpartition("@")[2].lower()) or known.get(host)
    if fake is not None:
        return fake
    if call.url.partition("?")[0] in seen.stored:
        return "amplitude"
    if not is_loopback(host):
        return None
    if path.startswith(("/api/2/", "/api/3/cohorts", "/api/5/cohorts")):
        return "amplitude"
    return "segment" if path.startswith("/v1/") else None


class _Files:
    """Which file each request for an export came to: its bytes and when it was fetched."""

    def __init__(self, calls: Sequence[RecordedCall]) -> None:
        self.stored: dict[str, str] = {}  # the address of a stored file, to the request it is of
        self.of: dict[str, RecordedCall] = {}
        self.ready: dict[str, int] = {}
        for call in calls:
            asked = _FILE.fullmatch(_path(call))
            request = asked[1] if asked else self.stored.get(call.url.partition("?")[0])
            if asked and (lies := call.reply_headers.get("location")) and 300 <= call.status < 400:
                self.stored[lies.partition("?")[0]] = asked[1]
            elif request and call.status == 200 and not call.cut and (call.bytes or call.reply):
                self.of.setdefault(request, call)
                self.ready.setdefault(request, call.at)
            status = _STATUS.fullmatch(_path(call))
            if status and call.status == 200 and b"COMPLETED" in call.reply:
                self.ready[status[1]] = min(call.at, self.ready.get(status[1], call.at))


def _path(call: RecordedCall) -> str:
    return _IN_WORKSPACE.sub("", unquote(urlsplit(call.url).path) or "/", count=1)


def _request(fake: str, call: RecordedCall, record: Mapping[str, Any] | None = None) -> Happened:
    headers = journal_headers({name: value for name, value in call.headers.items() if name != _RECORDED_USER})
    was_inflated = "content-encoding" in headers and not call.body.startswith(b"\x1f\x8b")
    if was_inflated:  # some recorders inflate bodies and leave the header
        headers = {name: value for name, value in headers.items() if name not in _NO_LONGER_TRUE}
    data = {
        "method": call.method,
        "path": _path(call),
        "query": urlsplit(call.url).query,
        "headers": headers,
        "status": call.status,
        **(record or {}),
        **_answered(call),
    }
    if call.status == 0:
        data["reset"] = True
    return Happened(fake, call.at, "request", data, call.body)


def _answered(call: RecordedCall) -> dict[str, Any]:
    """Return what is kept of an answer: of a short one its text, of an export its columns."""
    if call.status == 0:
        return {}
    headers = journal_headers(call.reply_headers)
    if "location" in headers:
        headers["location"] = headers["location"].partition("?")[0]  # what follows is a signature
    told: dict[str, Any] = {"headers": headers, "bytes": call.bytes}
    if call.ms:
        told["ms"] = call.ms
    if call.cut:
        told["cut"] = True
    if _is_export(call):
        told["columns"] = _first_line(call)
    elif 0 < len(reply := inflated(call.reply) or call.reply) <= _MOST_TOLD:
        told["body"] = reply.decode("utf-8", "replace")
    return {"answered": told}


def _is_export(call: RecordedCall) -> bool:
    return bool(_FILE.fullmatch(_path(call)) and call.status == 200) or "csv" in call.reply_headers.get(
        "content-type", ""
    )


def _first_line(call: RecordedCall) -> str:
    start = call.reply[:65536]
    return (inflated(start) or start).split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")


def _upload(call: RecordedCall) -> Happened:
    path = _path(call)
    kind = upload_kind(call.method, path)
    if kind is None:
        return _request("segment", call)
    plain = _request("segment", call)
    asked = Call(call.method, path, plain.data["query"], dict(call.headers), call.body)
    asked.headers = {**plain.data["headers"], "authorization": call.headers.get("authorization", "")}
    if (user := call.headers.get(_RECORDED_USER)) is not None:  # our recorder knows whose credentials it took out
        asked.headers["authorization"] = f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}"
    is_pixel = call.method == "GET"
    record: dict[str, Any] = {"upload": kind}
    try:
        payload = pixel_payload(asked.query) if is_pixel else parse_object(inflate(asked, 1 << 24))
        key = _write_key(asked, payload)
        if 200 <= call.status < 300:
            record = {"stored": kind, "write_key": key, **({"pixel": True} if is_pixel else {})}
        else:
            record |= {"write_key": key}
    except Refused as refused:
        record["refused"] = refused.as_dict()
    if not 200 <= call.status < 300 and "refused" not in record:
        record["refused"] = {"code": "recorded", "message": f"answered {call.status or 'nothing'} when it was recorded"}
    return _request("segment", call, record)


def _write_key(asked: Call, payload: dict[str, Any]) -> str:
    try:
        return write_key(asked, payload, _SETTINGS)
    except Refused:
        return "recorded-write-key"  # recorders take credentials out


def _of_amplitude(call: RecordedCall, cohorts: dict[str, str], seen: _Files) -> Iterator[Happened]:
    path = _path(call)
    answer = _json(call.reply) if call.status < 300 else None
    if path == "/api/3/cohorts" and isinstance(answer, dict):
        for each in answer.get("cohorts") or ():
            if isinstance(each, dict) and isinstance(each.get("id"), str) and isinstance(each.get("name"), str):
                yield from _cohort(call.at, each["id"], each["name"], cohorts)
    asked = _REQUEST.fullmatch(path)
    if asked is None or call.status not in {200, 202} or not isinstance(answer, dict):
        yield _request("amplitude", call)
        return
    request_id, cohort_id = answer.get("request_id"), asked[1]
    if not isinstance(request_id, str) or not _COHORT_ID.fullmatch(cohort_id):
        yield _request("amplitude", call)
        return
    yield from _cohort(call.at, cohort_id, None, cohorts)
    file = seen.of.get(request_id)
    if file is not None:
        yield _members(call.at, cohort_id, file.reply, f"the file of request {request_id}")
    wanted = parse_qs(urlsplit(call.url).query)
    job = {
        "request_id": request_id,
        "cohort_id": cohort_id,
        "duration": max(0, seen.ready.get(request_id, call.at) - call.at),
        "outcome": "lands" if request_id in seen.ready else "hangs",
        "props": wanted.get("props") == ["1"],
        "prop_keys": wanted.get("propKeys", []),
    }
    did = {"op": "download.request", "project_id": DEFAULT_PROJECT.id, "counts": True, "recomputes": True, "job": job}
    yield _request("amplitude", call, {"did": did, "route": "/api/5/cohorts/request/<cohort_id>"})


def _of_export(export: ExportFile, cohorts: dict[str, str]) -> Iterator[Happened]:
    yield from _cohort(export.at, export.cohort_id, export.name, cohorts)
    yield _members(export.at, export.cohort_id, export.data, f"the export of {export.name}")
    yield Happened("amplitude", export.at, "control", {"op": "cohort.recompute", "cohort_id": export.cohort_id})


def _cohort(at: int, cohort_id: str, name: str | None, cohorts: dict[str, str]) -> Iterator[Happened]:
    """Yield what makes a cohort be there by this name."""
    if not _COHORT_ID.fullmatch(cohort_id):
        return
    if cohort_id not in cohorts:
        cohorts[cohort_id] = name or cohort_id
        told = {"id": cohort_id, "name": cohorts[cohort_id], "project_id": DEFAULT_PROJECT.id, "published": True}
        yield Happened("amplitude", at, "control", {"op": "cohort.create", "cohort": told, "members": []})
    elif name is not None and cohorts[cohort_id] != name:
        cohorts[cohort_id] = name
        changes = {"op": "cohort.edit", "cohort_id": cohort_id, "changes": {"name": name}}
        yield Happened("amplitude", at, "control", changes)


def _members(at: int, cohort_id: str, data: bytes, what: str) -> Happened:
    data = inflated(data) or data
    try:
        read_export(data if len(data) < _LARGE else data[: data.index(b"\n") + 1])
    except MalformedExport as error:
        try:
            members = list(user_ids(io.BytesIO(data)))
        except ContractsError:
            raise NotReadable(f"{what} cannot be read: {error}") from error
        told = {"op": "cohort.set-members", "cohort_id": cohort_id, "members": members}
        return Happened("amplitude", at, "control", told)
    return Happened("amplitude", at, "control", {"op": "cohort.import", "cohort_id": cohort_id}, data)


def _json(data: bytes) -> object:
    try:
        return orjson.loads(inflated(data) or data)
    except ValueError:
        return None
