"""Which file is a journal, and how it is opened: marked as one, of a format we know, tables as we make them, whole.

A file may come from anybody: nothing in it is run (no view, no trigger, no function of a schema), and nothing in it is
changed before it is known to be a journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mock_core.errors import CannotKeep, JournalUnreadable, LabError
from mock_core.journal.trouble import UNREAD, advice, told

FORMAT = 1
APPLICATION_ID = 0x434F4C41  # "COLA": how a journal file is told from any other SQLite file

_MAGIC = b"SQLite format 3\0"
_MARK, _HEAD = 68, 72  # where SQLite keeps the application id

_CREATE = """
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL, body BLOB);
CREATE TABLE beginning(data BLOB NOT NULL);
CREATE TABLE folds(name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = {
    "journal": [("seq", "INTEGER"), ("at", "INTEGER"), ("kind", "TEXT"), ("data", "BLOB"), ("body", "BLOB")],
    "beginning": [("data", "BLOB")],
    "folds": [("name", "TEXT"), ("position", "INTEGER")],
}


def is_journal(path: Path) -> bool:
    """Say whether a file is a journal, by the marks at its beginning; nothing is opened or changed."""
    if not path.is_file():  # opening a pipe would wait for a writer
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.startswith(_MAGIC) and head[_MARK:_HEAD] == APPLICATION_ID.to_bytes(4, "big")


def open_journal(path: Path | None) -> sqlite3.Connection:
    """Open a journal, making it where there is none; raise `JournalUnreadable` for what is not one."""
    db = _connect(path)
    try:
        is_new = path is None or not _tables(db)
        if not is_new:
            check_database(db, str(path), advice(path, is_kept=True))
        if path is not None:
            db.execute("PRAGMA journal_mode=WAL")
            _make_fast(db)
        if is_new:
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={FORMAT}")
            db.executescript(_CREATE)
    except UNREAD as error:
        found = _unusable(db, path, error)
        db.close()
        raise found from error
    except JournalUnreadable:
        db.close()
        raise
    return db


def reopen_journal(path: Path | None) -> sqlite3.Connection:
    """Open a journal that this process had open before: what is in it has been looked at."""
    db = _connect(path)
    _make_fast(db)
    return db


def _make_fast(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA cache_size=-16384")


def read_journal(path: Path) -> sqlite3.Connection:
    """Open a saved journal to be read only; raise `JournalUnreadable` for what is not one."""
    if not is_journal(path):  # an empty file would open as a new journal
        raise JournalUnreadable(f"{path.name} is not a saved journal. Name another file.")
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    try:
        db.execute("PRAGMA trusted_schema=OFF")
        check_database(db, path.name, advice(path))
    except UNREAD as error:
        found = _unusable(db, path, error, is_kept=False)
        db.close()
        raise found from error
    except JournalUnreadable:
        db.close()
        raise
    return db


def check_database(db: sqlite3.Connection, where: str, salvaging: str) -> None:
    """Raise `JournalUnreadable` unless a database is a journal of ours, whole, that holds rows and nothing to run.

    `salvaging` says how what is left of a damaged one is saved.
    """
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalUnreadable(f"{where} is a database of another program, not a journal. Name another file.")
    if version > FORMAT:
        raise JournalUnreadable(
            f"{where} was written in journal format {version}; this version reads up to {FORMAT}. Upgrade cohortlab."
        )
    check_tables(db, where, _COLUMNS)
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise JournalUnreadable(f"{where} is damaged: {_first_line(said)}. {readable(db)} {salvaging}")


def check_tables(db: sqlite3.Connection, where: str, expected: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Raise `JournalUnreadable` unless a database has these columns in these tables, and nothing that would be run."""
    foreign = db.execute("SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index')").fetchone()
    if foreign is not None:
        raise JournalUnreadable(
            f"{where} holds a {foreign[0]} ({foreign[1]!r}), which no lab makes. Name another file."
        )
    for table, columns in expected.items():
        # hidden columns are computed ones: reading a row would run what the file says
        found = db.execute(f"SELECT name, type, hidden FROM pragma_table_xinfo('{table}')").fetchall()  # noqa: S608
        if found != [(*column, 0) for column in columns]:
            lacks = "no table" if not found else "a table of another form for"
            raise JournalUnreadable(f"{where} has {lacks} {table!r}, so no lab wrote it. Name another file.")


def readable(db: sqlite3.Connection) -> str:
    """Say which entries of a damaged journal can still be read: from its beginning, and from its end."""
    spans = []
    for order in ("ASC", "DESC"):
        numbers: list[int] = []
        with suppress(*UNREAD):
            for seq, *_ in db.execute(f"SELECT seq, at, kind, data, body FROM journal ORDER BY seq {order}"):  # noqa: S608
                numbers.append(seq)
        spans.append((min(numbers), max(numbers)) if numbers else None)
    first, last = spans
    if first is None and last is None:
        return "No entry of it can be reached."
    parts = [f"{span[0]} to {span[1]}" for span in (first, last if last != first else None) if span is not None]
    return f"Entries {' and '.join(parts)} can still be read."


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None and path.exists() and not path.is_file():
        raise JournalUnreadable(f"{path} cannot be opened as a journal: it is no file. Name another file.")
    where = ":memory:" if path is None else str(path)
    try:
        db = sqlite3.connect(where, check_same_thread=False, isolation_level=None, cached_statements=256)
    except sqlite3.Error as error:
        raise _unusable(None, path, error) from error
    db.execute("PRAGMA trusted_schema=OFF")
    return db


def _tables(db: sqlite3.Connection) -> int:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(tables)


def _unusable(db: sqlite3.Connection | None, path: Path | None, error: Exception, *, is_kept: bool = True) -> LabError:
    found = told(error, path)
    if isinstance(found, CannotKeep):
        return found
    rest = "Name another file."
    if db is not None and path is not None and path.is_file():
        salvaging = advice(path, is_kept=is_kept)
        rest = f"{readable(db)} {salvaging}" if is_journal(path) else f"Name another file; if it was one, {salvaging}"
    why = "it holds text that is no UTF-8" if isinstance(error, UnicodeDecodeError) else error
    return JournalUnreadable(f"{path or 'The journal'} cannot be opened as a journal: {why}. {rest}")


def _first_line(text: str) -> str:
    lines = [line for line in str(text).splitlines() if line and not line.startswith("***")]
    return lines[0] if lines else "its pages do not fit together"
