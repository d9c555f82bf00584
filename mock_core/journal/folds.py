"""Folds: state computed from the journal, resumable from where it stopped.

A fold is settled before it is read (read your writes), so nobody ever sleeps or polls. Two kinds:

`MemoryFold` keeps plain Python state and starts over when the process does. For small state.
`TableFold` keeps SQLite tables beside the journal and its position with them, in one transaction, so it
resumes after a kill and its memory does not grow with the number of events.

Reading is total: an entry that a fold cannot take in is set aside, with the reason, and the next one is read. A lab
that runs never meets one, for what it writes is checked before; a journal of somebody else is refused for one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from mock_core.errors import JournalUnreadable, LabError
from mock_core.journal.entries import Entry, Journal


def _sentence(entry: Entry, error: Exception) -> str:
    what = entry.data.get("op") if isinstance(entry.data, dict) else None
    return f"entry {entry.seq} ({what or entry.kind}) cannot be read: {type(error).__name__}: {error}"


class MemoryFold:
    """State in plain Python; subclasses say what one entry does to it and what empty means.

    A subclass that needs entries of one kind only names it, and is spared reading the others.
    """

    kind: str | None = None

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._position = 0
        self._generation = journal.generation
        self.set_aside: dict[int, str] = {}  # why, by the number of the entry
        self.clear()

    def clear(self) -> None:
        """Go back to the state before the first entry."""
        raise NotImplementedError

    def apply(self, entry: Entry) -> None:
        """Let one entry change the state."""
        raise NotImplementedError

    def is_ready_for(self, entry: Entry) -> bool:  # noqa: ARG002
        """Do a part of what comes before an entry; say whether all of it is done."""
        return True

    def settle(self) -> None:
        """Take in every entry written so far; others get at the journal between the parts of a long way."""
        journal = self._journal
        while self._is_behind():
            with journal.lock:
                if self._generation != journal.generation:
                    self._position, self._generation = 0, journal.generation
                    self.set_aside.clear()
                    self.clear()
                self._take_some()

    def _is_behind(self) -> bool:
        journal = self._journal
        newest = journal.last if self.kind is None else journal.newest.get(self.kind, 0)
        return self._position < newest or self._generation != journal.generation

    def _take_some(self) -> None:
        for entry in self._journal.walk(self._position, kind=self.kind):
            try:
                if not self.is_ready_for(entry):
                    return
                self.apply(entry)
            except Exception as error:
                self.set_aside[entry.seq] = _sentence(entry, error)
            self._position = entry.seq


class TableFold:
    """State in SQLite tables; subclasses say which tables and how a run of entries changes them.

    Tables that are not as this version makes them, and a position beyond the journal, are those of another version or
    of nobody: the fold starts over.
    """

    name: str
    schema: str

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.set_aside: dict[int, str] = {}
        self._generation = journal.generation
        with journal.transaction() as db:
            row = db.execute("SELECT position FROM folds WHERE name = ?", (self.name,)).fetchone()
            position = row[0] if row else 0
            if not isinstance(position, int) or position > journal.last or not _is_as_made(db, self.schema):
                position = self._start_over(db)
        self._position: int = position

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        """Let a run of entries change the tables, inside one transaction."""
        raise NotImplementedError

    def apply_unreadable(self, db: sqlite3.Connection, entry: Entry, reason: str) -> None:
        """Say in the tables that an entry could not be taken in; they show nothing of it unless a subclass does."""

    def recall(self) -> None:
        """Put what is held in memory beside the tables back to where the tables are; a run of entries broke off."""

    def settle(self, until: int | None = None) -> None:
        """Take in every entry written so far, or those up to one, a bounded run at a time."""
        journal = self._journal
        end = journal.last if until is None else min(until, journal.last)
        if self._position >= end and self._generation == journal.generation:
            return
        with journal.lock:
            self.begin()
            while self._position < end and (entries := journal.read(self._position, until=end)):
                try:
                    self._take(entries)
                except LabError:
                    raise
                except Exception:
                    for entry in entries:
                        self._take_alone(entry)

    def _take(self, entries: Sequence[Entry]) -> None:
        try:
            with self._journal.transaction() as db:
                self.apply(db, entries)
                self.note(db, entries[-1].seq)
        except BaseException:
            self.recall()
            raise
        self._position = entries[-1].seq

    def _take_alone(self, entry: Entry) -> None:
        try:
            self._take([entry])
        except LabError:
            raise
        except Exception as error:
            reason = self.set_aside[entry.seq] = _sentence(entry, error)
            with self._journal.transaction() as db:
                self.apply_unreadable(db, entry, reason)
                self.note(db, entry.seq)
            self._position = entry.seq

    def rows(self, sql: str, values: Sequence[Any] = (), *, until: int | None = None) -> list[Any]:
        """Return what a query of the tables, settled `until` an entry, finds; nobody clears the journal meanwhile."""
        with self._journal.lock:
            self.settle(until)
            return self._journal.rows(sql, values)

    def begin(self) -> None:
        """Start over with a journal that was cleared or put in place of another."""
        if self._generation != self._journal.generation:
            with self._journal.transaction() as db:
                self._position = self._start_over(db)
            self._generation = self._journal.generation
            self.set_aside.clear()
            self.recall()

    def note(self, db: sqlite3.Connection, position: int) -> None:
        """Note, in the same transaction, that the tables hold everything up to an entry."""
        db.execute("INSERT OR REPLACE INTO folds VALUES (?, ?)", (self.name, position))

    def _start_over(self, db: sqlite3.Connection) -> int:
        for table, sql in _tables_of(self.schema):
            db.execute(f'DROP TABLE IF EXISTS "{table}"')
            db.execute(sql)
        db.execute("DELETE FROM folds WHERE name = ?", (self.name,))
        return 0


def _tables_of(schema: str) -> list[tuple[str, str]]:
    """Return the tables of a schema, each with the statement that makes it."""
    statements = [" ".join(part.split()) for part in schema.split(";") if part.strip()]
    return [(statement.removeprefix("CREATE TABLE ").partition("(")[0], statement) for statement in statements]


def _is_as_made(db: sqlite3.Connection, schema: str) -> bool:
    """Say whether the tables of a schema are there, to the letter."""
    for table, sql in _tables_of(schema):
        row = db.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        if row is None or " ".join(row[0].split()) != sql:
            return False
    return True


def set_aside(*folds: MemoryFold | TableFold) -> dict[int, str]:
    """Settle folds and return the entries that one of them cannot take in, with the reason."""
    found: dict[int, str] = {}
    for fold in folds:
        fold.settle()
        found = {**fold.set_aside, **found}
    return found


def refuse_set_aside(*folds: MemoryFold | TableFold) -> None:
    """Settle folds and raise `JournalUnreadable` for the first entry that one of them cannot take in."""
    for fold in folds:
        for reason in set_aside(fold).values():
            raise JournalUnreadable(f"The journal holds an entry that no lab writes: {reason}. Name another file.")
