"""Folds: state computed from the journal, resumable from where it stopped.

A fold is settled before it is read (read your writes), so nobody ever sleeps or polls. Two kinds:

`MemoryFold` keeps plain Python state and starts over when the process does. For small state.
`TableFold` keeps SQLite tables beside the journal and its position with them, in one transaction, so it
resumes after a kill and its memory does not grow with the number of events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from mock_core.journal.entries import Entry, Journal


class MemoryFold:
    """State in plain Python; subclasses say what one entry does to it and what empty means.

    A subclass that needs entries of one kind only names it, and is spared reading the others.
    """

    kind: str | None = None

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._position = 0
        self._generation = journal.generation
        self.clear()

    def clear(self) -> None:
        """Go back to the state before the first entry."""
        raise NotImplementedError

    def apply(self, entry: Entry) -> None:
        """Let one entry change the state."""
        raise NotImplementedError

    def settle(self) -> None:
        """Take in every entry written so far."""
        journal = self._journal
        newest = journal.last if self.kind is None else journal.newest.get(self.kind, 0)
        if self._position >= newest and self._generation == journal.generation:
            return
        with journal.lock:
            if self._generation != journal.generation:
                self._position, self._generation = 0, journal.generation
                self.clear()
            for entry in journal.walk(self._position, kind=self.kind):
                self.apply(entry)
                self._position = entry.seq


class TableFold:
    """State in SQLite tables; subclasses say which tables and how a run of entries changes them."""

    name: str
    schema: str

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        with journal.lock:
            journal.db.executescript(self.schema)
            row = journal.db.execute("SELECT position FROM folds WHERE name = ?", (self.name,)).fetchone()
        self._position: int = row[0] if row else 0
        self._generation = journal.generation

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        """Let a run of entries change the tables, inside one transaction."""
        raise NotImplementedError

    def settle(self) -> None:
        """Take in every entry written so far, a bounded run at a time."""
        journal = self._journal
        if self._position == journal.last and self._generation == journal.generation:
            return
        with journal.lock:
            position = self.begin()
            while position < journal.last and (entries := journal.read(position)):
                with journal.transaction() as db:
                    self.apply(db, entries)
                    position = self.advance(db, entries[-1].seq)

    def begin(self) -> int:
        """Return the entry up to which the tables hold everything."""
        if self._generation != self._journal.generation:  # clearing a journal empties the tables of its folds too
            self._position, self._generation = 0, self._journal.generation
        return self._position

    def advance(self, db: sqlite3.Connection, position: int) -> int:
        """Note, in the same transaction, that the tables hold everything up to an entry."""
        db.execute("INSERT OR REPLACE INTO folds VALUES (?, ?)", (self.name, position))
        self._position = position
        return position
