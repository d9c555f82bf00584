"""Recordings: what happened in runs, both journals in one file, and the lab as it was at any moment of them.

A recording is an SQLite file with the entries of both fakes in the order they came. The same scenarios with the same
seeds give the same bytes. It is written whole, when the last run has ended, or not at all.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import orjson

from mock_amplitude import AmplitudeFake
from mock_core import Fake
from mock_core.clock import LATEST
from mock_core.deep_json import write_json
from mock_core.errors import LabError
from mock_core.journal import UNREAD, Entry, advice, check_tables, sound_entry
from mock_segment import SegmentFake
from scenarios.bench import StepTaken
from scenarios.errors import FileUnusable
from scenarios.lab import Lab

if TYPE_CHECKING:
    from scenarios.bench import Bench

FORMAT = 1
APPLICATION_ID = 0x434F4C52  # "COLR": how a recording is told from a journal and from other SQLite files
FAKES: Mapping[str, type[Fake[Any]]] = {"amplitude": AmplitudeFake, "segment": SegmentFake}
_COLUMNS = {
    "runs": [
        ("run", "INTEGER"),
        *((name, "TEXT") for name in ("name", "title")),
        *(("seed", "INTEGER"), ("start", "REAL"), ("trait_key", "TEXT"), ("passed", "INTEGER")),
    ],
    "entries": [
        *((name, "INTEGER") for name in ("run", "place", "step")),
        *(("words", "TEXT"), ("fake", "TEXT"), ("at", "INTEGER"), ("kind", "TEXT"), ("data", "BLOB"), ("body", "BLOB")),
    ],
}
_STEPS = {
    "steps": [("run", "INTEGER"), ("step", "INTEGER"), *((name, "TEXT") for name in ("words", "ended", "reason"))]
}

_CREATE = """
CREATE TABLE runs(
    run INTEGER PRIMARY KEY, name TEXT, title TEXT, seed INTEGER, start REAL, trait_key TEXT, passed INTEGER);
CREATE TABLE entries(
    run INTEGER, place INTEGER, step INTEGER, words TEXT, fake TEXT, at INTEGER, kind TEXT, data BLOB, body BLOB,
    PRIMARY KEY (run, place)) WITHOUT ROWID;
CREATE TABLE steps(
    run INTEGER, step INTEGER, words TEXT, ended TEXT, reason TEXT, PRIMARY KEY (run, step)) WITHOUT ROWID;
"""


def new_recording(where: str | Path) -> sqlite3.Connection:
    """Return a database with the tables of a recording, and nothing in them."""
    db = sqlite3.connect(where, check_same_thread=False)
    db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT}; {_CREATE}")
    return db


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run in a recording."""

    run: int
    name: str
    title: str
    seed: int
    start: float
    trait_key: str
    passed: bool
    entries: int


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry: its place in the run (from 1), the step it belongs to (0: the start) and in which fake it is."""

    place: int
    step: int
    words: str
    fake: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class StepRecorded:
    """One step of a run, in words; how a sync ended in its program's own belief: succeeded, failed or killed."""

    step: int
    words: str
    ended: str = ""
    reason: str = ""


class Recorder:
    """Collects runs as they end, for `run_scenario(..., at_end=recorder.add)`; writes the file when its block ends."""

    def __init__(self, path: Path) -> None:
        _must_be_ours(path)
        self._path = path
        self._lock = threading.Lock()
        self._db = new_recording(":memory:")
        weakref.finalize(self, self._db.close)  # also when its block is never entered
        self._runs = 0

    def add(self, bench: Bench) -> None:
        """Take over the journals of a run that ends, in whatever thread."""
        with self._lock:
            self._add(bench)

    def _add(self, bench: Bench) -> None:
        scenario, run = bench.scenario, self._runs + 1
        passed = all(check.held for check in bench.checks)
        rows = (
            (run, place, step, words, fake, entry.at, entry.kind, write_json(entry.data), entry.body)
            for place, (step, words, fake, entry) in enumerate(_in_order(bench), 1)
        )
        with self._db:  # a run is there with all its entries or not at all
            self._db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, scenario.name, scenario.title, scenario.seed, scenario.start, scenario.trait_key, passed),
            )
            self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            steps = ((run, each.step, each.words, each.ended, each.reason) for each in _steps(bench))
            self._db.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?)", steps)
        self._runs = run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write the file, replacing an older recording; nothing is written of runs that broke off."""
        try:
            if kind is None:
                self._write()
        finally:
            self._db.close()

    def _write(self) -> None:
        self._db.commit()
        try:
            if self._path.exists() and not self._path.is_file():  # a device or a pipe stays one
                self._path.write_bytes(self._db.serialize())
                return
            meant = self._path.resolve()  # of a link, the file it leads to
            beside = meant.with_name(f".{meant.name}.{os.getpid()}")
            try:
                with closing(sqlite3.connect(beside)) as target:
                    self._db.backup(target)
                beside.replace(meant)
            finally:
                beside.unlink(missing_ok=True)
        except (OSError, RuntimeError, sqlite3.Error) as error:
            raise FileUnusable(f"the recording {self._path} cannot be written: {error}.") from error


def _must_be_ours(path: Path) -> None:
    if path.is_file() or path.is_dir():
        with closing(_opened(path)):
            return
    if not path.exists() and not path.resolve().parent.is_dir():
        raise FileUnusable(f"the recording {path} cannot be written: there is no folder {path.parent}.")


def _in_order(bench: Bench) -> Iterator[tuple[int, str, str, Entry]]:
    """Yield the entries of both journals step by step, as they came."""
    steps = [event for event in bench.timeline if isinstance(event, StepTaken)]
    journals = {fake: getattr(bench.lab, fake).workspace.journal for fake in FAKES}
    came = {entry: place for place, entry in enumerate(bench.order)}
    done = dict.fromkeys(FAKES, 0)
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        found: list[tuple[str, Entry]] = []
        for fake, journal in journals.items():
            until = journal.last if following is None else getattr(following, fake)
            found += [(fake, entry) for entry in journal.walk(done[fake], until=until)]
            done[fake] = until
        for fake, entry in sorted(found, key=lambda each: came[each[0], each[1].seq]):
            yield step.number, step.words, fake, entry


def _steps(bench: Bench) -> Iterator[StepRecorded]:
    """Yield the steps that were taken, each sync with how it ended."""
    syncs = iter(bench.syncs)
    for event in bench.timeline:
        if not isinstance(event, StepTaken):
            continue
        sync = next(syncs, None) if event.verb == "sync" else None
        if sync is None:
            yield StepRecorded(event.number, event.words)
            continue
        ended = "killed" if sync.was_killed else "succeeded" if sync.succeeded else "failed"
        yield StepRecorded(event.number, event.words, ended, sync.reason)


class Recording:
    """A recording, read."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise FileUnusable(f"there is no recording {path}; `cohortlab run --record FILE` makes one.")
        self._path = path
        self._db = _opened(path)
        weakref.finalize(self, self._db.close)

    def runs(self) -> list[Recorded]:
        """Return the runs, in the order they ended."""
        sql = """SELECT run, name, title, seed, start, trait_key, passed,
            (SELECT count(*) FROM entries WHERE entries.run = runs.run) FROM runs ORDER BY run"""
        with self._telling():
            rows = self._db.execute(sql).fetchall()
        for row in rows:
            kinds = (int, str, str, int, float, str, int)
            are_kinds = all(isinstance(value, kind) for value, kind in zip(row, kinds, strict=False))
            if not are_kinds or not 0 <= row[4] <= LATEST:
                raise FileUnusable(f"{self._path} is damaged: it does not say what was run. {advice(self._path)}")
        return [
            Recorded(run, name, title, seed, start, trait_key, bool(passed), entries)
            for run, name, title, seed, start, trait_key, passed, entries in rows
        ]

    def entries(self, run: int, until: int) -> Iterator[Happened]:
        """Yield the entries of a run up to a place."""
        counted = dict.fromkeys(FAKES, 0)
        sql = """SELECT place, step, words, fake, at, kind, data, body FROM entries
            WHERE run = ? AND place <= ? ORDER BY place"""
        with self._telling():
            for place, step, words, fake, *row in self._db.execute(sql, (run, until)):
                if fake not in FAKES or not isinstance(step, int) or not isinstance(words, str):
                    raise FileUnusable(f"{self._path}: entry {place} belongs to no step of a run. Name another file.")
                counted[fake] += 1
                yield Happened(
                    place,
                    step,
                    words,
                    fake,
                    sound_entry(FAKES[fake].shapes, counted[fake], (row[0], row[1], row[2], row[3])),
                )

    def steps(self, run: int) -> Iterator[StepRecorded]:
        """Yield the steps of a run, those without entries among them; none of a recording that is older than they."""
        with self._telling():
            if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'steps'").fetchone() is None:
                return
            check_tables(self._db, str(self._path), _STEPS)
            for row in self._db.execute(
                "SELECT step, words, ended, reason FROM steps WHERE run = ? ORDER BY 1", (run,)
            ):
                if not all(isinstance(value, kind) for value, kind in zip(row, (int, str, str, str), strict=True)):
                    raise FileUnusable(f"{self._path}: a step of run {run} is none. Name another file.")
                yield StepRecorded(*row)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say of what cannot be read that it is this file's."""
        try:
            yield
        except (LabError, *UNREAD) as error:
            is_damaged = not isinstance(error, LabError)
            rest = advice(self._path) if is_damaged else "Name another file."
            raise FileUnusable(f"{self._path} cannot be read as a recording: {error}. {rest}") from error

    def lab(self, run: Recorded, until: int) -> Lab:
        """Return a lab that knows what both fakes knew after an entry, its clock standing at that moment."""
        happened = list(self.entries(run.run, until))
        with self._telling():
            lab = Lab(seed=run.seed, start=happened[-1].entry.at / 1000 if happened else run.start)
        try:
            with self._telling():
                for each in happened:
                    journal = getattr(lab, each.fake).workspace.journal
                    journal.append(each.entry.at, each.entry.kind, each.entry.data, each.entry.body)
                for fake in FAKES:
                    getattr(lab, fake).check()
        except FileUnusable:
            lab.close()
            raise
        return lab

    def close(self) -> None:
        self._db.close()


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        db.execute("PRAGMA trusted_schema=OFF")
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
    except UNREAD as error:
        db.close()
        rest = f"Name another file; if it was one, {advice(path)}"
        raise FileUnusable(f"{path} is no recording: {error}. {rest}") from error
    if application != APPLICATION_ID:
        db.close()
        raise FileUnusable(f"{path} is no recording of cohortlab. Name another file.")
    if version > FORMAT:
        db.close()
        raise FileUnusable(f"{path} is a recording of a newer format ({version}). Upgrade cohortlab.")
    try:
        check_tables(db, str(path), _COLUMNS)
    except LabError as error:
        db.close()
        raise FileUnusable(f"{error} It is no recording.") from error
    except UNREAD as error:
        db.close()
        raise FileUnusable(f"{path} is damaged: {error}. {advice(path)}") from error
    return db


def summary(happened: Happened) -> str:
    """Say on one line what an entry is."""
    data: dict[str, Any] = happened.entry.data
    if happened.entry.kind == "request":
        status = "connection lost" if data.get("reset") else data["status"]
        struck = f", struck by {', '.join(data['faults'])}" if data.get("faults") else ""
        return f"{data['method']} {data['path']} -> {status}{struck}"
    if happened.entry.kind == "clock":
        return "the clock was moved"
    told = {name: value for name, value in data.items() if name != "op"}
    text = f"{data['op']} {orjson.dumps(told).decode()}"
    return text if len(text) <= 160 else f"{text[:157]}..."
