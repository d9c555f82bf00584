"""A journal, saved: its entries keep their numbers, and how it began is taken over where it can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import orjson

from mock_core.errors import JournalUnreadable
from mock_core.journal import Journal, Shapes, sound_entry
from mock_core.salvage import Pages, Row, Walk, stray_rows, table_roots
from scenarios.errors import NothingToSave
from scenarios.salvaging.salvaged import Salvaged, missing
from scenarios.salvaging.trial import FAKES, SHAPES, leave_out

_KINDS: Final = ("request", "control", "clock")
_USUAL_ROOTS: Final = {"journal": 2, "beginning": 3}  # in the order in which a new journal makes its tables
_LAST: Final = 1 << 40
_LOOKED_AT: Final = 1_000
_OF_AMPLITUDE: Final = ("cohort.", "project.", "people.", "person.", "hour")
_OF_SEGMENT: Final = ("source.", "oauth.", "destination.")


def save_journal(pages: Pages, name: str, made: Path) -> Salvaged:
    """Write what can be read of a journal to `made`; raise `NothingToSave`, with nothing written, when that is none."""
    found = Salvaged(name)
    roots = _USUAL_ROOTS | (table_roots(pages) if pages.has_head else {})
    fake = fake_of(name) or _fake_within(pages, roots["journal"])
    with closing(Journal(made)) as journal:
        began = _beginning(pages, roots["beginning"], SHAPES[fake])
        if began is None:
            found.notes.append("how it began is lost: seed 0 and a clock that follows the system are taken for it")
        journal.begin(began or {"seed": 0, "frozen_at": None})
        known = _take(journal.db, pages, roots["journal"], SHAPES[fake], found)
        is_empty = not journal.rows("SELECT 1 FROM journal LIMIT 1")
    if is_empty and (began is None or not _is_unscathed(found, known)):
        raise NothingToSave(f"No entry of {name} can be read.")
    found.left_out |= leave_out(made, fake)
    with closing(sqlite3.connect(made)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        (found.saved,) = db.execute("SELECT count(*) FROM journal").fetchone()
        numbers = [seq for (seq,) in db.execute("SELECT seq FROM journal ORDER BY seq")]
    found.lost = list(missing(numbers, max([known, *numbers[-1:], *found.left_out]), found.left_out))
    return found


def fake_of(name: str) -> str | None:
    """Return whose journal a file is by its name: `segment.db`, or `segment.WORKSPACE.db`."""
    return next((fake for fake in FAKES if name.startswith(f"{fake}.")), None)


def _is_unscathed(found: Salvaged, known: int) -> bool:
    return not (known or found.left_out or found.may_have_followed)


def _take(db: sqlite3.Connection, pages: Pages, root: int, shapes: Shapes, found: Salvaged) -> int:
    """Write every entry that can be read, and return the last number that the file still knows of."""
    walk = Walk(pages, root)
    _write(db, "journal", _sound(walk.rows(), shapes, found))
    if walk.lost or pages.is_cut or pages.damaged_frames or not pages.has_head:
        free = pages.free()
        db.execute("CREATE TEMP TABLE stray(seq INTEGER, at INTEGER, kind TEXT, data BLOB, body BLOB)")
        strays = stray_rows(pages, walk.reached | (free or set()), with_rowids=True)
        _write(db, "stray", _sound(strays, shapes, found))
        # Two entries of one number cannot both be the journal's: one may stand on a page that was given up.
        added = db.execute("""INSERT INTO journal SELECT seq, at, kind, data, body FROM stray
            WHERE seq NOT IN (SELECT seq FROM journal) GROUP BY seq HAVING min(at) = max(at) AND min(data) = max(data)
            AND min(coalesce(body, x'')) = max(coalesce(body, x''))""").rowcount
        if added and free is None:
            found.notes.append("which pages are free is lost: entries of before a reset may be among those saved")
        db.execute("DROP TABLE stray")
    found.may_have_followed = walk.is_open or pages.is_cut or pages.damaged_frames > 0
    for seq in list(found.left_out):
        if db.execute("SELECT 1 FROM journal WHERE seq = ?", (seq,)).fetchone():
            del found.left_out[seq]
    return walk.highest


def _sound(rows: Iterable[Row], shapes: Shapes, found: Salvaged) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that are entries, as they are written down."""
    for rowid, values in rows:
        if rowid is None or not 0 < rowid < _LAST or not _is_one(values):
            continue
        _, at, kind, data, body = values
        try:
            sound_entry(shapes, rowid, (at, kind, data, body))
        except JournalUnreadable as error:
            found.left_out[rowid] = str(error)
        else:
            yield rowid, at, kind, data, body


def _is_one(values: tuple[Any, ...]) -> bool:
    return len(values) == 5 and values[0] is None and values[2] in _KINDS


def _write(db: sqlite3.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    db.execute("BEGIN")
    db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608 - a name of ours
    db.execute("COMMIT")


def _beginning(pages: Pages, root: int, shapes: Shapes) -> dict[str, Any] | None:
    for row in Walk(pages, root).rows():
        if len(row.values) == 1 and isinstance(row.values[0], bytes | str):
            with suppress(ValueError):
                data = orjson.loads(row.values[0])
                if shapes.wrong("beginning", data) is None:
                    return dict(data)
    return None


def _fake_within(pages: Pages, root: int) -> str:
    """Return whose journal it is by what is in it; Segment's, when nothing tells."""
    rows = chain(Walk(pages, root).rows(), stray_rows(pages, set(), with_rowids=True))
    for each in islice((row.values for row in rows if _is_one(row.values)), _LOOKED_AT):
        with suppress(ValueError):
            fake = _told_by(orjson.loads(each[3] if isinstance(each[3], bytes | str) else b""))
            if fake is not None:
                return fake
    return "segment"


def _told_by(data: Mapping[str, Any]) -> str | None:
    op, path = (str(data.get(name, "")) if isinstance(data, dict) else "" for name in ("op", "path"))
    if op.startswith(_OF_AMPLITUDE) or path.startswith("/api/"):
        return "amplitude"
    return "segment" if op.startswith(_OF_SEGMENT) or path.startswith("/v1/") else None
