"""What became of events at destinations, in tables beside the journal: a lab that starts again sends nothing twice.

Before events are sent they are marked as under way, and afterwards what became of them is noted in one transaction
with the requests. A lab that is killed in between finds the mark, sends again and says so, as at-least-once delivery
does everywhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.nearest import nearest
from downstream.routing.outcome import WAITING, Outcome
from mock_core.deep_json import write_json
from mock_core.errors import BadControl
from mock_core.journal import Journal
from mock_segment.delivery import Place

_SCHEMA: Final = (
    """CREATE TABLE destination_place(
        one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, waiting BLOB NOT NULL, since INTEGER NOT NULL) STRICT""",
    """CREATE TABLE destination_deliveries(
        id INTEGER PRIMARY KEY, destination TEXT NOT NULL, position INTEGER NOT NULL, message_id TEXT, user_id TEXT,
        type TEXT, traits BLOB NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL, carried BLOB NOT NULL,
        missing BLOB NOT NULL, actions BLOB NOT NULL, notes BLOB NOT NULL, attempts INTEGER NOT NULL,
        first_at INTEGER, last_at INTEGER, due INTEGER, alone INTEGER NOT NULL, under_way INTEGER NOT NULL,
        UNIQUE(destination, position)) STRICT""",
    "CREATE INDEX destination_due ON destination_deliveries(destination, due) WHERE due IS NOT NULL",
    "CREATE INDEX destination_of_user ON destination_deliveries(user_id, destination)",
    """CREATE TABLE destination_requests(
        id INTEGER PRIMARY KEY, destination TEXT NOT NULL, at INTEGER NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL,
        headers BLOB NOT NULL, body BLOB NOT NULL, status INTEGER, answer BLOB, lost TEXT NOT NULL,
        faults BLOB NOT NULL, taken INTEGER NOT NULL, users BLOB NOT NULL, message_ids BLOB NOT NULL) STRICT""",
    """CREATE TABLE destination_known(
        destination TEXT NOT NULL, user_id TEXT NOT NULL, trait TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        at INTEGER NOT NULL, message_id TEXT, PRIMARY KEY(destination, user_id, trait)) STRICT""",
    "CREATE TABLE destination_faults(id TEXT PRIMARY KEY, seen INTEGER NOT NULL, struck INTEGER NOT NULL) STRICT",
)
_TABLES: Final = ("place", "deliveries", "requests", "known", "faults")
_EARLIEST: Final = """ AND NOT EXISTS (SELECT 1 FROM destination_deliveries AS e WHERE e.user_id = d.user_id
    AND e.destination = d.destination AND e.id < d.id AND e.due IS NOT NULL)"""
_OF_DELIVERIES: Final = ("destination", "verdict", "user_id", "message_id")
_OF_TRAITS: Final = ("destination", "user_id", "trait")
_OF_REQUESTS: Final = ("destination", "status")
_SHOWN: Final = (
    *("id", "destination", "position", "message_id", "user_id", "type", "traits", "verdict", "reason"),
    *("carried", "missing", "actions", "notes"),
)
_AGAIN: Final = "the lab ended while this was sent, and sent it again: it may have arrived twice"


@dataclass(frozen=True, slots=True)
class Row:
    """One event on its way to one destination, as it is to be sent; `due` is in milliseconds."""

    id: int
    destination: str
    position: int
    attempts: int
    first_at: int | None
    due: int | None
    alone: bool
    user_id: str
    traits: Sequence[str]


@dataclass(frozen=True, slots=True)
class New:
    """One event as it was routed."""

    destination: str
    position: int
    event: Mapping[str, Any]
    traits: Sequence[str]
    outcome: Outcome
    notes: Sequence[str]
    due: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row at an attempt."""

    row: Row
    outcome: Outcome
    at: int
    due: int | None
    notes: Sequence[str] = ()
    alone: bool = False


class Store:
    """The tables of one workspace; they start over with a journal that was cleared or put in place of another."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._generation: int | None = None

    def begin(self) -> None:
        """Make the tables where they are not as this version makes them, and see to what a killed lab left."""
        if self._generation == self._journal.generation:
            return
        with self._journal.transaction() as db:
            found = dict(
                db.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'destination\\_%' ESCAPE '\\'")
            )
            made = {" ".join(sql.split()).replace("(", " ").split()[2]: sql for sql in _SCHEMA}
            if self._generation is not None or found != made:
                for table in _TABLES:
                    db.execute(f"DROP TABLE IF EXISTS destination_{table}")
                for sql in _SCHEMA:
                    db.execute(sql)
            again = orjson.dumps(_AGAIN).decode()
            db.execute(
                "UPDATE destination_deliveries SET under_way = 0, "
                "notes = CAST(json_insert(CAST(notes AS TEXT), '$[#]', json(?)) AS BLOB) WHERE under_way = 1",
                (again,),
            )
            self._generation = self._journal.generation

    def place(self) -> tuple[Place, int]:
        """Return how far what was delivered is routed, and after which entry captures counted then."""
        for seq, waiting, since in self._journal.rows("SELECT seq, waiting, since FROM destination_place"):
            return Place(seq, tuple(orjson.loads(waiting))), since
        return Place(), 0

    def clear(self, since: int) -> None:
        """Forget every delivery: the captures were."""
        with self._journal.transaction() as db:
            for table in ("place", "deliveries", "requests", "known"):
                db.execute(f"DELETE FROM destination_{table}")  # noqa: S608 - names from here
            _stand(db, Place(since), since)

    def add(self, rows: Sequence[New], place: Place, since: int) -> None:
        """Note events as they were routed, and the place behind them, in one transaction."""
        with self._journal.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO destination_deliveries VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,0,NULL,NULL,?,0,0)",
                [
                    (
                        row.destination,
                        row.position,
                        _text(row.event.get("messageId")),
                        _text(row.event.get("userId")),
                        _text(row.event.get("type")),
                        orjson.dumps(list(row.traits)),
                        row.outcome.verdict,
                        row.outcome.reason,
                        b"{}",
                        b"[]",
                        b"[]",
                        orjson.dumps(list(row.notes)),
                        row.due,
                    )
                    for row in rows
                ],
            )
            _stand(db, place, since)

    def next_due(self, names: Sequence[str], *, one_a_user: bool) -> tuple[int, str] | None:
        """Return when the next event of these destinations is due, and at which; `one_a_user` as in `due`."""
        found: list[tuple[int, str]] = []
        for name in names:
            sql = "SELECT min(due) FROM destination_deliveries AS d WHERE destination = ? AND due IS NOT NULL"
            rows = self._journal.rows(f"{sql}{_EARLIEST if one_a_user else ''}", (name,))
            found += [(due, name) for (due,) in rows if due is not None]
        return min(found, default=None)

    def due(self, name: str, until: int, most: int, *, one_a_user: bool) -> list[Row]:
        """Return what is due at a destination by a time, the longest due first.

        With `one_a_user` what waits for an earlier event of the same user is not due.
        """
        sql = """SELECT id, destination, position, attempts, first_at, due, alone,
            coalesce(user_id, ''), traits FROM destination_deliveries AS d
            WHERE destination = ? AND due IS NOT NULL AND due <= ?"""
        order = "ORDER BY due, id LIMIT ?"
        rows = self._journal.rows(f"{sql}{_EARLIEST if one_a_user else ''} {order}", (name, until, most))
        return [
            Row(number, destination, position, attempts, first_at, due, bool(alone), user_id, orjson.loads(traits))
            for number, destination, position, attempts, first_at, due, alone, user_id, traits in rows
        ]

    def mark(self, rows: Sequence[Row]) -> None:
        """Mark rows as under way, before anything is sent; only a file outlives whoever wrote it."""
        if self._journal.path is None:
            return
        with self._journal.transaction() as db:
            db.executemany("UPDATE destination_deliveries SET under_way = 1 WHERE id = ?", [(row.id,) for row in rows])

    def note(
        self,
        results: Sequence[Result],
        requests: Sequence[Sequence[Any]],
        known: Sequence[Sequence[Any]],
        faults: Mapping[str, tuple[int, int]],
        *,
        keep: int,
    ) -> None:
        """Note what became of rows, the requests they made, what vendors know now, and how often faults struck."""
        with self._journal.transaction() as db:
            db.executemany(
                """UPDATE destination_deliveries SET verdict = ?, reason = ?, carried = ?, missing = ?, actions = ?,
                notes = coalesce(?, notes), attempts = attempts + ?, first_at = coalesce(first_at, ?), last_at = ?,
                due = ?, alone = ?,
                under_way = 0 WHERE id = ?""",
                [_noted(db, result) for result in results],
            )
            db.executemany(
                "INSERT INTO destination_requests VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                requests,
            )
            db.executemany("INSERT OR REPLACE INTO destination_known VALUES (?,?,?,?,?,?,?)", known)
            db.executemany(
                "INSERT OR REPLACE INTO destination_faults VALUES (?,?,?)",
                [(fault_id, *counts) for fault_id, counts in faults.items()],
            )
            if requests:
                db.execute(
                    "DELETE FROM destination_requests WHERE id <= (SELECT max(id) FROM destination_requests) - ?",
                    (keep,),
                )

    def settle_rows(self, name: str, outcome: Outcome) -> None:
        """Give up on everything that waits for a destination."""
        with self._journal.transaction() as db:
            db.execute(
                "UPDATE destination_deliveries SET verdict = ?, reason = ?, due = NULL "
                "WHERE destination = ? AND due IS NOT NULL",
                (outcome.verdict, outcome.reason, name),
            )

    def fault_counts(self) -> dict[str, tuple[int, int]]:
        """Return how often each fault was met and struck, by its id."""
        return {key: (seen, struck) for key, seen, struck in self._journal.rows("SELECT * FROM destination_faults")}

    def deliveries(self, where: Mapping[str, str], after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield deliveries by their number, of one destination, verdict, user or message, or with a trait."""
        wanted = {name: value for name, value in where.items() if name != "trait"}
        sql = f"SELECT * FROM destination_deliveries WHERE id > ?{_fitting(wanted, _OF_DELIVERIES)}"  # noqa: S608 - names from here
        while page := self._journal.rows(f"{sql} ORDER BY id LIMIT 1000", (after, *wanted.values())):
            for row in page:
                shown = _delivery(row)
                if "trait" not in where or where["trait"] in shown["traits"]:
                    yield row[0], shown
            after = page[-1][0]

    def requests(self, where: Mapping[str, str], after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield requests and answers by their number, of one destination or with one status."""
        sql = f"SELECT * FROM destination_requests WHERE id > ?{_fitting(where, _OF_REQUESTS)}"  # noqa: S608 - names from here
        while page := self._journal.rows(f"{sql} ORDER BY id LIMIT 200", (after, *where.values())):
            yield from ((row[0], _request(row)) for row in page)
            after = page[-1][0]

    def known(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what the vendor of a destination was told last, by user and trait."""
        found: dict[str, dict[str, Any]] = {}
        sql = "SELECT user_id, trait, value FROM destination_known WHERE destination = ? ORDER BY user_id, trait"
        for user_id, trait, value in self._journal.rows(sql, (name,)):
            found.setdefault(user_id, {})[trait] = orjson.loads(value)
        return found

    def known_rows(self, where: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what vendors were told last, a row for each user and trait: the vendor's key and value, and when."""
        wanted = _fitting(where, _OF_TRAITS)
        sql = f"SELECT * FROM destination_known WHERE true{wanted} ORDER BY destination, user_id, trait"  # noqa: S608
        names = ("destination", "user_id", "trait", "key", "value", "at", "message_id")
        rows = [dict(zip(names, row, strict=True)) for row in self._journal.rows(sql, tuple(where.values()))]
        return [{**row, "value": orjson.loads(row["value"])} for row in rows]

    def tally(self) -> dict[tuple[str, str], int]:
        """Return the number of events by destination and verdict."""
        sql = "SELECT destination, verdict, count(*) FROM destination_deliveries GROUP BY 1, 2 ORDER BY 1, 2"
        return {(name, verdict): count for name, verdict, count in self._journal.rows(sql)}


def _stand(db: sqlite3.Connection, place: Place, since: int) -> None:
    db.execute(
        "INSERT OR REPLACE INTO destination_place VALUES (1, ?, ?, ?)", (place.seq, orjson.dumps(place.waiting), since)
    )


def _noted(db: sqlite3.Connection, result: Result) -> tuple[Any, ...]:
    notes: list[str] | None = None
    if result.notes:
        ((before,),) = db.execute("SELECT notes FROM destination_deliveries WHERE id = ?", (result.row.id,))
        notes = orjson.loads(before)
        notes += [note for note in result.notes if note not in notes]
    outcome = result.outcome
    tried = int(outcome.verdict != WAITING)
    return (
        outcome.verdict,
        outcome.reason,
        write_json(dict(outcome.carried)),
        orjson.dumps(list(outcome.missing)),
        orjson.dumps(list(outcome.actions)),
        None if notes is None else orjson.dumps(notes),
        tried,
        result.at,
        result.at,
        result.due,
        int(result.alone),
        result.row.id,
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return write_json(value).decode()


def _fitting(where: Mapping[str, str], known: Sequence[str]) -> str:
    for name in where:
        if name not in known:
            raise BadControl(f"Nothing is told apart by {name!r} here: {nearest(name, known)}")
    return "".join(f" AND {name} = ?" for name in where)


def _delivery(row: Sequence[Any]) -> dict[str, Any]:
    shown = dict(zip(_SHOWN, row, strict=False))
    for name in ("traits", "carried", "missing", "actions", "notes"):
        shown[name] = orjson.loads(shown[name])
    attempts, first_at, last_at, due, _, _ = row[len(_SHOWN) :]
    return {**shown, "attempts": attempts, "first_at": first_at, "last_at": last_at, "due": due}


def _request(row: Sequence[Any]) -> dict[str, Any]:
    number, destination, at, method, url, headers, body, status, answer, lost, faults, taken, users, message_ids = row
    return {
        "id": number,
        "destination": destination,
        "at": at,
        "method": method,
        "url": url,
        "headers": orjson.loads(headers),
        "body": body.decode("utf-8", "replace"),
        "status": status,
        "answer": None if answer is None else answer.decode("utf-8", "replace"),
        "lost": lost,
        "faults": orjson.loads(faults),
        "taken": bool(taken),
        "users": orjson.loads(users),
        "message_ids": orjson.loads(message_ids),
    }
