"""The account a warehouse gives of itself: its loads, the columns they made, and what happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.foreign import cut, quoted

SUCCESS: Final = "Success"
PARTIAL: Final = "Partial"
FAILURE: Final = "Failure"
"""How a load ends, in Segment's words (warehouse facts 1 [doc]). One load is here all or nothing; what was to be loaded
in several, of which some came in, is partial."""

MOST_SHOWN: Final = 20
"""Notes and columns that are shown to people; all of them are in `cohortlab.lab_notes` and `lab_columns`."""


def note_line(note: Mapping[str, Any]) -> str:
    """Say in a line what happened to a name or a value; `note` is a row of `lab_notes`."""
    event = f", event {quoted(note['message_id'], 40)}" if note["message_id"] else ""
    where = f"{note['schema_name']}.{note['table_name']}".removesuffix(".")  # a schema has notes as well
    return f"{note['what']}: {quoted(note['trait_key'], 60)} in {where}: {cut(note['words'], 160)}{event}"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of everything that was delivered; rows are those of the control plane's views, plain.

    `waiting` counts the events that no load has taken yet. `trouble` says why the warehouse could not be asked.
    """

    where: str
    loads: Sequence[Mapping[str, Any]] = ()
    columns: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[Mapping[str, Any]] = ()
    waiting: int = 0
    trouble: str = ""

    @property
    def rows(self) -> dict[str, int]:
        """The rows written, by table: of `users` and `accounts` those that were changed, too."""
        total: Counter[str] = Counter()
        for load in self.loads:
            total.update(load["rows"])
        return dict(sorted(total.items()))

    @property
    def failures(self) -> list[Mapping[str, Any]]:
        """The loads that failed."""
        return [load for load in self.loads if load["status"] == FAILURE]

    @property
    def happened(self) -> int:
        """How many notes there were, also those that were only counted."""
        return sum(load["notes"] for load in self.loads)

    @property
    def made(self) -> list[tuple[Mapping[str, Any], str]]:
        """The columns that were made, each with the tables that have it."""
        tables: dict[tuple[str, str], list[str]] = {}
        for row in self.columns:
            if row["type"]:
                tables.setdefault((row["schema_name"], row["column_name"]), []).append(row["table_name"])
        first = {(row["schema_name"], row["column_name"]): row for row in reversed(self.columns) if row["type"]}
        return [(first[key], ", ".join(f"{key[0]}.{table}" for table in of)) for key, of in tables.items()]

    @property
    def summary(self) -> str:
        """Say it in a line."""
        if self.trouble:
            return self.trouble
        events = sum(load["events"] for load in self.loads)
        loads = len(self.loads) - len(self.failures)
        told = f"{_counted(loads, 'load')}, {_counted(events, 'event')}"
        rows = ", ".join(f"{table} {_counted(count, 'row')}" for table, count in self.rows.items())
        failed = f", {_counted(len(self.failures), 'load')} failed" if self.failures else ""
        waiting = f"; {_counted(self.waiting, 'event')} wait{'s' if self.waiting == 1 else ''}" if self.waiting else ""
        return f"{told}{failed}{f': {rows}' if rows else ''}{waiting}"

    def lines(self) -> Iterator[str]:
        """Say it for people: the loads that failed, new columns, then what happened to names and values."""
        yield self.summary
        for load in self.failures:
            yield f"failed {load['at']}: {load['words']}"
        for column, tables in self.made[:MOST_SHOWN]:
            key = quoted(column["trait_key"], 60)
            yield f"new column {column['column_name']} ({column['type']}) of {tables}, for {key}"
        if len(self.made) > MOST_SHOWN:
            yield f"... and {len(self.made) - MOST_SHOWN:,} columns more"
        yield from map(note_line, self.notes[:MOST_SHOWN])
        if self.happened > MOST_SHOWN:
            yield f"... and {self.happened - MOST_SHOWN:,} more that happened on the way"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "into": self.where,
            "loads": list(self.loads),
            "rows": self.rows,
            "columns": list(self.columns),
            "happened": self.happened,
            "notes": list(self.notes),
            "waiting": self.waiting,
            "trouble": self.trouble,
        }


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
