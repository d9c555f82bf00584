"""What SQLite says when a journal cannot be written or read, in words, by what the caller should do next.

A full disk is nobody's bug: the call is refused, what was answered before is safe, and the lab goes on when there is
room again. What is not told here is a bug of ours, and stays what it is.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mock_core.errors import CannotKeep, Gone, JournalUnreadable, LabError

_AGAIN = "Nothing of this call was kept; the lab goes on by itself as soon as it can."
_WHY = {
    sqlite3.SQLITE_FULL: "the disk is full. Free some space",
    sqlite3.SQLITE_IOERR: "the disk does not take or give what is asked of it. Look at its space, limits and health",
    sqlite3.SQLITE_READONLY: "it may not be written. Make the file and its folder writable",
    sqlite3.SQLITE_PERM: "it may not be written. Make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. Look whether its folder is there and may be written",
    sqlite3.SQLITE_BUSY: "another program holds it. Let that one end",
    sqlite3.SQLITE_LOCKED: "another program holds it. Let that one end",
    sqlite3.SQLITE_PROTOCOL: "another program holds it. Let that one end",
    sqlite3.SQLITE_NOMEM: "there is no memory left. Free some",
    sqlite3.SQLITE_TOOBIG: "it is more than one entry can hold. Send less at once",
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
# What reading a database raises: text in it, or in what is said of it, may be no UTF-8, and Python decodes both.
UNREAD = (sqlite3.Error, UnicodeDecodeError)
_FILES_USED_UP = "as many files are open as this machine allows. Close some, or raise `ulimit -n`"


def advice(path: Path | None, *, is_kept: bool = False) -> str:
    """Say how what is left of a damaged journal is saved: of one that a lab keeps, its folder as a whole."""
    if path is None:
        return "Begin anew."
    damaged, new = (path.parent, "FOLDER") if is_kept else (path, "FILE")
    return f"`cohortlab salvage {damaged} -o {new}` saves what can be read."


def told(error: Exception, path: Path | None) -> LabError | None:
    """Return what an error of SQLite means to the caller, None when it can only be a bug of ours."""
    where = "The journal" if path is None else f"The journal {path}"
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, UnicodeDecodeError | sqlite3.OperationalError):  # Python's own, of a column
        return JournalUnreadable(f"{where} is damaged: it holds text that is no UTF-8. {advice(path)}")
    if code is None:
        return Gone(f"{where} was closed while it was asked: its workspace was dropped, or the lab is ending.")
    primary = code & 0xFF
    if primary in _DAMAGED:
        return JournalUnreadable(f"{where} is damaged: {error}. {advice(path)}")
    why = _WHY.get(primary)
    if why is None:
        return None
    if primary == sqlite3.SQLITE_CANTOPEN and _are_files_used_up():
        why = _FILES_USED_UP
    return CannotKeep(f"{where} cannot be used: {why}. {_AGAIN}")


@contextmanager
def telling(path: Path | None) -> Iterator[None]:
    """Turn what SQLite says within the block into words."""
    try:
        yield
    except UNREAD as error:
        found = told(error, path)
        if found is None:
            raise
        raise found from error


def _are_files_used_up() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False
