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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mock_core.deep_json import write_json
from mock_core.errors import JournalUnreadable

FORMAT = 1
APPLICATION_ID = 0x434F4C41  # "COLA": how a journal file is told from any other SQLite file

_MAGIC = b"SQLite format 3\0"
_MARK, _HEAD = 68, 72  # where SQLite keeps the application id

_CREATE = """
CREATE TABLE IF NOT EXISTS journal(
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL, body BLOB);
CREATE TABLE IF NOT EXISTS beginning(data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS folds(name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""


def is_journal(path: Path) -> bool:
    """Say whether a file is a journal, by the marks at its beginning; nothing is opened or changed."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.startswith(_MAGIC) and head[_MARK:_HEAD] == APPLICATION_ID.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `at` is in milliseconds since 1970, `seq` counts from 1."""

    seq: int
    at: int
    kind: str
    data: dict[str, Any]
    body: bytes | None


def _sound(row: tuple[int, int, str, bytes, bytes | None]) -> tuple[int, int, str, bytes, bytes | None]:
    """Return a row of a saved journal; raise `JSONDecodeError` when it does not hold what a journal's does."""
    orjson.loads(row[3])
    return row


class Journal:
    """An append-only record in one SQLite database, shared by the folds that need tables.

    One connection and one lock: SQLite allows one writer, and an append takes microseconds.
    A file uses write-ahead logging, so an entry survives the process that wrote it being killed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._grown = threading.Condition(self.lock)
        self._last = 0
        self.newest: dict[str, int] = {}  # the newest entry of each kind, so that a fold of one kind can skip
        self._observers: list[Callable[[int], None]] = []
        self.generation = 0  # counts the times the journal was cleared, so that folds notice
        self._open()

    def _open(self) -> None:
        where = ":memory:" if self.path is None else str(self.path)
        try:
            self.db = sqlite3.connect(where, check_same_thread=False, isolation_level=None, cached_statements=256)
            weakref.finalize(self, self.db.close)  # a lab that a test forgot is no leak
            (application,) = self.db.execute("PRAGMA application_id").fetchone()
            (version,) = self.db.execute("PRAGMA user_version").fetchone()
            (tables,) = self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise JournalUnreadable(f"{where} cannot be opened as a journal: {error}. Name another file.") from error
        if tables and application != APPLICATION_ID:
            self.db.close()
            raise JournalUnreadable(f"{where} is a database of another program, not a journal. Name another file.")
        if version > FORMAT:
            self.db.close()
            raise JournalUnreadable(
                f"{where} was written in journal format {version}; this version reads up to {FORMAT}. "
                "Upgrade cohortlab."
            )
        if self.path is not None:
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.execute("PRAGMA cache_size=-16384")
        self.db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        self.db.execute(f"PRAGMA user_version={FORMAT}")
        self.db.executescript(_CREATE)
        self._count()

    def _count(self) -> None:
        (self._last,) = self.db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        self.newest = dict(self.db.execute("SELECT kind, max(seq) FROM journal GROUP BY kind"))

    @property
    def beginning(self) -> dict[str, Any]:
        """What was true before the first entry; empty for a journal that does not say."""
        with self.lock:
            row = self.db.execute("SELECT data FROM beginning").fetchone()
        return {} if row is None else dict(orjson.loads(row[0]))

    def begin(self, data: dict[str, Any]) -> None:
        """Say what is true before the first entry."""
        with self.lock:
            self.db.execute("INSERT INTO beginning(data) VALUES (?)", (orjson.dumps(data),))

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return self._last

    def append(self, at: int, kind: str, data: dict[str, Any], body: bytes | None = None) -> int:
        """Write one entry and return its number; when this returns, the entry survives the process."""
        packed = write_json(data)
        with self._grown:
            cursor = self.db.execute(
                "INSERT INTO journal(at, kind, data, body) VALUES (?, ?, ?, ?)", (at, kind, packed, body)
            )
            self._last = self.newest[kind] = cursor.lastrowid or 0
            for observer in self._observers:
                observer(self._last)
            self._grown.notify_all()
            return self._last

    def observe(self, observer: Callable[[int], None]) -> None:
        """Call `observer` with the number of every entry from now on, as soon as it is written."""
        self._observers.append(observer)

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
        with self.lock:
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

    def turns(self) -> Iterator[Entry]:
        """Yield, without bodies, what changed the lab itself: controls, clock moves, calls that met a fault."""
        sql = """SELECT seq, at, kind, data FROM journal
            WHERE kind <> 'request' OR instr(data, '"faults":') > 0 OR instr(data, '"spared":') > 0 ORDER BY seq"""
        with self.lock:
            rows = self.db.execute(sql).fetchall()
        for seq, at, kind, data in rows:
            yield Entry(seq, at, kind, orjson.loads(data), None)

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, or None when there is no such number."""
        with self.lock:
            row = self.db.execute("SELECT seq, at, kind, data, body FROM journal WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else Entry(row[0], row[1], row[2], orjson.loads(row[3]), row[4])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the database for one all-or-nothing change."""
        with self.lock:
            self.db.execute("BEGIN")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def wait_beyond(self, seq: int, timeout: float) -> bool:
        """Block until an entry beyond `seq` exists, for at most `timeout` real seconds."""
        with self._grown:
            return self._grown.wait_for(lambda: self._last > seq, timeout)

    def clear(self) -> None:
        """Forget everything, folds included; numbering starts again at 1."""
        with self.transaction() as db:
            self._empty(db)
        self._count()

    def _empty(self, db: sqlite3.Connection) -> None:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in tables:  # sqlite_sequence among them, where an earlier version made the file
            db.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names come from the schema itself
        self.generation += 1

    def save(self, path: Path) -> None:
        """Write a copy of the journal to a file, whole and consistent."""
        with self.lock:
            target = sqlite3.connect(path)
            try:
                self.db.backup(target)
            finally:
                target.close()

    def load(self, path: Path) -> None:
        """Take over the entries of a saved journal in place of one's own; folds start over."""
        if not is_journal(path):  # an empty file would open as a new journal
            raise JournalUnreadable(f"{path.name} is not a saved journal. Name another file.")
        saved = Journal(path)
        try:
            with self.transaction() as db:
                self._empty(db)
                rows = saved.db.execute("SELECT seq, at, kind, data, body FROM journal ORDER BY seq")
                db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", map(_sound, rows))
                db.executemany("INSERT INTO beginning VALUES (?)", saved.db.execute("SELECT data FROM beginning"))
            self._count()
        except (sqlite3.Error, orjson.JSONDecodeError) as error:
            raise JournalUnreadable(f"{path.name} cannot be read as a journal: {error}. Name another file.") from error
        finally:
            saved.close()

    def close(self) -> None:
        """Close the database; the journal cannot be used afterwards."""
        with self.lock:
            self.db.close()
