"""Loads one source into one database, on from where it was left there."""

# ruff: noqa: S608 - the only name in SQL here is ours

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from downstream.warehouse.book import SCHEMA, START, Book, Mark
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.loading import Load, Loaded
from downstream.warehouse.reading import Lot, Source
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Boundary, Target, nothing_happens

MOST_EVENTS: Final = 500_000
"""Events of one transaction; a longer backlog is loaded in several, each whole."""


class Loader:
    """Knows how far a source was loaded. Every load is one transaction, in which that is written as well."""

    def __init__(self, source: Source, target: Target, *, boundary: Boundary = nothing_happens) -> None:
        self._source = source
        self.target = target
        self._boundary = boundary
        self._stream: str | None = None
        self._mark = START

    def pending(self) -> Iterator[Lot]:
        """Yield what is not loaded yet, in the order of delivery."""
        self.begin()
        return self._source.lots(self._mark.place)

    def begin(self) -> None:
        """Ask the database how far the source was loaded; raise `WarehouseTrouble` when that was another source."""
        if self._stream is not None:
            return
        stream = self._source.stream()
        with self.target.transaction() as session:
            book = Book(session, self.target, session.catalogue())
            mark = None if stream is None else book.mark(stream)
        if mark is not None and mark.mark != self._source.mark(mark.place):
            raise WarehouseTrouble(
                f"{self.target.where} was loaded from another source that began like this one. "
                "Load into a new database."
            )
        self._stream, self._mark = stream, mark or START

    def load(
        self,
        found: Iterator[Lot],
        settings: WarehouseSettings,
        *,
        until: int,
        at: int | None = None,
        progress: Callable[[int], object] = lambda _events: None,
    ) -> Loaded:
        """Load what was delivered until a moment, in one transaction; `progress` hears of events as they are taken.

        `found` is what is pending. `until` and `at`, when the load is said to be, are in milliseconds.
        """
        target, place = self.target, self._mark.place
        stream = self._stream or ""
        with target.transaction() as session:
            load = Load(
                session,
                target,
                stream,
                settings=settings,
                at=until if at is None else at,
                window=self._source.window(),
                boundary=self._boundary,
            )
            if (load.book.mark(stream) or START).place != place:
                self._stream = None  # what is there is asked again
                raise WarehouseTrouble(
                    f"{target.where} is not as the last load left it: another program loads from this source, too, "
                    "or it was put back or emptied. The next load goes on from what is there."
                )
            for lot in found:
                if lot.delivered_at > until:
                    break
                load.take(lot.source, lot.source_name, lot.events)
                place = lot.place
                progress(len(lot.events))
                if load.loaded.events >= MOST_EVENTS:
                    break
            new = Mark(place, self._source.mark(place))
            loaded = load.finish(new)
        self._mark = new
        return loaded

    def load_all(
        self, settings: WarehouseSettings, *, at: int, progress: Callable[[int], object] = lambda _events: None
    ) -> Iterator[Loaded]:
        """Load everything that is pending, load by load."""
        while True:
            found = self.pending()
            first = next(found, None)
            if first is None:
                return
            yield self.load(chain([first], found), settings, until=1 << 62, at=at, progress=progress)

    @property
    def stream(self) -> str | None:
        """What the source is called in the database, None as long as there is nothing to load."""
        return self._stream or self._source.stream()

    def notes(self, loads: Sequence[int]) -> list[dict[str, Any]]:
        """Return what happened to names and values in some loads."""
        if not loads:
            return []
        numbers = ", ".join(map(str, loads))
        names, rows = self.target.query(f"SELECT * FROM {SCHEMA}.lab_notes WHERE load IN ({numbers}) ORDER BY load")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def note_failures(self, failures: Sequence[tuple[int, str]]) -> None:
        """Have loads that failed in the list of loads: when (milliseconds), and why."""
        with self.target.transaction() as session:
            Book(session, self.target, session.catalogue()).write_failures(failures)

    def forget(self) -> None:
        """Take away what was loaded of the source."""
        stream, self._stream, self._mark = self._stream, None, START
        if stream is not None:
            with self.target.transaction() as session:
                Book(session, self.target, session.catalogue()).forget(stream)
