"""Any file that people have of a sync, taken for what it is by its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.errors import BadInput
from contracts.reading import load_yaml
from recording.errors import NotReadable
from recording.material import ExportFile, RecordedCall
from recording.reading.cassettes import cassette_calls, is_cassette
from recording.reading.events import event_calls, is_event, read_lines
from recording.reading.exports import export_file
from recording.reading.har import Har, begins_as_har, is_har
from recording.reading.held import Held

_HEAD: Final = 1 << 16
_READ: Final = "a HAR, a vcrpy cassette, events one to a line, a cohort's export, or a folder of `cohortlab up --db`"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds."""

    what: str
    calls: Sequence[RecordedCall] = ()
    exports: Sequence[ExportFile] = field(default=())


def read_file(path: Path, named: str | None = None) -> Found:
    """Read a file; `named` is the cohort of an export. Raises `NotReadable`, which says what is wrong and where."""
    held = Held(path)
    if begins_as_har(held.piece(0, _HEAD)):
        return Found("a HAR", list(Har(held).calls()))
    data = held.all().removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise NotReadable(f"{path} is empty; expected {_READ}.")
    if data.startswith(b"SQLite format 3\0"):
        raise NotReadable(f"{path} is a database; name the folder that holds amplitude.db and segment.db.")
    if data.lstrip()[:1] in b"{[":
        return _of_json(data, held)
    head = data[:4096].lstrip(b"# -\r\n")
    if b"interactions:" in head or head.startswith(b"version:"):
        return _of_yaml(data, held)
    first = data.split(b"\n", 1)[0].replace(b'"', b"").strip().lower()
    if any(column.strip() in {b"user_id", b"amplitude_id"} for column in first.split(b",")):
        return Found("an export", exports=(export_file(named, path, data),))
    if b"," in first:
        raise NotReadable(f"{path} is a CSV without a column user_id or amplitude_id, so it is no export of a cohort.")
    raise NotReadable(f"{path} is none of what is read; expected {_READ}.")


def _of_json(data: bytes, held: Held) -> Found:
    path = held.path
    try:
        document: Any = orjson.loads(data)
    except ValueError as error:
        first = data.lstrip().split(b"\n", 1)[0]
        if is_event(_maybe(first)):
            return Found("events", list(event_calls(read_lines(data, str(path)), str(path))))
        raise NotReadable(f"{path} is no JSON ({error}): is it cut off? Save it anew.") from error
    if is_har(document):
        return Found("a HAR", list(Har(held).calls()))
    if is_cassette(document):
        return Found("a cassette", list(cassette_calls(document, str(path), held.written)))
    events = document if isinstance(document, list) else [document]
    if events and all(is_event(each) for each in events):
        listed = ((place, each, orjson.dumps(each)) for place, each in enumerate(events, 1))
        if isinstance(document, dict):  # one line of events, as it was written
            listed = ((1, each, data.strip()) for each in events)
        return Found("events", list(event_calls(listed, str(path))))
    raise NotReadable(f"{path} is JSON of another kind; expected {_READ}.")


def _maybe(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _of_yaml(data: bytes, held: Held) -> Found:
    path = held.path
    try:
        document = load_yaml(data, is_text=False)
    except BadInput as error:
        raise NotReadable(f"{path} is {error}: is it cut off? Record it anew.") from error
    if not is_cassette(document):
        raise NotReadable(f"{path} is YAML of another kind; expected {_READ}.")
    return Found("a cassette", list(cassette_calls(document, str(path), held.written)))
