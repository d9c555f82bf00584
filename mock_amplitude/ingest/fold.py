"""What became of each event after the edge said 200: kept, a repetition, or never seen again.

A fold of the journal. Of fates only exceptions are stored: an event without a row was kept. Events stay in the
journal; who they are of is written down beside them (`arrivals`, which tells how another fold reads it).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import orjson

from mock_amplitude.ingest.arrivals import ARRIVALS_SCHEMA, Arrivals, Told
from mock_amplitude.ingest.stored import device_key, stored
from mock_amplitude.ingest.uploads import EVENTS, GROUP_IDENTIFY, KINDS, PLACES, Upload, read_entry
from mock_core.clock import iso
from mock_core.journal import Entry, Journal, TableFold

WEEK_MS: Final = 7 * 24 * 3_600_000
KEPT, DUPLICATE, DROPPED = "kept", "duplicate", "dropped"
_HELD_BYTES: Final = 4_000_000  # of uploads that are parsed already
SETTLED_BY: Final = 2_000_000  # bytes of uploads that wait; then they are settled, while they are still parsed


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one event: `kept`, `duplicate` or `dropped`, and why, as a code and in words."""

    verdict: str
    code: str = ""
    reason: str = ""


IS_KEPT: Final = Fate(KEPT)
_REPEATED: Final = Fate(DUPLICATE, "insert_id", "the same device sent this insert_id within the last 7 days")
# Node#63, Python#56 (loop facts 1 [obs]): answered 200, and the event never shows.
_NUMBER: Final = Fate(DROPPED, "id_not_text", "an id that is a number is answered 200, and the event never shows")


@dataclass(frozen=True, slots=True)
class Ingested:
    """One event of an upload: where it lies, the route it came by, the event as it is kept, its fate, and whose it is.

    `amplitude_id` is that of its arrival; None for what is no event, or was not kept.
    """

    position: int
    at: int
    route: str
    project_id: int
    event: dict[str, Any]
    fate: Fate
    amplitude_id: int | None = None

    def as_dict(self) -> dict[str, Any]:
        event = self.event
        return {
            "position": self.position,
            "entry": self.position // PLACES,
            "index": self.position % PLACES,
            "received_at": iso(self.at),
            "route": self.route,
            "project_id": self.project_id,
            "event_type": event.get("event_type", "$identify"),
            "user_id": event.get("user_id"),
            "device_id": event.get("device_id"),
            "amplitude_id": self.amplitude_id,
            "insert_id": event.get("insert_id"),
            "verdict": self.fate.verdict,
            "code": self.fate.code,
            "reason": self.fate.reason,
            "event": event,
        }


@dataclass(slots=True)
class _Run:
    uploads: list[tuple[Entry, Upload]] = field(default_factory=list)
    exceptions: dict[int, Fate] = field(default_factory=dict)
    candidates: list[tuple[int, int, int]] = field(default_factory=list)  # (hash, position, at)
    tally: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that was kept, as whatever counts events wants it.

    `amplitude_id` is whose it was when it came; who that is by now, a directory's `canonical` says. `event` is as it is
    kept, but for its `user_properties`, which are all that were known of its person when it came.
    """

    position: int
    at: int
    project_id: int
    amplitude_id: int
    event: dict[str, Any]


class IngestFold(TableFold):
    """The fates of events, and the people they are of, settled before they are read.

    Whose an event is depends on who was made by hand before it, so this fold never goes beyond `bound`, the entry that
    whoever folds `told`, the people made by hand, has come to.
    """

    name = "ingest"
    schema = f"""
    CREATE TABLE ingest_seen(hash INTEGER PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE TABLE ingest_fates(
        position INTEGER PRIMARY KEY, verdict TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
    CREATE TABLE ingest_tally(
        project INTEGER, route TEXT, verdict TEXT, code TEXT, events INTEGER NOT NULL,
        PRIMARY KEY (project, route, verdict, code)) WITHOUT ROWID, STRICT;
    {ARRIVALS_SCHEMA}"""
    told: Told

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.bound = 0
        self._arrivals = Arrivals()
        self._uploads: dict[tuple[int, int], Upload | None] = {}
        self._held = 0
        self.waiting = 0  # bytes of uploads since it was settled last

    def settle(self, until: int | None = None) -> None:
        self.waiting = 0
        super().settle(self.bound if until is None else min(until, self.bound))

    def recall(self) -> None:
        self._arrivals.forget()

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        run = _Run()
        self._arrivals.begin(db, self.told, afresh=any("ingested" not in entry.data for entry in entries))
        for entry in entries:
            if entry.kind == "control" and entry.data["op"] == "reset.captures":
                self._write(db, run)
                for table in ("ingest_seen", "ingest_fates", "ingest_tally", "ingest_events"):
                    db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own four names
                db.execute("UPDATE ingest_people SET events = 0, first_at = NULL, last_at = NULL")
                run = _Run()
            elif entry.kind == "control":
                self._hear(entry)
            elif entry.kind == "request" and (upload := self.upload(entry)) is not None:
                self._judge(entry, upload, run)
        self._write(db, run)

    def _hear(self, entry: Entry) -> None:
        """Take in what was done to somebody by hand; whoever folds the people made by hand has done so by now."""
        data = entry.data
        if data["op"] == "person.identify":
            self._arrivals.identify(entry, self.told.identified_as(data["amplitude_id"], data["user_id"]))
        elif data["op"] == "person.put":
            self._arrivals.put(entry)

    def upload(self, entry: Entry) -> Upload | None:
        """Read the upload of an entry, to be read only; the last few are held."""
        if "ingested" not in entry.data:
            return None
        key = (self._journal.generation, entry.seq)
        if key not in self._uploads:
            self._hold(key, read_entry(entry))
        return self._uploads[key]

    def _hold(self, key: tuple[int, int], upload: Upload | None) -> None:
        self._uploads[key] = upload
        self._held += upload.size if upload else 0
        while self._held > _HELD_BYTES and len(self._uploads) > 1:
            oldest = self._uploads.pop(next(iter(self._uploads)))
            self._held -= oldest.size if oldest else 0

    def foresee(self, seq: int, upload: Upload) -> None:
        """Take over what the edge has parsed, for the entry that its call is about to be."""
        self._hold((self._journal.generation, seq), upload)
        self.waiting += upload.size

    def _judge(self, entry: Entry, upload: Upload, run: _Run) -> None:
        run.uploads.append((entry, upload))
        project, route, base = entry.data["project_id"], entry.data["ingested"], entry.seq * PLACES
        counted = 0
        dedupes = KINDS[route].holds == EVENTS
        for index, event in enumerate(upload.items):
            if type(event.get("user_id")) in {int, float} or type(event.get("device_id")) in {int, float}:
                run.exceptions[base + index] = _NUMBER
                run.tally[project, route, DROPPED, _NUMBER.code] += 1
                continue
            counted += 1
            insert_id = event.get("insert_id")
            if dedupes and insert_id is not None and insert_id != "":
                run.candidates.append((_hash(project, device_key(event), str(insert_id)), base + index, entry.at))
        run.tally[project, route, KEPT, ""] += counted

    def _write(self, db: sqlite3.Connection, run: _Run) -> None:
        self._write_fates(db, run)
        left_out: dict[int, set[int]] = {}
        for position in run.exceptions:
            left_out.setdefault(position // PLACES, set()).add(position % PLACES)
        for entry, upload in run.uploads:
            if KINDS[entry.data["ingested"]].holds != GROUP_IDENTIFY:
                self._arrivals.take(entry, upload.items, left_out.get(entry.seq, ()))
        self._arrivals.end()

    def _write_fates(self, db: sqlite3.Connection, run: _Run) -> None:
        """Remember insert_ids; those remembered already are repetitions (amplitude facts 5.1 [doc]).

        The quick way first: insert all; when as many rows appeared as were offered, nothing was repeated.
        """
        before = db.total_changes
        db.executemany("INSERT OR IGNORE INTO ingest_seen VALUES (?, ?, ?)", sorted(run.candidates))
        if db.total_changes - before != len(run.candidates):
            for position in _repeated(db, run.candidates):
                entry = self._journal.entry(position // PLACES)
                assert entry is not None
                run.exceptions[position] = _REPEATED
                key = (entry.data["project_id"], entry.data["ingested"])
                run.tally[*key, KEPT, ""] -= 1
                run.tally[*key, DUPLICATE, _REPEATED.code] += 1
        db.executemany(
            "INSERT OR REPLACE INTO ingest_fates VALUES (?, ?, ?, ?)",
            ((position, fate.verdict, fate.code, fate.reason) for position, fate in run.exceptions.items()),
        )
        db.executemany(
            "INSERT INTO ingest_tally VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET events = events + excluded.events",
            ((*what, events) for what, events in run.tally.items() if events),
        )

    def fates(self, seq: int) -> dict[int, Fate]:
        """Return the fates of one entry's events that were not kept, by their index."""
        sql = "SELECT position, verdict, code, reason FROM ingest_fates WHERE position >= ? AND position < ?"
        low = seq * PLACES
        return {position - low: Fate(*rest) for position, *rest in self.rows(sql, (low, low + PLACES))}

    def events_of(self, entry: Entry) -> Iterator[Ingested]:
        """Yield the events of an entry with their fates."""
        upload = self.upload(entry)
        if upload is None:
            return
        fates, data, low = self.fates(entry.seq), entry.data, entry.seq * PLACES
        sql = "SELECT position, amplitude_id FROM ingest_events WHERE position >= ? AND position < ?"
        whose = dict(self.rows(sql, (low, low + PLACES)))
        for index, event in enumerate(upload.items):
            fate = fates.get(index, IS_KEPT)
            kept = stored(event, entry.at, data.get("stripped_below", 0))
            yield Ingested(
                low + index, entry.at, data["ingested"], data["project_id"], kept, fate, whose.get(low + index)
            )

    def happenings(self, entry: Entry) -> Iterator[Happening]:
        """Yield the events of an entry that were kept, of people who are still there."""
        upload = self.upload(entry)
        if upload is None:
            return
        sql = """SELECT position, amplitude_id, (
                SELECT properties FROM ingest_stamps s
                WHERE s.amplitude_id = e.amplitude_id AND s.position <= e.position ORDER BY s.position DESC LIMIT 1)
            FROM ingest_events e WHERE position >= ? AND position < ?"""
        data, low = entry.data, entry.seq * PLACES
        for position, amplitude_id, stamp in self.rows(sql, (low, low + PLACES)):
            event = stored(upload.items[position - low], entry.at, data.get("stripped_below", 0))
            event["user_properties"] = self.told.told_properties(amplitude_id) if stamp is None else orjson.loads(stamp)
            yield Happening(position, entry.at, data["project_id"], amplitude_id, event)

    def tally(self) -> dict[tuple[int, str, str, str], int]:
        """Return the number of events by (project, route, verdict, code)."""
        rows = self.rows("SELECT project, route, verdict, code, events FROM ingest_tally")
        return {(project, route, verdict, code): events for project, route, verdict, code, events in rows if events}


def _repeated(db: sqlite3.Connection, candidates: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    for hashed, position, at in candidates:
        first, seen_at = db.execute("SELECT position, at FROM ingest_seen WHERE hash = ?", (hashed,)).fetchone()
        if first == position:
            continue
        if at - seen_at >= WEEK_MS:
            db.execute("UPDATE ingest_seen SET position = ?, at = ? WHERE hash = ?", (position, at, hashed))
        else:
            yield position


def _hash(project: int, device: str, insert_id: str) -> int:
    """Return 64 bits of what makes a repetition: what fits an SQLite integer key, the fastest index there is."""
    said = f"{project}\0{device}\0{insert_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(said, digest_size=8).digest(), "big", signed=True)
