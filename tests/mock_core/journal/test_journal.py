from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_core import Journal
from mock_core.errors import JournalUnreadable
from mock_core.journal import CORE_SHAPES, Shapes, saved_entries


def test_entries_come_back_in_order_and_whole():
    """What was appended is read back, numbered from 1."""
    journal = Journal()

    journal.append(5, "request", {"path": "/é"}, b"\x00raw")
    journal.append(6, "control", {"op": "x"})

    first, second = journal.read()
    assert (first.seq, first.at, first.kind, first.data, first.body) == (1, 5, "request", {"path": "/é"}, b"\x00raw")
    assert (second.seq, second.body) == (2, None)


@given(bodies=st.lists(st.binary(max_size=50), max_size=30), max_bytes=st.integers(1, 200))
def test_walking_in_bounded_runs_misses_nothing(bodies: list[bytes], max_bytes: int):
    """However small the runs, reading on from the last number yields every entry once."""
    journal = Journal()
    for body in bodies:
        journal.append(0, "request", {}, body)

    found, after = [], 0
    while entries := journal.read(after, max_bytes=max_bytes):
        found += [entry.body for entry in entries]
        after = entries[-1].seq

    assert found == bodies
    assert [entry.body for entry in journal.walk()] == bodies


def test_an_entry_is_on_disk_before_append_returns(tmp_path: Path):
    """A process killed with SIGKILL right after an append has lost nothing of it."""
    path = tmp_path / "lab.db"
    program = (
        "import sys, os, signal; from pathlib import Path; from mock_core import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(100): journal.append(number, 'request', {'n': number}, b'x' * 1000)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )

    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)

    assert killed.returncode == -signal.SIGKILL
    reopened = Journal(path)
    assert [entry.data["n"] for entry in reopened.walk()] == list(range(100))
    reopened.close()


def test_a_saved_copy_is_a_journal_like_the_first(tmp_path: Path):
    """A journal file is a recording: its copy reads the same."""
    journal = Journal()
    journal.append(1, "request", {"a": 1}, b"body")

    journal.save(tmp_path / "copy.db")

    copy = Journal(tmp_path / "copy.db")
    assert list(copy.walk()) == list(journal.walk())
    copy.close()


def test_clearing_starts_a_new_recording():
    """After a clear there is nothing, and numbering starts at 1 again."""
    journal = Journal()
    journal.append(1, "request", {})

    journal.clear()

    assert journal.last == 0
    assert journal.append(2, "request", {}) == 1


def test_a_file_of_another_program_is_refused(tmp_path: Path):
    """A database that is no journal is named as such and left alone."""
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t(x)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(JournalUnreadable, match="another program"):
        Journal(path)

    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    """A text file given as a journal is one clear sentence."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)

    with pytest.raises(JournalUnreadable, match="cannot be opened as a journal"):
        Journal(path)


def test_a_journal_of_a_newer_format_is_refused(tmp_path: Path):
    """A journal from the future is not read wrongly."""
    path = tmp_path / "lab.db"
    journal = Journal(path)
    journal.db.execute("PRAGMA user_version=99")
    journal.close()

    with pytest.raises(JournalUnreadable, match="format 99"):
        Journal(path)


def test_waiting_ends_with_the_next_entry():
    """A waiter wakes when an entry is appended by somebody else."""
    journal = Journal()
    appender = threading.Thread(target=lambda: journal.append(1, "request", {}))

    appender.start()

    assert journal.wait_beyond(0, timeout=30)
    appender.join()


def test_waiting_gives_up_at_its_deadline():
    """Without a new entry the waiter is told so."""
    assert Journal().wait_beyond(0, timeout=0.01) is False


def test_appends_from_many_threads_are_all_kept(tmp_path: Path):
    """Concurrent appends get numbers of their own, without gaps."""
    journal = Journal(tmp_path / "lab.db")
    threads = [threading.Thread(target=lambda: [journal.append(1, "request", {}) for _ in range(50)]) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry.seq for entry in journal.walk()] == list(range(1, 401))
    journal.close()


def test_a_failed_transaction_leaves_nothing_behind():
    """All or nothing."""
    journal = Journal()

    with pytest.raises(RuntimeError, match="on purpose"), journal.transaction() as db:
        db.execute("INSERT INTO folds VALUES ('x', 1)")
        raise RuntimeError("on purpose")

    assert journal.db.execute("SELECT count(*) FROM folds").fetchone() == (0,)


def test_what_is_told_may_be_nested_deeply():
    """Beyond what orjson writes; what came in must be kept."""
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    journal = Journal()

    journal.append(1, "control", deep)

    assert [entry.data for entry in journal.walk()] == [deep]


assert os.name == "posix", "SIGKILL is what durability is tested with"


def test_text_that_is_no_utf_8_is_a_damage_like_any_other(tmp_path: Path):
    """A page of which some bytes were turned over: Python decodes what SQLite hands out."""
    path = tmp_path / "lab.db"
    with closing(Journal(path)) as journal:
        journal.append(0, "clock", {"now": 1.0, "frozen": False})
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE journal SET kind = CAST(x'eb' AS TEXT)")

    with pytest.raises(JournalUnreadable, match="no UTF-8"), closing(Journal(path)) as journal:
        list(journal.walk())
    with pytest.raises(JournalUnreadable):
        list(saved_entries(path, Shapes(CORE_SHAPES)))


def test_a_table_whose_name_is_no_utf_8_is_no_table_of_ours(tmp_path: Path):
    """Nor is anything else that cannot be decoded a reason to fall."""
    path = tmp_path / "lab.db"
    Journal(path).close()
    damaged = path.read_bytes().replace(b"beginning(data", b"begi\xebning(dat")
    path.write_bytes(damaged)

    with pytest.raises(JournalUnreadable):
        Journal(path)
