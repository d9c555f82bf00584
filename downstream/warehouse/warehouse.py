"""The warehouse of a workspace: loads what was delivered when it is due by the lab's clock, and answers SQL."""

# ruff: noqa: S608 - the only name in SQL here is ours

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from downstream.warehouse.account import FAILURE, Account
from downstream.warehouse.book import SCHEMA
from downstream.warehouse.choosing import IN_MEMORY, target_of
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.loader import Loader
from downstream.warehouse.loading import Loaded
from downstream.warehouse.plain import plain_row
from downstream.warehouse.reading import JournalSource
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Boundary, nothing_happens
from downstream.warehouse.told import SET, SettingsFold
from downstream.warehouse.tracing import Stop, stops
from mock_core.annexe import addition
from mock_core.settings import changed
from mock_core.workspace import DEFAULT
from mock_segment import SegmentFake, SegmentState

HOUR_MS: Final = 3_600_000
_MOST_FAILURES: Final = 100  # kept while the database cannot be told of them


class Warehouse:
    """One workspace's warehouse. `into` says which database; without it one in memory, from when somebody asks for it.

    Loads are hourly on the lab's clock (`loads` of its settings): each takes what was delivered until the full hour.
    """

    def __init__(self, state: SegmentState, into: str | None = None, *, boundary: Boundary = nothing_happens) -> None:
        self._state = state
        self._into = into or IN_MEMORY
        self._is_wanted = into is not None
        self._boundary = boundary
        self._made: Loader | None = None
        self._lock = threading.RLock()
        self._is_loading = False
        self._next: int | None = None  # when the next load is due, None when that is not known
        self._told = SettingsFold(state.workspace.journal, WarehouseSettings())
        self._failures: list[tuple[int, str]] = []  # of loads, that the database does not know of yet
        self.tell: Callable[[str], object] = lambda _line: None
        """Hears of every load, and of every one that failed, in a line."""

    # What it is told.

    def connect(self, into: str) -> None:
        """Load into this database from now on, from the beginning of the journal or where it was left there.

        Raise `WarehouseTrouble` when it cannot be.
        """
        with self._lock:
            before, self._into = self._into, into
            try:
                made = self._make()
                made.begin()
            except WarehouseTrouble:
                self._into = before
                raise
            if self._made is not None:
                self._made.target.close()
            self._made, self._is_wanted, self._next = made, True, None

    def begin_with(self, **changes: Any) -> None:
        """Have other settings than the defaults as long as the lab is told nothing else, and again after a reset."""
        with self._lock:
            self._told = SettingsFold(self._state.workspace.journal, changed(WarehouseSettings(), changes))
            self._next = None

    def configure(self, **changes: Any) -> WarehouseSettings:
        """Change settings by name; raise `BadControl` for one that there is not."""
        changed(self.settings, changes)
        self._state.workspace.control(SET, {"changes": changes})
        with self._lock:
            self._is_wanted, self._next = True, None
            return self.settings

    def load(self) -> list[Loaded]:
        """Do the loads that are due, then load what else was delivered by now.

        Raise `WarehouseTrouble` when the database refuses.
        """
        with self._lock:
            self._is_wanted = True
            try:
                due = self._load_due(at_once=False) if self.settings.loads == "hourly" else []
                return [*due, *self._load_due(at_once=True)]
            except WarehouseTrouble as error:
                self._failed(self._state.workspace.clock.now_ms(), error)
                raise

    def settle(self) -> None:
        """Do the loads that are due; one that fails is one of the loads as well, and is made up by the next."""
        if not self._is_wanted:
            return
        with self._lock:
            now = self._state.workspace.clock.now_ms()
            if self._is_loading or (self._next is not None and now < self._next):
                return
            try:
                self._load_due(at_once=self.settings.loads == "at once")
            except WarehouseTrouble as error:
                self._failed(now, error)
                self._next = _full_hour(now + 1)

    def _failed(self, now: int, error: WarehouseTrouble) -> None:
        self.tell(f"warehouse: the load failed. {error}")
        self._failures = [*self._failures, (now, str(error))][-_MOST_FAILURES:]
        with suppress(WarehouseTrouble):  # then the next load tells of it
            self._note_failures()

    def _note_failures(self) -> None:
        if self._failures:
            self._loader.note_failures(self._failures)
            self._failures = []

    def forget(self) -> None:
        """Take away what was loaded: the lab begins again, and knows nothing of it."""
        with self._lock:
            self._next = None
            if self._made is None:
                return
            try:
                self._made.forget()
            except WarehouseTrouble as error:
                self._failed(self._state.workspace.clock.now_ms(), error)
            self._made = Loader(JournalSource(self._state), self._made.target, boundary=self._boundary)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._is_wanted = False
            if self._made is not None:
                self._made.target.close()
                self._made = None

    # What it answers.

    @property
    def settings(self) -> WarehouseSettings:
        """The settings as of now."""
        self._told.settle()
        return self._told.settings

    @property
    def is_told(self) -> bool:
        """Whether the journal speaks of a warehouse."""
        self._told.settle()
        return self._told.is_told

    @property
    def where(self) -> str:
        """The database, without its password."""
        return self._loader.target.where

    @property
    def is_wanted(self) -> bool:
        """Whether anybody asked for it yet."""
        return self._is_wanted

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and the rows that a SELECT finds, after the loads that are due."""
        self._is_wanted = True
        self.settle()
        with self._lock:
            self._loader.begin()
            return self._loader.target.query(sql)

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
        """Return the loads with what each did, those that failed with the reason."""
        found = self.rows(f"SELECT * FROM {SCHEMA}.lab_loads ORDER BY load")
        counted = self.rows(f"SELECT * FROM {SCHEMA}.lab_loaded ORDER BY load, schema_name, table_name")
        for each in found:
            each["rows"] = {
                f"{row['schema_name']}.{row['table_name']}": row["loaded"]
                for row in counted
                if row["load"] == each["load"]
            }
        return found + self.untold

    @property
    def untold(self) -> list[dict[str, Any]]:
        """The loads that failed and that the database could not be told of yet."""
        nothing = dict.fromkeys(("events", "duplicates", "new_columns", "notes"), 0)
        return [
            {
                "load": None,
                "at": datetime.fromtimestamp(at / 1000, UTC),
                "status": FAILURE,
                **nothing,
                "words": words,
                "rows": {},
            }
            for at, words in self._failures
        ]

    def notes(self) -> list[dict[str, Any]]:
        """Return what happened to names and values on the way, with the event each came from."""
        return self.rows(f"SELECT * FROM {SCHEMA}.lab_notes ORDER BY load")

    def account(self) -> Account:
        """Return what became of everything that was delivered, after the loads that are due."""
        with self._lock:
            try:
                loads = [plain_row(row) for row in self.loads()]
                columns, notes = (list(map(plain_row, found)) for found in (self.columns(), self.notes()))
                waiting = sum(len(lot.events) for lot in self._loader.pending())
            except WarehouseTrouble as error:
                return Account(self.where, [plain_row(row) for row in self.untold], trouble=str(error))
            return Account(self.where, loads, columns, notes, waiting)

    def trace(self, user_id: str, trait_keys: Collection[str] | None = None) -> list[Stop]:
        """Return where each delivered value of some traits of a user ended, or of all, after the loads that are due."""
        with self._lock:
            self.query("SELECT 1")
            due = _full_hour if self.settings.loads == "hourly" else lambda _delivered_at: None
            ask = self._loader.target.query
            return list(stops(ask, self._loader.stream, self._state, user_id, trait_keys, due=due))

    # How it loads.

    @property
    def _loader(self) -> Loader:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Loader:
        workspace = self._state.workspace.name
        target = target_of(self._into, None if workspace == DEFAULT else workspace)
        return Loader(JournalSource(self._state), target, boundary=self._boundary)

    def _load_due(self, *, at_once: bool) -> list[Loaded]:
        done: list[Loaded] = []
        self._told.settle()
        self._is_loading = True
        try:
            self._note_failures()
            while True:
                found = self._loader.pending()
                first = next(found, None)
                now = self._state.workspace.clock.now_ms()
                if first is None:
                    self._next = None
                    return done
                until = max(now, first.delivered_at) if at_once else _full_hour(first.delivered_at)
                if until > now and not at_once:
                    self._next = until
                    return done
                settings = self.settings if at_once else self._told.in_force(until, first.place.seq)
                loaded = self._loader.load(chain([first], found), settings, until=until)
                done.append(loaded)
                self.tell(f"warehouse: {loaded.words}")
        finally:
            self._is_loading = False


def _full_hour(at: int) -> int:
    """Return the first full hour that is not before a moment, both in milliseconds."""
    return -(-at // HOUR_MS) * HOUR_MS


def load_rest(fake: SegmentFake) -> None:
    """Load what is left of every workspace whose warehouse somebody wants; a failure is told where loads are."""
    for name in fake.workspaces.names():
        state = fake.workspaces.find(name)
        for each in () if state is None else tuple(state.workspace.additions.values()):
            if isinstance(each, Warehouse) and each.is_wanted:
                with suppress(WarehouseTrouble):
                    each.load()


def warehouse_of(state: SegmentState) -> Warehouse:
    """Return the warehouse that is built onto a workspace of the Segment fake."""
    return addition(state, Warehouse)
