"""What an entry may hold: a journal may come from another program, another version, or a disk that failed.

Every reading trusts what is written here, so that it can be short. The shapes are JSON Schemas, by the kind of an
entry and, for controls, by their operation; a fake adds its own. What this version does not know passes: an operation
without a shape, a field without one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import orjson

from contracts.explain import observe, validator
from contracts.rule import Schema
from mock_core.clock import LATEST
from mock_core.errors import JournalUnreadable
from mock_core.journal.entries import Entry, Journal
from mock_core.journal.opening import read_journal
from mock_core.journal.trouble import telling

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_LAST: Final = 1 << 40  # an event's position is its entry's number and twenty bits, and is an integer to SQLite
SEED: Final = {"type": "integer", "minimum": -(1 << 63), "maximum": (1 << 64) - 1}
MOMENT: Final = {"type": "number", "minimum": 0, "maximum": LATEST}


def shape(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has these properties, some of them for certain."""
    return {"type": "object", "required": list(required), "properties": properties}


CORE_SHAPES: Mapping[str, Schema] = {
    "request": shape(
        *("method", "path", "query", "headers", "status"),
        method=_TEXT,
        path=_TEXT,
        query=_TEXT,
        headers={"type": "object", "additionalProperties": _TEXT},
        status={"type": "integer", "minimum": 0, "maximum": 999},
        route=_TEXT,
        faults=_TEXTS,
        spared=_TEXTS,
        reset={"type": "boolean"},
        refused=shape("code", "message", code=_TEXT, message=_TEXT),
    ),
    "control": shape("op", op=_TEXT),
    "clock": shape("now", "frozen", now=MOMENT, frozen={"type": "boolean"}),
    "fault.arm": shape("spec", spec={"type": "object"}),
    "fault.lift": shape("id", id={"type": ["string", "null"]}),
    "seed.set": shape("seed", seed=SEED),
    "settings.set": shape("changes", changes={"type": "object"}),
    "beginning": shape(seed=SEED, frozen_at={"anyOf": [MOMENT, {"type": "null"}]}),
}
_KINDS: Final = ("request", "control", "clock")
_ODD: Final = """SELECT seq FROM journal WHERE seq < 1 OR seq > ? OR typeof(at) <> 'integer' OR at < 0 OR at > ?
    OR kind NOT IN ('request', 'control', 'clock') OR typeof(data) NOT IN ('blob', 'text')
    OR typeof(body) NOT IN ('blob', 'null') ORDER BY seq LIMIT 1"""


class Shapes:
    """The shapes of some tables, compiled when first needed; what two tables say of one kind must both hold."""

    def __init__(self, *tables: Mapping[str, Schema]) -> None:
        self._tables = tables
        self._said: dict[str, list[Schema]] = {}
        for table in tables:
            for kind, schema in table.items():
                self._said.setdefault(kind, []).append(schema)
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def with_more(self, *tables: Mapping[str, Schema]) -> Shapes:
        """Return these shapes and those of further tables."""
        return Shapes(*self._tables, *tables) if any(tables) else self

    def wrong(self, kind: str, data: Any) -> str | None:
        """Say in words what no entry of a kind holds, None when it is sound."""
        for name, part in _parts(kind, data):
            if name in self._said and (found := self._why_not(name, part)):
                return f"{name}: {found}"
        return None

    def _why_not(self, name: str, data: Any) -> str | None:
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = validator({"allOf": self._said[name]})
        if compiled.is_valid(data):
            return None
        place = next(observe(compiled, data, "", 1), None)
        return "not what such an entry holds" if place is None else f"{place.found} at {place.pointer or 'the top'}"


def check_journal(journal: Journal, shapes: Shapes) -> None:
    """Raise `JournalUnreadable`, naming the first entry that is none, unless a journal holds what journals hold."""
    where = "The journal" if journal.path is None else str(journal.path)
    with journal.lock, telling(journal.path):
        for _ in sound_rows(journal.db, where, shapes):
            pass


def saved_entries(path: Path, shapes: Shapes) -> Iterator[Entry]:
    """Yield the entries of a saved journal, which stays as it is; raise `JournalUnreadable` where it is not sound."""
    with telling(path), closing(read_journal(path)) as db:
        for seq, data in sound_rows(db, str(path), shapes):
            at, kind, body = db.execute("SELECT at, kind, body FROM journal WHERE seq = ?", (seq,)).fetchone()
            yield Entry(seq, at, kind, data, body)


def sound_rows(db: sqlite3.Connection, where: str, shapes: Shapes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and data of each entry, once it is known to be one."""
    for (written,) in db.execute("SELECT data FROM beginning"):
        wrong, _ = _read(shapes, "beginning", written)
        if wrong:
            raise JournalUnreadable(f"{where} does not say how it began ({wrong}). Name another file.")
    for (seq,) in db.execute(_ODD, (_LAST, LATEST * 1000)):
        raise JournalUnreadable(
            f"{where}: entry {seq} has a number, a time, a kind or contents that no entry has. Name another file."
        )
    for seq, kind, written in db.execute("SELECT seq, kind, data FROM journal ORDER BY seq"):
        wrong, data = _read(shapes, kind, written)
        if wrong:
            raise JournalUnreadable(f"{where}: entry {seq} cannot be read ({wrong}). Name another file.")
        yield seq, data


def sound_entry(shapes: Shapes, seq: int, row: tuple[Any, Any, Any, Any]) -> Entry:
    """Return an entry of a row (at, kind, data, body), or raise `JournalUnreadable` when it is none."""
    at, kind, written, body = row
    is_one = type(at) is int and 0 <= at <= LATEST * 1000 and kind in _KINDS and isinstance(written, bytes | str)
    wrong, data = _read(shapes, kind, written) if is_one else ("a time, a kind or contents that no entry has", {})
    if wrong or not (body is None or isinstance(body, bytes)):
        raise JournalUnreadable(f"entry {seq} cannot be read ({wrong or 'a body that is no bytes'})")
    return Entry(seq, at, kind, data, body)


def _read(shapes: Shapes, kind: str, written: bytes | str) -> tuple[str | None, dict[str, Any]]:
    """Return what is wrong with written data, if anything, and the data."""
    try:
        data = orjson.loads(written)
    except ValueError as error:
        return f"{kind}: {error}", {}
    return shapes.wrong(kind, data), data


def _parts(kind: str, data: Any) -> Iterator[tuple[str, Any]]:
    """Yield what has a shape of its own: the entry, the operation of a control, what a vendor call did."""
    yield kind, data
    if isinstance(data, dict):
        if kind == "control" and isinstance(data.get("op"), str):
            yield data["op"], data
        did = data.get("did")
        if kind == "request" and isinstance(did, dict) and isinstance(did.get("op"), str):
            yield did["op"], did
