from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from mock_core import Entry, Journal, MemoryFold, TableFold


class Total(MemoryFold):
    """Adds numbers up in memory."""

    total: int

    def clear(self) -> None:
        self.total = 0

    def apply(self, entry: Entry) -> None:
        self.total += entry.data["n"]


class ControlTotal(Total):
    kind = "control"


class TotalTable(TableFold):
    """Adds numbers up in a table."""

    name = "total"
    schema = "CREATE TABLE total(n INTEGER NOT NULL)"
    runs = 0

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        self.runs += 1
        db.executemany("INSERT INTO total VALUES (?)", [(entry.data["n"],) for entry in entries])

    def total(self) -> int:
        self.settle()
        (total,) = self._journal.db.execute("SELECT coalesce(sum(n), 0) FROM total").fetchone()
        return int(total)


def test_a_fold_takes_in_each_entry_once():
    """Settling twice changes nothing; settling after an append adds just that entry."""
    journal = Journal()
    memory, table = Total(journal), TotalTable(journal)
    journal.append(0, "request", {"n": 1})
    for fold in (memory, table):
        fold.settle()
        fold.settle()

    journal.append(0, "request", {"n": 10})
    memory.settle()

    assert (memory.total, table.total()) == (11, 11)


def test_a_table_fold_resumes_where_it_stopped(tmp_path: Path):
    """Reopening a journal does not fold again what its tables already hold."""
    journal = Journal(tmp_path / "lab.db")
    journal.append(0, "request", {"n": 1})
    assert TotalTable(journal).total() == 1
    journal.close()

    reopened = Journal(tmp_path / "lab.db")
    reopened.append(0, "request", {"n": 2})
    fold = TotalTable(reopened)

    assert fold.total() == 3
    assert fold.runs == 1
    reopened.close()


def test_folds_start_over_when_the_journal_is_cleared():
    """A cleared journal that grew past the old position is still seen as a new one."""
    journal = Journal()
    memory, table = Total(journal), TotalTable(journal)
    journal.append(0, "request", {"n": 5})
    memory.settle()
    table.settle()

    journal.clear()
    journal.append(0, "request", {"n": 1})
    journal.append(0, "request", {"n": 1})
    memory.settle()

    assert (memory.total, table.total()) == (2, 2)


def test_a_fold_of_one_kind_reads_that_kind_only():
    """A fold of control entries is not disturbed by requests."""
    journal = Journal()
    fold = ControlTotal(journal)
    journal.append(0, "request", {"n": 100})
    journal.append(0, "control", {"n": 1})

    fold.settle()

    assert fold.total == 1
