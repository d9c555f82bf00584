"""Delivery: what became of each event after the edge said 200. The plane Segment hides (segment facts 0.2 [inferred]).

A fold of the journal into SQLite tables. Only exceptions are stored: an event without a row was delivered,
so a clean batch costs one validation, one look-up per messageId and no rows. Events stay in the
journal, where they are read from when somebody asks.

Order of the questions (segment facts 1.8, 5.7): is the source known, what says the event itself (`verdicts.judge`),
has its messageId been seen in the last 24 hours, over all sources (1.9 [doc]).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from contracts.delivery import are_deliverable
from contracts.limits import BATCH_ITEMS
from mock_core.journal import Entry, Journal, TableFold
from mock_segment.delivery import held
from mock_segment.delivery.captures import PLACES, Capture, Captures
from mock_segment.delivery.events import refusal_outcome, refused_events
from mock_segment.delivery.sources import Registry
from mock_segment.delivery.verdicts import (
    DELIVERED,
    DELIVERED_VERDICT,
    DISCARDED,
    DUPLICATE,
    EMPTY_BATCH,
    UNJUDGED,
    Verdict,
    judge,
    places_taken,
    unjudged,
)
from mock_segment.edge import BATCH, oversize_places
from mock_segment.settings import SegmentSettings

HOUR_MS = 3_600_000

Tally = dict[tuple[str, str, str, str], int]
Timeline = dict[int, dict[str, int]]


@dataclass(slots=True)
class _Run:
    """What a run of entries adds to the tables."""

    exceptions: dict[int, Verdict] = field(default_factory=dict)
    types: dict[int, tuple[str, str]] = field(default_factory=dict)  # position -> (write key, type)
    candidates: list[tuple[int, int, int]] = field(default_factory=list)  # (hash of messageId, position, at)
    tally: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    seconds: Counter[tuple[int, str]] = field(default_factory=Counter)  # by the second of arrival and the verdict

    def count(self, at: int, key: str, kind: str, verdict: str, code: str = "", *, events: int = 1) -> None:
        """Count events that came at a moment, in milliseconds."""
        self.tally[key, kind, verdict, code] += events
        self.seconds[at // 1000, verdict] += events


class DeliveryFold(TableFold):
    """Verdicts and counts, settled before they are read."""

    name = "delivery"
    schema = (
        """
    CREATE TABLE seen(hash INTEGER PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE TABLE exceptions(
        position INTEGER PRIMARY KEY, verdict TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
    CREATE TABLE tally(
        write_key TEXT, type TEXT, verdict TEXT, code TEXT, events INTEGER NOT NULL,
        PRIMARY KEY (write_key, type, verdict, code)) WITHOUT ROWID, STRICT;
    CREATE TABLE seconds(
        second INTEGER, verdict TEXT, events INTEGER NOT NULL, PRIMARY KEY (second, verdict)) WITHOUT ROWID, STRICT;
    """
        + held.SCHEMA
    )

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.captures = Captures(journal)  # duplicates come in runs from the same few earlier calls
        self.recall()

    def recall(self) -> None:
        self._registry = Registry()
        for entry in self._journal.turns() if self._position else ():
            if entry.seq <= self._position and entry.kind == "control":
                self._registry.apply(entry)

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        run = _Run()
        for entry in entries:
            held.note(db, entry)
            if entry.kind == "control":
                if entry.data["op"] == "settings.set":  # calls so far are judged by the settings they came under
                    self._write(db, run)
                    run = _Run()
                elif entry.data["op"] == "reset.captures":
                    _forget_captures(db)
                    run = _Run()
                self._registry.apply(entry)
            elif entry.kind == "request":
                capture = self.captures.of(entry)
                if capture is not None:
                    if capture.unreadable:
                        self.set_aside[entry.seq] = f"entry {entry.seq} holds no events: {capture.unreadable}"
                    self._judge(capture, run)
                if "refused" in entry.data or "keep" in entry.data:
                    _count_refused(entry, capture, run)
        self._write(db, run)

    def apply_unreadable(self, db: sqlite3.Connection, entry: Entry, reason: str) -> None:
        """Say of every event of an entry that nobody can judge it."""
        try:
            capture = self.captures.of(entry)
        except Exception:  # what it holds nobody knows
            capture = None
        if capture is None:
            return
        run = _Run()
        for index in range(len(capture.items)):
            run.exceptions[capture.position(index)] = unjudged(reason)
            run.count(capture.at, capture.write_key, "", UNJUDGED)
        self._store(db, run)

    def _judge(self, capture: Capture, run: _Run) -> None:
        """Give the verdicts that need no look at other events, and queue the rest for deduplication."""
        items = capture.items
        if not items:
            if capture.unreadable:
                run.count(capture.at, capture.write_key, "", UNJUDGED)
            elif capture.is_empty_batch:  # or a fault lost all of it
                run.count(capture.at, capture.write_key, "", DISCARDED, EMPTY_BATCH.code)
            return
        settings = self._registry.settings
        of_source = self._registry.verdict_on(capture.write_key)
        oversize: frozenset[int] = frozenset()
        if settings.oversize_item == "discard-item" and capture.kind == BATCH:
            oversize = oversize_places(capture.text, capture.sent, settings.event_bytes)
        is_clean = of_source is None and not oversize and len(capture.sent) <= BATCH_ITEMS and are_deliverable(items)
        is_clean = is_clean and settings.unreadable_timestamp != "discard"  # which the contracts know nothing of
        key, base, at = capture.write_key, capture.position(0), capture.at
        candidates = run.candidates
        if is_clean:
            for kind, count in Counter([item["type"] for item in items]).items():
                run.count(at, key, kind, DELIVERED, events=count)
            candidates += [
                (hash_of(message_id), position, at)
                for position, item in enumerate(items, base)
                if type(message_id := item.get("messageId")) is str and message_id
            ]
            return
        taken = places_taken(len(capture.sent), settings)
        for index, item in enumerate(items):
            place = capture.place(index)
            verdict = of_source or judge(item, place, taken, settings, is_oversize=place in oversize)
            run.count(at, key, type_of(item), verdict.verdict, verdict.code)
            if verdict is not DELIVERED_VERDICT:
                run.exceptions[base + index] = verdict
            elif type(message_id := item.get("messageId")) is str and message_id:
                candidates.append((hash_of(message_id), base + index, at))

    def _write(self, db: sqlite3.Connection, run: _Run) -> None:
        settings = self._registry.settings
        for position, at in self._duplicates(db, run.candidates, settings) if settings.dedupe_hours else ():
            key, kind = self._whose(position)
            run.exceptions[position] = Verdict(DUPLICATE, "", "this messageId was delivered before")
            run.count(at, key, kind, DELIVERED, events=-1)
            run.count(at, key, kind, DUPLICATE)
        self._store(db, run)

    @staticmethod
    def _store(db: sqlite3.Connection, run: _Run) -> None:
        db.executemany(
            "INSERT OR REPLACE INTO exceptions VALUES (?, ?, ?, ?)",
            ((position, v.verdict, v.code, v.reason) for position, v in run.exceptions.items()),
        )
        db.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events",
            ((*what, events) for what, events in run.tally.items() if events),
        )
        db.executemany(
            "INSERT INTO seconds VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events",
            ((*what, events) for what, events in run.seconds.items() if events),
        )

    def _duplicates(
        self, db: sqlite3.Connection, candidates: Sequence[tuple[int, int, int]], settings: SegmentSettings
    ) -> Iterator[tuple[int, int]]:
        """Remember messageIds; yield position and time of those remembered already (segment facts 1.9, 6 (18, 19)).

        The quick way first: insert all; when as many rows appeared as were offered, nothing was a duplicate.
        """
        window = settings.dedupe_hours * HOUR_MS
        before = db.total_changes
        db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", sorted(candidates))
        if db.total_changes - before == len(candidates):
            return
        for hashed, position, at in candidates:
            first, seen_at = db.execute("SELECT position, at FROM seen WHERE hash = ?", (hashed,)).fetchone()
            if first == position:
                continue
            if at - seen_at >= window:
                db.execute("UPDATE seen SET position = ?, at = ? WHERE hash = ?", (position, at, hashed))
            elif self._message_id(first) == self._message_id(position):
                if settings.dedupe_from == "last":
                    db.execute("UPDATE seen SET at = ? WHERE hash = ?", (at, hashed))
                yield position, at

    def _item(self, position: int) -> tuple[Capture, Any]:
        seq, index = divmod(position, PLACES)
        capture = self.captures.at(seq)
        if capture is None:
            raise LookupError(position)
        return capture, capture.items[index]

    def _message_id(self, position: int) -> str:
        return str(self._item(position)[1]["messageId"])

    def _whose(self, position: int) -> tuple[str, str]:
        capture, item = self._item(position)
        return capture.write_key, str(item["type"])

    def verdicts(self, seq: int) -> dict[int, Verdict]:
        """Return the verdicts of one entry's events that were not delivered, by their index."""
        low = seq * PLACES
        sql = "SELECT position, verdict, code, reason FROM exceptions WHERE position >= ? AND position < ?"
        rows = self.rows(sql, (low, low + PLACES))
        return {position - low: Verdict(verdict, code, reason) for position, verdict, code, reason in rows}

    def undelivered(self, first: int, last: int) -> dict[int, set[int]]:
        """Return the indexes of events that were not delivered, of each entry from one to another that has any."""
        sql = "SELECT position FROM exceptions WHERE position >= ? AND position < ?"
        found: dict[int, set[int]] = {}
        for (position,) in self.rows(sql, (first * PLACES, (last + 1) * PLACES)):
            seq, index = divmod(position, PLACES)
            found.setdefault(seq, set()).add(index)
        return found

    def exceptional(self, verdict: str, code: str, before: int, most: int) -> list[int]:
        """Return the newest entries before one that hold events of a verdict, and of a code where one is named."""
        sql = "SELECT DISTINCT position / ? AS seq FROM exceptions WHERE position < ? AND verdict = ?"
        values: list[Any] = [PLACES, before * PLACES, verdict]
        if code:
            sql += " AND code = ?"
            values.append(code)
        return [seq for (seq,) in self.rows(f"{sql} ORDER BY position DESC LIMIT {most:d}", values)]

    def holds(self) -> dict[int, held.Hold]:
        """Return the calls that faults hold back, by entry."""
        return held.holds(self.rows)

    def hold(self, seq: int) -> held.Hold | None:
        """Return how a fault holds one call back, if it does."""
        return held.holds(self.rows, seq).get(seq)

    def next_due(self) -> int | None:
        """Return when the next call held back by time is delivered, in milliseconds."""
        return held.next_due(self.rows)

    def tally(self) -> Tally:
        """Return the number of events by (write key, type, verdict, code)."""
        rows = self.rows("SELECT write_key, type, verdict, code, events FROM tally")
        return {(key, kind, verdict, code): events for key, kind, verdict, code, events in rows if events}

    def timeline(self, since: int, until: int, width: int) -> Timeline:
        """Return the number of events by verdict for each span of `width` seconds that had some, in order.

        All three are in seconds; a span is named by the second it begins with.
        """
        sql = """SELECT second - second % ?, verdict, sum(events) FROM seconds WHERE second >= ? AND second < ?
            GROUP BY 1, 2 HAVING sum(events) > 0"""
        spans: Timeline = {}
        for second, verdict, events in self.rows(sql, (width, since, until)):
            spans.setdefault(second, {})[verdict] = events
        return spans

    def extent(self) -> tuple[int, int] | None:
        """Return the first and the last second in which events came, None when none did."""
        # One at a time either is the end of an index; both at once would be looked for through the whole table.
        ends = "SELECT (SELECT min(second) FROM seconds), (SELECT max(second) FROM seconds)"
        ((first, last),) = self.rows(ends)
        return None if first is None else (first, last)


def type_of(item: Any) -> str:
    """Return the type an event says it has, nothing where that is no text."""
    said = item.get("type") if isinstance(item, dict) else None
    return said if isinstance(said, str) else ""


def hash_of(message_id: str) -> int:
    """Return 64 bits of a messageId: what fits an SQLite integer key, the fastest index there is."""
    return int.from_bytes(blake2b(message_id.encode(), digest_size=8).digest(), "big", signed=True)


def _count_refused(entry: Entry, capture: Capture | None, run: _Run) -> None:
    """Count what Segment never had: each event, or the upload where none can be read."""
    for event in refused_events(entry, capture):
        what = event.verdict
        run.count(entry.at, event.capture.write_key, type_of(event.raw), what.verdict, what.code)
    told = refusal_outcome(entry) if capture is None else None
    if told is not None:
        run.count(entry.at, told["write_key"] or "", told["type"] or "", told["verdict"], told["code"])


def _forget_captures(db: sqlite3.Connection) -> None:
    for table in ("seen", "exceptions", "tally", "seconds", "held"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own five names
