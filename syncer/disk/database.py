"""The state file: SQLite, opened, versioned, written in transactions, and explained when it cannot be used."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from syncer.errors import BEGIN_ANEW, StateUnusable
from syncer.wire import Boundary, nothing_happens

VERSION: Final = 2

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, phase TEXT NOT NULL, cohort_id TEXT NOT NULL, target TEXT NOT NULL, fingerprint TEXT NOT NULL,
    started_at REAL NOT NULL, finished_at REAL, request_id TEXT NOT NULL, cohort_name TEXT NOT NULL,
    trait_key TEXT NOT NULL, plan TEXT NOT NULL, previous TEXT NOT NULL, held TEXT NOT NULL,
    members INTEGER NOT NULL, anonymous INTEGER NOT NULL, identified INTEGER NOT NULL,
    entered INTEGER NOT NULL, left INTEGER NOT NULL, changes INTEGER NOT NULL, calls INTEGER NOT NULL,
    batches INTEGER NOT NULL, attempts INTEGER NOT NULL, retries INTEGER NOT NULL, failed INTEGER NOT NULL,
    resumes INTEGER NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS runs_by_sync ON runs (cohort_id, target, id);
CREATE TABLE IF NOT EXISTS settlements (
    run INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (run, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failed_rows (
    run INTEGER NOT NULL, position INTEGER NOT NULL, cohort_id TEXT NOT NULL, target TEXT NOT NULL,
    trait_key TEXT NOT NULL, user_id TEXT NOT NULL, value INTEGER NOT NULL, reason TEXT NOT NULL,
    is_doubtful INTEGER NOT NULL, failed_at REAL NOT NULL, is_open INTEGER NOT NULL, PRIMARY KEY (run, position));
CREATE INDEX IF NOT EXISTS failed_by_sync ON failed_rows (cohort_id, target, is_open);
CREATE TABLE IF NOT EXISTS holdings (
    cohort_id TEXT NOT NULL, target TEXT NOT NULL, fingerprint TEXT NOT NULL, trait_key TEXT NOT NULL,
    snapshot TEXT NOT NULL, members INTEGER NOT NULL, baseline TEXT NOT NULL, baseline_members INTEGER NOT NULL,
    run INTEGER NOT NULL, is_current INTEGER NOT NULL, reason TEXT NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (cohort_id, target, fingerprint, trait_key));
CREATE TABLE IF NOT EXISTS lost (
    run INTEGER NOT NULL, cohort_id TEXT NOT NULL, target TEXT NOT NULL, fingerprint TEXT NOT NULL,
    trait_key TEXT NOT NULL, members INTEGER NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (cohort_id, target, fingerprint, trait_key, run));
CREATE TABLE IF NOT EXISTS targets (
    name TEXT PRIMARY KEY, base_url TEXT NOT NULL, key_from TEXT NOT NULL, added_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS syncs (
    cohort_id TEXT NOT NULL, target TEXT NOT NULL, cadence TEXT NOT NULL, settings TEXT NOT NULL,
    added_at REAL NOT NULL, edited_at REAL NOT NULL, is_paused INTEGER NOT NULL, disabled TEXT NOT NULL,
    PRIMARY KEY (cohort_id, target));
"""


SINCE: Final = {1: ("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''",)}
"""What a file of an older version lacks, beside tables."""


class Database:
    """Hold one SQLite file open, or one in memory."""

    def __init__(self, path: Path | str = ":memory:", *, boundary: Boundary = nothing_happens) -> None:
        self._path = str(path)
        self._writer = threading.Lock()
        self._boundary = boundary
        with self._explained():
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            weakref.finalize(self, self._db.close)  # also when it is forgotten, or turns out not to be usable
            self._db.row_factory = sqlite3.Row
            self._open()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def query(self, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        """Return the rows that a statement finds."""
        with self._explained():
            return [dict(row) for row in self._db.execute(statement, values)]

    @contextmanager
    def writing(self, what: str, *, durably: bool = True) -> Iterator[sqlite3.Connection]:
        """Write all of what happens in the block, or nothing.

        `durably` says that a power cut right afterwards must not lose it; a killed process never does.
        """
        self._boundary(f"ledger {what}")
        with self._writer, self._explained():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durably else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # a full disk has ended it already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        self._boundary(f"ledger {what} done")

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StateUnusable(
                f"{self._path} was written by a newer cohortlab (state version {version}, this one knows {VERSION}); "
                "update cohortlab, or use another state folder"
            )
        if version < VERSION:
            with self.writing("create") as db:
                for statement in (*SINCE.get(version, ()), *SCHEMA.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            mend = "free disk space and run again" if "full" in str(error) else BEGIN_ANEW
            raise StateUnusable(f"the state file {self._path} cannot be used ({error}); {mend}") from error


def insert(db: sqlite3.Connection, table: str, row: Mapping[str, object], *, replace: bool = False) -> int:
    """Insert a row given by its columns, and return its number."""
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    verb = "INSERT OR REPLACE" if replace else "INSERT"
    cursor = db.execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", row)
    return cursor.lastrowid or 0


def update(
    db: sqlite3.Connection, table: str, facts: Mapping[str, object], where: str, values: Sequence[object]
) -> None:
    """Change the columns in `facts` of the rows that `where`, with its values, finds."""
    if facts:
        sets = ", ".join(f"{name} = ?" for name in facts)
        db.execute(f"UPDATE {table} SET {sets} WHERE {where}", [*facts.values(), *values])  # noqa: S608 - as above
