"""Arrivals: who the events that were kept are of, and what is known of these people; a part of the ingest fold.

How another fold reads it. An event is called by its position: entry of the journal times `PLACES`, plus its place in
the upload; positions grow in the order of arrival. Four tables hold what cannot be read from the entry itself:

`ingest_events(position, amplitude_id)`  an event that was kept, and whose it was when it came
`ingest_stamps(amplitude_id, position, properties)`  the user properties from that position on, as JSON: an event is
    stamped with the newest of its person that is not after it
`ingest_turns(position, at, amplitude_id, user_id, merged_into)`  an anonymous person who was given a user id, or who
    turned out to be somebody else: merges are applied when one asks (amplitude facts 5.6 [doc])
`ingest_people(amplitude_id, since, user_id, named, born, ...)`  positions: known since, named at, first event at

Nothing is changed but by what came later, so each can be read as it was after any entry. People of a workspace are
shared by its projects, as those made by hand are; devices are not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson

from mock_amplitude.ingest.identity import Owner, arrive
from mock_amplitude.ingest.properties import IDENTIFY, NOT_ACTIVE, identified
from mock_amplitude.ingest.stored import cut, device_of
from mock_amplitude.ingest.uploads import PLACES
from mock_amplitude.people import FIRST_ARRIVED
from mock_core.journal import Entry

ARRIVALS_SCHEMA: Final = """
    CREATE TABLE ingest_events(position INTEGER PRIMARY KEY, amplitude_id INTEGER NOT NULL) STRICT;
    CREATE TABLE ingest_stamps(
        amplitude_id INTEGER, position INTEGER, properties BLOB NOT NULL,
        PRIMARY KEY (amplitude_id, position)) WITHOUT ROWID, STRICT;
    CREATE TABLE ingest_turns(
        position INTEGER PRIMARY KEY, at INTEGER NOT NULL, amplitude_id INTEGER NOT NULL, user_id TEXT NOT NULL,
        merged_into INTEGER) STRICT;
    CREATE TABLE ingest_merged(
        amplitude_id INTEGER PRIMARY KEY, position INTEGER NOT NULL, merged_into INTEGER NOT NULL) STRICT;
    CREATE TABLE ingest_people(
        amplitude_id INTEGER PRIMARY KEY, since INTEGER NOT NULL, user_id TEXT, named INTEGER, born INTEGER,
        first_at INTEGER, last_at INTEGER, events INTEGER NOT NULL, device_id TEXT) STRICT;
    CREATE TABLE ingest_users(
        user_id TEXT, since INTEGER, amplitude_id INTEGER NOT NULL, PRIMARY KEY (user_id, since)) WITHOUT ROWID, STRICT;
    CREATE TABLE ingest_devices(
        project INTEGER, device_id TEXT, amplitude_id INTEGER NOT NULL, user_id TEXT,
        PRIMARY KEY (project, device_id)) WITHOUT ROWID, STRICT;
"""
_HELD: Final = 100_000  # people that are remembered between two runs of entries, at most

Who = tuple[int, Any, Any]  # project, user id and device id as they were sent


class Told(Protocol):
    """What is known of people who were made by hand, or are of the seeded population."""

    gone: set[int]

    def told_id(self, user_id: str) -> int | None:
        """Return the Amplitude id that a user id has, or would have."""

    def identified_as(self, amplitude_id: int, user_id: str) -> int:
        """Return who somebody anonymous is who was given a user id by hand."""

    def arrived_id(self, number: int) -> int:
        """Return the Amplitude id of the person who was the `number`-th to arrive."""

    def told_properties(self, amplitude_id: int) -> Mapping[str, Any]:
        """Return the user properties of somebody made by hand, before their first event."""


class _Seen:
    """What a run of entries adds to what is known of a person."""

    __slots__ = ("born", "device", "events", "first", "last", "named", "since", "user_id")

    def __init__(self, since: int) -> None:
        self.since = since
        self.user_id: str | None = None
        self.named: int | None = None
        self.born: int | None = None
        self.first: int | None = None
        self.last: int | None = None
        self.events = 0
        self.device: str | None = None

    def count(self, position: int, time: int, device: str | None) -> None:
        """Count an event."""
        if self.first is None or self.last is None:
            self.born, self.first, self.last = position, time, time
        elif time > self.last:
            self.last = time
        elif time < self.first:
            self.first = time
        self.events += 1
        self.device = device


class Arrivals:
    """Takes events in, a run of entries at a time, within the transaction of the fold it is a part of."""

    def __init__(self) -> None:
        self._gone = 0
        self.forget()

    def forget(self) -> None:
        """Go back to what the tables say."""
        self._whose: dict[Who, int] = {}  # who is meant by ids as sent, of devices that are theirs by now
        self._on: dict[tuple[int, str], list[Who]] = {}  # which of these are on a device
        self._said: dict[int, Any] = {}  # properties that an event of somebody said last, where nothing came between
        self._devices: dict[tuple[int, str], Owner] = {}
        self._users: dict[str, int] = {}
        self._values: dict[int, dict[str, Any]] = {}
        self._arrived: int | None = None
        self._clear_run()

    def _clear_run(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._fresh: set[int] = set()  # people of whom the tables know nothing yet
        self._new_devices: set[tuple[int, str]] = set()
        self._new_users: list[tuple[str, int, int]] = []
        self._turns: list[tuple[int, int, int, str, int | None]] = []
        self._events: list[tuple[int, int]] = []
        self._stamps: list[tuple[int, int, bytes]] = []

    def begin(self, db: sqlite3.Connection, told: Told, *, afresh: bool) -> None:
        """Begin a run of entries; `afresh` where people may have been changed by hand."""
        if len(told.gone) != self._gone:  # somebody was deleted meanwhile
            afresh, self._gone = True, len(told.gone)
        if afresh or max(len(self._whose), len(self._devices), len(self._users), len(self._values)) > _HELD:
            self.forget()
        self._db, self._told = db, told
        if self._arrived is None:
            sql = "SELECT count(*) FROM ingest_people WHERE amplitude_id >= ?"
            (self._arrived,) = db.execute(sql, (FIRST_ARRIVED,)).fetchone()

    def take(self, entry: Entry, items: Sequence[Any], left_out: Container[int]) -> None:
        """Take the events of an entry, but for those at the places left out."""
        data, base, at = entry.data, entry.seq * PLACES, entry.at
        project = data["project_id"]
        whose, seen, events, said_last = self._whose, self._seen, self._events, self._said
        for index, event in enumerate(items):
            if index in left_out:
                continue
            position = base + index
            device = event.get("device_id")
            who = (project, event.get("user_id"), device)
            amplitude_id = whose.get(who)
            if amplitude_id is None:
                amplitude_id = self._find(who, position, entry)
            kind = event.get("event_type", IDENTIFY)
            said = event.get("user_properties")
            if said and said != said_last.get(amplitude_id) and not event.get("$skip_user_properties_sync"):
                self._change(amplitude_id, said, position, operates=kind == IDENTIFY)
            person = seen.get(amplitude_id)
            if person is None:
                person = seen[amplitude_id] = _Seen(position)
            if kind in NOT_ACTIVE:
                if "event_type" in event:
                    events.append((position, amplitude_id))
                continue
            events.append((position, amplitude_id))
            time = event.get("time")
            person.count(position, at if time is None else time, device)

    def _find(self, who: Who, position: int, entry: Entry) -> int:
        at, least = entry.at, entry.data.get("stripped_below", 0)
        project, sent, _ = who
        user = (sent.strip() or None) if isinstance(sent, str) and len(sent) >= least else None
        device = device_of({"user_id": sent, "device_id": who[2]}, least)
        before = self._device(project, device)
        known = None if user is None else self._user(user)
        arrival = arrive(user, before, known, self._new_id)
        owner = arrival.owner
        amplitude_id = owner.amplitude_id
        person = self._seen.setdefault(amplitude_id, _Seen(position))
        if user is not None and (known is None or user not in self._users):
            person.user_id, person.named = user, position
            self._users[user] = amplitude_id
            self._new_users.append((user, position, amplitude_id))
        if arrival.named:
            self._turns.append((position, at, amplitude_id, user or "", None))
        elif arrival.merged is not None:
            self._turns.append((position, at, arrival.merged, user or "", amplitude_id))
        if owner != before:
            for stale in self._on.pop((project, device), ()):
                self._whose.pop(stale, None)
            self._devices[project, device] = owner
            self._new_devices.add((project, device))
        self._on.setdefault((project, device), []).append(who)
        self._whose[who] = amplitude_id
        return amplitude_id

    def _device(self, project: int, device: str) -> Owner | None:
        held = self._devices.get((project, device))
        if held is None:
            row = self._db.execute(
                "SELECT amplitude_id, user_id FROM ingest_devices WHERE project = ? AND device_id = ?",
                (project, device),
            ).fetchone()
            if row is None or row[0] in self._told.gone:
                return None
            held = self._devices[project, device] = Owner(*row)
        return held

    def _user(self, user: str) -> int | None:
        """Return who has a user id; one made by hand is taken over when the first event comes."""
        held = self._users.get(user)
        if held is not None:
            return held
        row = self._db.execute(
            "SELECT amplitude_id FROM ingest_users WHERE user_id = ? ORDER BY since DESC LIMIT 1", (user,)
        ).fetchone()
        if row is not None and row[0] not in self._told.gone:
            self._users[user] = row[0]
            return int(row[0])
        return self._told.told_id(user)

    def _new_id(self) -> int:
        assert self._arrived is not None
        self._arrived += 1
        amplitude_id = self._told.arrived_id(self._arrived - 1)
        self._fresh.add(amplitude_id)
        return amplitude_id

    def _change(self, amplitude_id: int, said: Mapping[str, Any], position: int, *, operates: bool) -> None:
        held = self._held(amplitude_id)
        told = cut(said)
        values = identified(held, told) if operates else {**held, **told}
        if values != held:
            self._values[amplitude_id] = values
            self._said.pop(amplitude_id, None)
            self._stamps.append((amplitude_id, position, orjson.dumps(values)))
        if not operates:
            self._said[amplitude_id] = said

    def _held(self, amplitude_id: int) -> dict[str, Any]:
        held = self._values.get(amplitude_id)
        if held is None and amplitude_id in self._fresh:
            held = self._values[amplitude_id] = {}
        elif held is None:
            row = self._db.execute(
                "SELECT properties FROM ingest_stamps WHERE amplitude_id = ? ORDER BY position DESC LIMIT 1",
                (amplitude_id,),
            ).fetchone()
            held = orjson.loads(row[0]) if row else dict(self._told.told_properties(amplitude_id))
            self._values[amplitude_id] = held
        return held

    def end(self) -> None:
        """Write down what the run of entries said."""
        db = self._db
        db.executemany("INSERT INTO ingest_events VALUES (?, ?)", self._events)
        db.executemany("INSERT OR REPLACE INTO ingest_stamps VALUES (?, ?, ?)", self._stamps)
        db.executemany("INSERT OR REPLACE INTO ingest_turns VALUES (?, ?, ?, ?, ?)", self._turns)
        merged = ((who, position, into) for position, _, who, _, into in self._turns if into is not None)
        db.executemany("INSERT OR REPLACE INTO ingest_merged VALUES (?, ?, ?)", merged)
        db.executemany("INSERT OR REPLACE INTO ingest_users VALUES (?, ?, ?)", self._new_users)
        db.executemany(
            "INSERT OR REPLACE INTO ingest_devices VALUES (?, ?, ?, ?)",
            ((*key, (owner := self._devices[key]).amplitude_id, owner.user_id) for key in self._new_devices),
        )
        db.executemany(
            _PEOPLE,
            (
                (who, one.since, one.user_id, one.named, one.born, one.first, one.last, one.events, one.device)
                for who, one in self._seen.items()
            ),
        )
        self._clear_run()

    # Told by hand

    def identify(self, entry: Entry, known: int) -> None:
        """Somebody anonymous was given a user id by hand, or turned out to be `known`, whom it is of."""
        amplitude_id, user_id = entry.data["amplitude_id"], entry.data["user_id"]
        if not self._has(amplitude_id):
            return
        position, into = entry.seq * PLACES, None if known == amplitude_id else known
        self._turns.append((position, entry.at, amplitude_id, user_id, into))
        person = self._seen.setdefault(known, _Seen(position))
        person.user_id, person.named = user_id, position
        self._new_users.append((user_id, position, known))
        self._db.execute(
            "UPDATE ingest_devices SET amplitude_id = ?, user_id = ? WHERE amplitude_id = ?",
            (known, user_id, amplitude_id),
        )

    def put(self, entry: Entry) -> None:
        """Somebody who has sent events was given properties by hand."""
        if self._has(entry.data["amplitude_id"]):
            position, said = entry.seq * PLACES, entry.data["properties"]
            self._change(entry.data["amplitude_id"], said, position, operates=False)

    def _has(self, amplitude_id: int) -> bool:
        sql = "SELECT 1 FROM ingest_people WHERE amplitude_id = ?"
        return self._db.execute(sql, (amplitude_id,)).fetchone() is not None


_PEOPLE: Final = """INSERT INTO ingest_people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    user_id = coalesce(excluded.user_id, user_id),
    named = coalesce(named, excluded.named),
    born = coalesce(born, excluded.born),
    first_at = min(coalesce(first_at, excluded.first_at), coalesce(excluded.first_at, first_at)),
    last_at = max(coalesce(last_at, excluded.last_at), coalesce(excluded.last_at, last_at)),
    events = events + excluded.events,
    device_id = coalesce(excluded.device_id, device_id)"""
