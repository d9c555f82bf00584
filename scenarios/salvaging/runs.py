"""A recording, saved: its runs keep their numbers, and the entries of each are counted anew from 1."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from mock_core.clock import LATEST
from mock_core.errors import JournalUnreadable
from mock_core.journal import Journal, sound_entry
from mock_core.salvage import Pages, Row, Walk, stray_rows, table_roots
from scenarios.errors import NothingToSave
from scenarios.recordings import new_recording
from scenarios.salvaging.salvaged import Salvaged, missing
from scenarios.salvaging.trial import FAKES, SHAPES, leave_out

_USUAL_ROOTS: Final = {"runs": 2, "entries": 3}
_USUAL_KEY: Final = "amplitude"
_MOST: Final = 1 << 40


def is_of_a_run(values: tuple[Any, ...]) -> bool:
    """Say whether the values of a row are those of an entry in a recording."""
    kinds = (int, int, int, str, str, int, str, bytes)
    return (
        len(values) == 9
        and all(type(value) is kind for value, kind in zip(values, kinds, strict=False))
        and values[4] in FAKES
        and 0 < values[0] < _MOST
        and 0 < values[1] < _MOST
    )


def save_recording(pages: Pages, made: Path) -> list[Salvaged]:
    """Write what can be read of a recording to `made`, run by run; raise `NothingToSave` when that is none."""
    roots = _USUAL_ROOTS | (table_roots(pages) if pages.has_head else {})
    with closing(new_recording(made)) as db:
        db.execute("CREATE TEMP TABLE found AS SELECT * FROM entries")
        db.execute("CREATE UNIQUE INDEX temp.place ON found(run, place)")
        walk = Walk(pages, roots["entries"], with_rowids=False)
        _write(db, walk.rows())
        is_damaged = bool(walk.lost) or pages.is_cut or not pages.has_head
        if is_damaged:
            _write(db, stray_rows(pages, walk.reached, with_rowids=False))
        runs = _runs(pages, roots["runs"])
        numbers = {number for (number,) in db.execute("SELECT DISTINCT run FROM found")} | set(runs)
        if not db.execute("SELECT 1 FROM found LIMIT 1").fetchone():
            raise NothingToSave("No entry of the recording can be read.")
        done = [_save_run(db, number, runs.get(number), made.parent) for number in sorted(numbers)]
        db.execute("DROP TABLE found")
        db.commit()
    for each in done:
        each.may_have_followed = is_damaged
    return done


def _write(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    kept = (row.values for row in rows if is_of_a_run(row.values))
    db.executemany("INSERT OR IGNORE INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", kept)


def _runs(pages: Pages, root: int) -> dict[int, tuple[Any, ...]]:
    """Return what was run, by number: a name, a title, a seed, a start, a trait's key, and whether it passed."""
    walk = Walk(pages, root)
    found = list(walk.rows())
    if walk.lost:
        found += stray_rows(pages, walk.reached, with_rowids=True)
    return {row.rowid: row.values for row in found if row.rowid is not None and _is_a_run(row)}


def _is_a_run(row: Row) -> bool:
    kinds: tuple[type | tuple[type, ...], ...] = (type(None), str, str, int, (int, float), str, int)
    if len(row.values) != len(kinds) or not all(
        isinstance(value, kind) for value, kind in zip(row.values, kinds, strict=True)
    ):
        return False
    _, _, _, _, start, trait_key, _ = row.values
    try:
        trait_key_format(str(trait_key))
    except ContractsError:
        return False
    return isinstance(start, int | float) and 0 <= start <= LATEST


def _save_run(db: sqlite3.Connection, number: int, told: tuple[Any, ...] | None, beside: Path) -> Salvaged:
    """Write one run with its entries, those left out that a lab could not take in."""
    found = Salvaged(f"run {number}")
    places = [place for (place,) in db.execute("SELECT place FROM found WHERE run = ? ORDER BY place", (number,))]
    rows = db.execute(
        "SELECT place, step, words, fake, at, kind, data, body FROM found WHERE run = ? ORDER BY place", (number,)
    )
    sound = list(_sound(rows, found))
    found.left_out |= _left_out(sound, beside)
    kept = [row for row in sound if row[0] not in found.left_out]
    db.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((number, place, *row[1:]) for place, row in enumerate(kept, 1)),
    )
    if told is None:
        start = kept[0][4] / 1000 if kept else 0.0
        told = (None, f"run-{number}", "a run of which only entries could be read", 0, start, _USUAL_KEY, 0)
        found.notes.append(
            "its name, seed, time of start and spelling of trait keys are lost: the usual ones are taken"
        )
    db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *told[1:]))
    found.saved = len(kept)
    found.lost = list(missing(places, max(places, default=0)))
    return found


def _sound(rows: Iterable[tuple[Any, ...]], found: Salvaged) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        place, _, _, fake, *entry = row
        try:
            sound_entry(SHAPES[fake], place, (entry[0], entry[1], entry[2], entry[3]))
        except JournalUnreadable as error:
            found.left_out[place] = str(error)
        else:
            yield row


def _left_out(rows: list[tuple[Any, ...]], beside: Path) -> dict[int, str]:
    """Return the places of entries that a lab could not take in, each fake's entries by themselves."""
    found: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="run-", dir=beside) as folder:
        for fake in FAKES:
            path = Path(folder) / f"{fake}.db"
            with closing(Journal(path)) as journal:
                journal.begin({"seed": 0, "frozen_at": None})
                entries = (
                    (place, at, kind, data, body) for place, _, _, own, at, kind, data, body in rows if own == fake
                )
                journal.db.execute("BEGIN")
                journal.db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", entries)
                journal.db.execute("COMMIT")
            found |= leave_out(path, fake)
    return found
