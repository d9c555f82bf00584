"""Held deliveries: calls that a fault delivers late or lets the next call overtake.

A call in the `held` table leaves the order of arrival. It goes back in just before entry `release` (phase 0)
or just after it (phase 1); as long as that entry has not come it is not delivered, unless its time is up.
"""

from __future__ import annotations

import heapq
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_core.journal import Entry

Query = Callable[..., list[Any]]  # asks the tables: SQL, values

SCHEMA = """
CREATE TABLE held(
    seq INTEGER PRIMARY KEY, due INTEGER, release INTEGER, phase INTEGER NOT NULL DEFAULT 0, released_at INTEGER)
    STRICT;
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """When a held call is delivered: `due` in milliseconds, if by time; `release` the entry that lets it go."""

    due: int | None
    release: int | None
    phase: int
    released_at: int | None

    def delivered_at(self, arrived: int, now: int) -> int | None:
        """Return when the call was delivered, None as long as it is not."""
        if self.release is not None:
            return self.released_at or arrived
        return self.due if self.due is not None and self.due <= now else None


def turn(seq: int, hold: Hold | None) -> tuple[float, int, int]:
    """Return when an entry has its turn among those that are delivered; what is smaller comes first."""
    if hold is None:
        return seq, 1, 0
    if hold.release is not None:
        return hold.release, 2 * hold.phase, seq
    return math.inf, 0, hold.due or 0


def note(db: sqlite3.Connection, entry: Entry) -> None:
    """Let one entry hold itself back, or release what waits for it."""
    db.execute(
        "UPDATE held SET release = ?, released_at = due WHERE release IS NULL AND due <= ?", (entry.seq, entry.at)
    )
    if entry.kind != "request" or "stored" not in entry.data:
        return
    db.execute(
        "UPDATE held SET release = ?, phase = 1, released_at = ? WHERE release IS NULL AND due IS NULL",
        (entry.seq, entry.at),
    )
    if "late_ms" in entry.data:
        db.execute("INSERT INTO held(seq, due) VALUES (?, ?)", (entry.seq, entry.at + entry.data["late_ms"]))
    elif entry.data.get("overtaken"):
        db.execute("INSERT INTO held(seq) VALUES (?)", (entry.seq,))


def holds(rows: Query, seq: int | None = None) -> dict[int, Hold]:
    """Return every held call by the number of its entry, or just that one."""
    sql = "SELECT seq, due, release, phase, released_at FROM held"
    found = rows(sql) if seq is None else rows(f"{sql} WHERE seq = ?", (seq,))
    return {seq: Hold(due, release, phase, released_at) for seq, due, release, phase, released_at in found}


def next_due(rows: Query) -> int | None:
    """Return the earliest time at which a call is let go by the clock."""
    ((due,),) = rows("SELECT min(due) FROM held WHERE release IS NULL")
    return None if due is None else int(due)


def in_delivery_order(entries: Iterable[Entry], held: Mapping[int, Hold], now: int) -> Iterator[tuple[int, Entry]]:
    """Yield `(delivered at, entry)` in the order of delivery; `entries` come in the order of arrival."""
    waiting: list[tuple[int, int, int, int, Entry]] = []  # (release, phase, when, seq, entry)
    due_by_now: list[tuple[int, int, Entry]] = []
    for entry in entries:
        while waiting and (waiting[0][0], waiting[0][1]) < (entry.seq, 1):
            *_, when, _, late = heapq.heappop(waiting)
            yield when, late
        hold = held.get(entry.seq)
        if hold is None:
            yield entry.at, entry
        elif hold.release is not None:
            when = hold.released_at or entry.at
            heapq.heappush(waiting, (hold.release, hold.phase, when, entry.seq, entry))
        elif hold.due is not None and hold.due <= now:
            heapq.heappush(due_by_now, (hold.due, entry.seq, entry))
    while waiting:
        *_, when, _, late = heapq.heappop(waiting)
        yield when, late
    while due_by_now:
        due, _, late = heapq.heappop(due_by_now)
        yield due, late


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read what was delivered: the last entry, and the calls before it that were held back."""

    seq: int = 0
    waiting: tuple[int, ...] = ()


def deliveries(
    new: Iterable[Entry], waited: Iterable[Entry], held: Mapping[int, Hold], now: int, place: Place
) -> Iterator[tuple[Place, int, Entry]]:
    """Yield `(place after it, delivered at, entry)` in the order of delivery, for somebody who stands at `place`.

    `new` are the entries beyond it, `waited` those it waits for. Whoever stops and goes on from the place that came
    with the last entry meets each entry once.
    """
    waiting = set(place.waiting)
    last, in_hand = place.seq, None

    def met() -> Iterator[Entry]:
        nonlocal last, in_hand
        yield from waited
        for entry in new:
            if entry.seq in held:
                waiting.add(entry.seq)
            last, in_hand = entry.seq, entry.seq
            yield entry

    for when, entry in in_delivery_order(met(), held, now):
        waiting.discard(entry.seq)
        if entry.seq == in_hand:
            in_hand = None
        behind = in_hand is not None and in_hand not in waiting  # met, and its turn has not come
        yield Place(last - 1 if behind else last, tuple(sorted(waiting))), when, entry
