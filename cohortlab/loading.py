"""What `cohortlab load` shows: a bar while it works, then what was loaded and what happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cohortlab.terminal import Terminal
from downstream.warehouse import FAILURE, MOST_SHOWN, PARTIAL, SUCCESS, note_line

if TYPE_CHECKING:
    from downstream.warehouse import Loaded


class Telling:
    """A bar on a terminal, nothing elsewhere; a context manager around the loads. `events` is how many there are."""

    def __init__(self, events: int | None, *, quiet: bool = False) -> None:
        console = Terminal(stderr=True, quiet=quiet)
        self._bar: Progress | None = None
        if console.is_terminal and not quiet:
            self._bar = Progress(
                TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
            )
            self._task = self._bar.add_task("events", total=events)

    def __enter__(self) -> Telling:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, events: int) -> None:
        """Say that more events were taken."""
        if self._bar is not None:
            self._bar.advance(self._task, events)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of some loads; `notes` are rows of `lab_notes`, `happened` how many notes there were in all.

    `trouble` says why there were no more loads, empty when all is loaded.
    """

    where: str
    events: int
    duplicates: int
    new_columns: int
    rows: Sequence[tuple[str, int]]
    happened: int
    notes: Sequence[dict[str, Any]]
    loads: Sequence[Loaded]
    trouble: str

    @property
    def status(self) -> str:
        """How it ended, in Segment's words: partial when some of the loads came in."""
        if not self.trouble:
            return SUCCESS
        return PARTIAL if self.loads else FAILURE

    def as_dict(self) -> dict[str, Any]:
        return {
            "into": self.where,
            "status": self.status,
            "trouble": self.trouble,
            "loads": [{"load": each.load, "status": SUCCESS, "events": each.events} for each in self.loads],
            "events": self.events,
            "duplicates": self.duplicates,
            "new_columns": self.new_columns,
            "rows": dict(self.rows),
            "happened": self.happened,
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Yield it for people."""
        if not self.events:
            if not self.trouble:
                yield f"Nothing new: {self.where} has all of it."
            return
        yield f"Loaded {self.events:,} event{'' if self.events == 1 else 's'} into {self.where}."
        for table, count in self.rows:
            yield f"  {table}: {count:,} row{'' if count == 1 else 's'}"
        if self.duplicates:
            yield f"Left out, for their id is there already: {self.duplicates:,}."
        yield f"New columns: {self.new_columns:,}."
        if self.happened:
            yield f"On the way, {self.happened:,} (table cohortlab.lab_notes):"
        for note in self.notes[:MOST_SHOWN]:
            yield f"  {note_line(note)}"
        if self.happened > MOST_SHOWN:
            yield f"  ... and {self.happened - MOST_SHOWN:,} more"
        if self.trouble:
            yield f"Partial: {len(self.loads):,} load{'' if len(self.loads) == 1 else 's'} came in, the next failed."


def report_of(done: Sequence[Loaded], notes: Sequence[dict[str, Any]], where: str, trouble: str = "") -> Report:
    """Return what some loads did, together."""
    rows: Counter[str] = Counter()
    for each in done:
        for (schema, table), count in each.rows.items():
            rows[f"{schema}.{table}"] += count
    return Report(
        where,
        sum(each.events for each in done),
        sum(each.duplicates for each in done),
        sum(each.new_columns for each in done),
        sorted(rows.items()),
        sum(each.notes for each in done),
        notes,
        done,
        trouble,
    )
