"""The spool: calls as they were recorded, in one SQLite file that a kill leaves whole, and the exports beside it.

Bodies are read when they are asked for, so that what is recorded may be longer than the memory.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from recording.errors import NotReadable, OutputRefused
from recording.material import RecordedCall

_NAME: Final = "calls.spool"
_CREATE: Final = """PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS calls(number INTEGER PRIMARY KEY, at INTEGER, ms INTEGER, fake TEXT, method TEXT, url TEXT,
headers BLOB, body BLOB, status INTEGER, reply_headers BLOB, reply BLOB, bytes INTEGER, cut INTEGER, file TEXT);"""


class Spool:
    """Calls on their way to the journals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / _NAME, check_same_thread=False, isolation_level=None)
            self._db.executescript(_CREATE)
        except (OSError, sqlite3.Error) as error:
            raise OutputRefused(f"{folder} cannot keep a recording: {error}.") from error
        self._lock = threading.Lock()
        (self._files,) = self._db.execute("SELECT count(*) FROM calls").fetchone()

    def new_file(self) -> Path:
        """Return where the next export is written."""
        with self._lock:
            self._files += 1
            return self.folder / f"export-{self._files}.spool"

    def add(self, fake: str, call: RecordedCall, *, file: Path | None = None) -> None:
        """Keep a call; `file` holds its answer when that is an export."""
        row = (
            *(call.at, call.ms, fake, call.method, call.url, orjson.dumps(dict(call.headers)), call.body, call.status),
            *(orjson.dumps(dict(call.reply_headers)), b"" if file else call.reply, call.bytes, call.cut),
            file.name if file else None,
        )
        with self._lock:
            self._db.execute(f"INSERT INTO calls VALUES (NULL{', ?' * 13})", row)  # noqa: S608 - a count of marks

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._db.execute("SELECT count(*) FROM calls").fetchone()
        return int(count)

    def calls(self) -> Iterator[RecordedCall]:
        """Yield the calls in the order of their times; bodies are read when asked."""
        sql = """SELECT number, at, ms, fake, method, url, headers, status, reply_headers, bytes, cut, file
            FROM calls ORDER BY at, number"""
        for number, at, ms, fake, method, url, headers, status, reply_headers, size, cut, file in self._db.execute(sql):
            told = {"at": at, "method": method, "url": url, "headers": orjson.loads(headers), "status": status}
            told |= {"reply_headers": orjson.loads(reply_headers), "ms": ms, "bytes": size, "cut": bool(cut)}
            yield SpooledCall(self, number, file, fake=fake, **told)

    def part(self, number: int, column: str) -> bytes:
        """Return one body of a call."""
        with self._lock:
            (found,) = self._db.execute(f"SELECT {column} FROM calls WHERE number = ?", (number,)).fetchone()  # noqa: S608
        return bytes(found or b"")

    def close(self) -> None:
        self._db.close()

    def remove(self) -> None:
        """Take the spool away: the journals have all of it."""
        self.close()
        for file in (*self.folder.glob("*.spool"), *self.folder.glob(f"{_NAME}-*")):
            with suppress(OSError):
                file.unlink()


class SpooledCall(RecordedCall):
    """A recorded call whose bodies stay in the spool."""

    __slots__ = ("_file", "_number", "_spool")
    _spool: Spool
    _number: int
    _file: str | None

    def __init__(self, spool: Spool, number: int, file: str | None, **told: object) -> None:
        for name, value in {"_spool": spool, "_number": number, "_file": file, **told}.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> bytes:
        return self._spool.part(self._number, "body")

    @property
    def reply(self) -> bytes:
        return (self._spool.folder / self._file).read_bytes() if self._file else self._spool.part(self._number, "reply")


def unfinished(folder: Path) -> bool:
    """Say whether a folder has a recording that was broken off before its journals were written."""
    return (folder / _NAME).is_file()


def opened(folder: Path) -> Spool:
    """Open a recording that was broken off."""
    if not unfinished(folder):
        raise NotReadable(f"{folder} holds no recording that was broken off.")
    return Spool(folder)
