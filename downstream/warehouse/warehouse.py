"""The warehouse of a workspace: loads what was delivered when it is due by the lab's clock, and answers SQL."""

# ruff: noqa: S608 - the only name in SQL here is ours

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final
from uuid import uuid4

from downstream.warehouse.book import SCHEMA, START, Book, Mark
from downstream.warehouse.choosing import IN_MEMORY, target_of
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.loading import Load, Loaded
from downstream.warehouse.reading import Lot, lots, mark_of, shortest_window, stream_of
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Boundary, Target, nothing_happens
from mock_core.annexe import addition
from mock_core.settings import changed
from mock_core.workspace import DEFAULT
from mock_segment import SegmentState
from mock_segment.delivery import Place

HOUR_MS: Final = 3_600_000
MOST_EVENTS: Final = 1_000_000
"""Events of one transaction; a longer backlog is loaded in several, each whole."""


class Warehouse:
    """One workspace's warehouse. `into` says which database; without it one in memory, from when somebody asks for it.

    Loads are hourly on the lab's clock (`loads` of its settings): each takes what was delivered until the full hour.
    """

    def __init__(self, state: SegmentState, into: str | None = None, *, boundary: Boundary = nothing_happens) -> None:
        self._state = state
        self._into = into or IN_MEMORY
        self._is_wanted = into is not None
        self._boundary = boundary
        self._target: Target | None = None
        self._lock = threading.RLock()
        self._is_loading = False
        self._next: int | None = None  # when the next load is due, None when that is not known
        self._begin_anew()
        self.settings = WarehouseSettings()
        self.failures: list[dict[str, Any]] = []

    def _begin_anew(self) -> None:
        self._stream: str | None = None
        self._mark: Mark | None = None
        self._next = None

    # What it is told.

    def connect(self, into: str) -> None:
        """Load into this database from now on, from the beginning of the journal or where it was left there."""
        with self._lock:
            workspace = self._state.workspace.name
            target = target_of(into, None if workspace == DEFAULT else workspace)
            if self._target is not None:
                self._target.close()
            self._target, self._into, self._is_wanted = target, into, True
            self._begin_anew()

    def configure(self, **changes: Any) -> WarehouseSettings:
        """Change settings by name; raise `BadControl` for one that there is not."""
        with self._lock:
            self.settings = changed(self.settings, changes)
            self._is_wanted, self._next = True, None
            return self.settings

    def load(self) -> list[Loaded]:
        """Load everything that was delivered by now, due or not; raise `WarehouseTrouble` when the database refuses."""
        with self._lock:
            self._is_wanted = True
            return self._load_due(at_once=True)

    def settle(self) -> None:
        """Do the loads that are due; one that fails is told in `failures`, and made up by the next."""
        if not self._is_wanted:
            return
        with self._lock:
            now = self._state.workspace.clock.now_ms()
            if self._is_loading or (self._next is not None and now < self._next):
                return
            try:
                self._load_due(at_once=self.settings.loads == "at once")
            except WarehouseTrouble as error:
                self.failures.append({"at": now, "status": "Failure", "words": str(error)})
                self._next = _full_hour(now + 1)

    def forget(self) -> None:
        """Take away what was loaded: the lab begins again, and knows nothing of it."""
        with self._lock:
            stream = self._stream
            self._begin_anew()
            if not self._is_wanted or (stream is None and self._target is None):
                return
            try:
                with self._open().transaction() as session:
                    Book(session, self._open(), session.catalogue()).forget(stream)
            except WarehouseTrouble as error:
                now = self._state.workspace.clock.now_ms()
                self.failures.append({"at": now, "status": "Failure", "words": str(error)})

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._is_wanted = False
            if self._target is not None:
                self._target.close()
                self._target = None

    # What it answers.

    @property
    def where(self) -> str:
        """The database, without its password."""
        return self._open().where

    @property
    def is_wanted(self) -> bool:
        """Whether anybody asked for it yet."""
        return self._is_wanted

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and the rows that a SELECT finds, after the loads that are due."""
        self._is_wanted = True
        self.settle()
        with self._lock:
            self._known_mark()
            return self._open().query(sql)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows that a SELECT finds, by the names of the columns, after the loads that are due."""
        names, rows = self.query(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def columns(self) -> list[dict[str, Any]]:
        """Return what is known of columns: the trait key each came from, its type, since when, and by which event."""
        return self.rows(
            "SELECT schema_name, table_name, column_name, snake_name, trait_key, type, first_seen, message_id, load "
            f"FROM {SCHEMA}.lab_columns WHERE trait_key IS NOT NULL ORDER BY load, schema_name, place"
        )

    def loads(self) -> list[dict[str, Any]]:
        """Return the loads with what each did, and after them those that failed."""
        found = self.rows(f"SELECT * FROM {SCHEMA}.lab_loads ORDER BY load")
        counted = self.rows(f"SELECT * FROM {SCHEMA}.lab_loaded ORDER BY load, schema_name, table_name")
        for each in found:
            each["rows"] = {
                f"{row['schema_name']}.{row['table_name']}": row["loaded"]
                for row in counted
                if row["load"] == each["load"]
            }
        return found

    def notes(self) -> list[dict[str, Any]]:
        """Return what happened to names and values on the way, with the event each came from."""
        return self.rows(f"SELECT * FROM {SCHEMA}.lab_notes ORDER BY load")

    # How it loads.

    def _open(self) -> Target:
        if self._target is None:
            workspace = self._state.workspace.name
            self._target = target_of(self._into, None if workspace == DEFAULT else workspace)
        return self._target

    def _known_mark(self) -> Mark:
        """Return how far was loaded, asking the database the first time."""
        if self._mark is not None:
            return self._mark
        journal = self._state.workspace.journal
        stream = uuid4().hex if journal.path is None else stream_of(self._state)
        with self._open().transaction() as session:
            mark = Book(session, self._open(), session.catalogue()).mark(stream)
        if mark is not None and mark.mark != mark_of(self._state, mark.place.seq):
            raise WarehouseTrouble(
                f"{self.where} was loaded from another journal that began like this one. Load into a new database."
            )
        if journal.path is None or journal.last:  # an empty journal in a file has no name yet
            self._stream, self._mark = stream, mark or START
        return mark or START

    def _load_due(self, *, at_once: bool) -> list[Loaded]:
        done: list[Loaded] = []
        self._is_loading = True
        try:
            while True:
                place = self._known_mark().place
                found = lots(self._state, place)
                first = next(found, None)
                now = self._state.workspace.clock.now_ms()
                if first is None:
                    self._next = None
                    return done
                until = now if at_once else _full_hour(first.delivered_at)
                if until > now:
                    self._next = until
                    return done
                done.append(self._perform(chain([first], found), until))
        finally:
            self._is_loading = False

    def _perform(self, found: Iterator[Lot], until: int) -> Loaded:
        """Load what was delivered until then, in one transaction."""
        target, mark = self._open(), self._known_mark()
        stream = self._stream or ""
        place: Place = mark.place
        with target.transaction() as session:
            load = Load(
                session,
                target,
                stream,
                settings=self.settings,
                at=until,
                window=shortest_window(self._state),
                boundary=self._boundary,
            )
            there = load.book.mark(stream) or START
            if there.place != mark.place:
                raise WarehouseTrouble(f"{target.where} is loaded by another lab from this journal, too: stop one.")
            for lot in found:
                if lot.delivered_at > until or load.loaded.events >= MOST_EVENTS:
                    break
                load.take(lot.source, lot.source_name, lot.events)
                place = lot.place
            new = Mark(place, mark_of(self._state, place.seq))
            loaded = load.finish(new)
        self._mark = new
        return loaded


def _full_hour(at: int) -> int:
    """Return the first full hour that is not before a moment, both in milliseconds."""
    return -(-at // HOUR_MS) * HOUR_MS


def warehouse_of(state: SegmentState) -> Warehouse:
    """Return the warehouse that is built onto a workspace of the Segment fake."""
    return addition(state, Warehouse)
