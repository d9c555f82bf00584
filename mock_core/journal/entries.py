"""The journal is the truth: what happened to a fake, in order, written before anything is answered.

Everything else (verdicts, profiles, quotas, jobs) is a fold of it. SQLite holds it: in memory, or in a
file that survives a killed process and is a recording one can replay.

Entries are one of three kinds:

`request`  a vendor call: method, route, headers, status, faults, the vendor's record, and the raw body
`control`  something the lab was told to do: an operation name, its data, and a raw body when it carries a file
`clock`    a move of the clock by hand

Beside the entries it says how its lab began: with which seed, and where the clock stood, if it did.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mock_core.deep_json import write_json
from mock_core.journal.opening import open_journal, read_journal, reopen_journal
from mock_core.journal.shelf import Shelf
from mock_core.journal.trouble import telling, told


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `at` is in milliseconds since 1970, `seq` counts from 1."""

    seq: int
    at: int
    kind: str
    data: dict[str, Any]
    body: bytes | None


class Journal:
    """An append-only record in one SQLite database, shared by the folds that need tables.

    One connection and one lock: SQLite allows one writer, and an append takes microseconds.
    A file uses write-ahead logging, so an entry survives the process that wrote it being killed.
    A file that stands on a `shelf` is closed while others are used, and opened again when it is.
    """

    def __init__(self, path: Path | None = None, *, shelf: Shelf | None = None) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._shelf = shelf if path is not None else None
        self._grown = threading.Condition(self.lock)
        self._last = 0
        self.newest: dict[str, int] = {}  # the newest entry of each kind, so that a fold of one kind can skip
        self._observers: list[Callable[[int], None]] = []
        self.generation = 0  # counts the times the journal was cleared, so that folds notice
        self.is_fresh = True  # used since the shelf last looked
        self.is_closed = False
        with telling(path):
            self._hold(open_journal(path))
            self._count()

    @property
    def db(self) -> sqlite3.Connection:
        """The database; whoever uses it holds the lock."""
        self.is_fresh = True
        return self._db or self._woken()

    def _hold(self, db: sqlite3.Connection) -> None:
        self._db: sqlite3.Connection | None = db
        self._let_go = weakref.finalize(self, db.close)  # a lab that a test forgot is no leak
        if self._shelf is not None:
            self._shelf.opened(self)

    def _woken(self) -> sqlite3.Connection:
        if self.is_closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        db = reopen_journal(self.path)
        self._hold(db)
        return db

    def rest(self) -> bool:
        """Close the file until somebody asks for it; say whether that could be done, for nobody was at it."""
        if not self.lock.acquire(blocking=False):
            return False
        try:
            if self._db is not None and not self._db.in_transaction:
                self._db = None
                self._let_go()
            return self._db is None
        finally:
            self.lock.release()

    def _count(self) -> None:
        (self._last,) = self.db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        self.newest = dict(self.db.execute("SELECT kind, max(seq) FROM journal GROUP BY kind"))

    @property
    def beginning(self) -> dict[str, Any]:
        """What was true before the first entry; empty for a journal that does not say."""
        row = next(iter(self.rows("SELECT data FROM beginning")), None)
        return {} if row is None else dict(orjson.loads(row[0]))

    @property
    def is_begun(self) -> bool:
        """Whether it says what was true before the first entry."""
        return bool(self.rows("SELECT 1 FROM beginning LIMIT 1"))

    def begin(self, data: dict[str, Any]) -> None:
        """Say what is true before the first entry."""
        with self.lock, telling(self.path):
            self.db.execute("INSERT INTO beginning(data) VALUES (?)", (orjson.dumps(data),))

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return self._last

    def append(self, at: int, kind: str, data: dict[str, Any], body: bytes | None = None) -> int:
        """Write one entry and return its number; when this returns, the entry survives the process.

        Raise `CannotKeep`, having written nothing, when the disk does not take it.
        """
        packed = write_json(data)
        with self._grown:
            try:
                cursor = self.db.execute(
                    "INSERT INTO journal(at, kind, data, body) VALUES (?, ?, ?, ?)", (at, kind, packed, body)
                )
            except sqlite3.Error as error:
                raise told(error, self.path) or error from error
            self._last = self.newest[kind] = cursor.lastrowid or 0
            for observer in self._observers:
                observer(self._last)
            self._grown.notify_all()
            return self._last

    def observe(self, observer: Callable[[int], None]) -> None:
        """Call `observer` with the number of every entry from now on, as soon as it is written."""
        self._observers = [*self._observers, observer]

    def unobserve(self, observer: Callable[[int], None]) -> None:
        """Call `observer` no more; one that is not called is no matter."""
        self._observers = [each for each in self._observers if each != observer]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return what a query of this journal, or of tables beside it, finds."""
        with self.lock, telling(self.path):
            return self.db.execute(sql, values).fetchall()

    def read(
        self,
        after: int = 0,
        *,
        until: int | None = None,
        kind: str | None = None,
        saying: Sequence[str] = (),
        max_bytes: int = 8_000_000,
    ) -> list[Entry]:
        """Return the entries that follow number `after`, in order, about `max_bytes` of them.

        With `saying` only those whose data have one of these names somewhere.
        """
        sql = "SELECT seq, at, kind, data, body FROM journal WHERE seq > ? AND seq <= ?"
        values: list[Any] = [after, self._last if until is None else until]
        if kind is not None:
            sql += " AND kind = ?"
            values.append(kind)
        if saying:
            sql += f" AND ({' OR '.join(['instr(data, ?) > 0'] * len(saying))})"
            values += [f'"{name}":'.encode() for name in saying]
        entries: list[Entry] = []
        size = 0
        with self.lock, telling(self.path):
            for seq, at, kind_, data, body in self.db.execute(sql + " ORDER BY seq", values):
                entries.append(Entry(seq, at, kind_, orjson.loads(data), body))
                size += len(data) + (len(body) if body else 0)
                if size >= max_bytes:
                    break
        return entries

    def walk(
        self, after: int = 0, *, until: int | None = None, kind: str | None = None, saying: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """Yield entries in order without ever holding many of them; what can be asked for is as in `read`."""
        end = self._last if until is None else until
        while after < end and (entries := self.read(after, until=end, kind=kind, saying=saying)):
            yield from entries
            after = entries[-1].seq

    def read_back(
        self, before: int, *, after: int = 0, kind: str | None = None, most: int = 500, max_bytes: int = 2_000_000
    ) -> list[Entry]:
        """Return the entries before number `before` and beyond `after`, the newest first, as many as both bounds let.

        The first is there whatever its size.
        """
        sql = "SELECT seq, at, kind, data, body FROM journal WHERE seq < ? AND seq > ?"
        values: list[Any] = [before, after]
        if kind is not None:
            sql += " AND kind = ?"
            values.append(kind)
        entries: list[Entry] = []
        size = 0
        with self.lock, telling(self.path):
            for seq, at, kind_, data, body in self.db.execute(f"{sql} ORDER BY seq DESC LIMIT {most:d}", values):
                entries.append(Entry(seq, at, kind_, orjson.loads(data), body))
                size += len(data) + (len(body) if body else 0)
                if size >= max_bytes:
                    break
        return entries

    def turns(self) -> Iterator[Entry]:
        """Yield, without bodies, what changed the lab itself: controls, clock moves, calls that met a fault."""
        sql = """SELECT seq, at, kind, data FROM journal
            WHERE kind <> 'request' OR instr(data, '"faults":') > 0 OR instr(data, '"spared":') > 0 ORDER BY seq"""
        for seq, at, kind, data in self.rows(sql):
            yield Entry(seq, at, kind, orjson.loads(data), None)

    def moments(self, numbers: Collection[int]) -> dict[int, int]:
        """Return when some entries were written, in milliseconds."""
        sql = "SELECT seq, at FROM journal WHERE seq IN (SELECT value FROM json_each(?))"
        return dict(self.rows(sql, (orjson.dumps(list(numbers)).decode(),)))

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, or None when there is no such number."""
        row = next(iter(self.rows("SELECT seq, at, kind, data, body FROM journal WHERE seq = ?", (seq,))), None)
        return None if row is None else Entry(row[0], row[1], row[2], orjson.loads(row[3]), row[4])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the database for one all-or-nothing change."""
        with self.lock, telling(self.path):
            db = self.db
            db.execute("BEGIN")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk may have ended it
                    db.execute("ROLLBACK")
                raise

    def wait_beyond(self, seq: int, timeout: float) -> bool:
        """Block until an entry beyond `seq` exists, for at most `timeout` real seconds."""
        with self._grown:
            return self._grown.wait_for(lambda: self._last > seq or self.is_closed, timeout)

    def clear(self, beginning: dict[str, Any] | None = None) -> None:
        """Forget everything, folds included, and say what is true from here on; numbering starts again at 1."""
        with self.lock, telling(self.path):
            if self.path is None:  # emptying a database keeps a copy of it until that is done
                fresh = open_journal(None)
                if beginning is not None:
                    fresh.execute("INSERT INTO beginning(data) VALUES (?)", (orjson.dumps(beginning),))
                self._let_go()
                self._hold(fresh)
            else:
                with self.transaction() as db:
                    _empty(db)
                    if beginning is not None:
                        db.execute("INSERT INTO beginning(data) VALUES (?)", (orjson.dumps(beginning),))
            self.generation += 1
            self._count()

    def save(self, path: Path) -> None:
        """Write a copy of the journal to a file, whole and consistent."""
        with self.lock, telling(path), closing(sqlite3.connect(path)) as target:
            self.db.backup(target)

    def load(self, path: Path) -> None:
        """Take over the entries of a saved journal in place of one's own; folds start over."""
        with telling(Path(path.name)), closing(read_journal(path)) as saved:
            self._take(saved)

    def take(self, other: Journal, meanwhile: Callable[[], object]) -> None:
        """Take over the entries of another journal and do what goes with it, or neither."""
        with other.lock:
            self._take(other.db, meanwhile)

    def _take(self, other: sqlite3.Connection, meanwhile: Callable[[], object] = lambda: None) -> None:
        with self.lock:
            with self.transaction() as db:
                _empty(db)
                rows = other.execute("SELECT seq, at, kind, data, body FROM journal ORDER BY seq")
                db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", rows)
                db.executemany("INSERT INTO beginning VALUES (?)", other.execute("SELECT data FROM beginning"))
                meanwhile()
            self.generation += 1
            self._count()

    def close(self) -> None:
        """Close the database and let go of whoever waits; the journal cannot be used afterwards."""
        with self._grown:
            self.is_closed, self._db = True, None
            self._let_go()
            self._grown.notify_all()
        if self._shelf is not None:
            self._shelf.closed(self)


def _empty(db: sqlite3.Connection) -> None:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in tables:  # sqlite_sequence among them, where an earlier version made the file
        db.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names come from the schema itself
