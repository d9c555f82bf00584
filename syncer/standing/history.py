"""History: every run there was, for people and for machines."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Final

from contracts.foreign import shown
from syncer.state import Run

_FORMULAS = ("=", "+", "-", "@")  # how one begins for a spreadsheet; a tab before it is shown as its escape
COLUMNS: Final = (
    "run",
    "kind",
    "cohort_id",
    "cohort_name",
    "target",
    "trait_key",
    "status",
    "started_at",
    "finished_at",
    "seconds",
    "members",
    "anonymous",
    "identified",
    "entered",
    "left",
    "calls",
    "batches",
    "attempts",
    "retries",
    "failed",
    "resumes",
    "reason",
)


def entry(run: Run) -> dict[str, object]:
    """Return a run as one line of the history; times in ISO 8601."""
    ended = run.finished_at
    facts = {
        **dataclasses.asdict(run),
        "run": run.id,
        "status": run.status,
        "started_at": _iso(run.started_at),
        "finished_at": _iso(ended) if ended is not None else None,
        # A clock that was set back during the run must not make it end before it began.
        "seconds": round(max(0.0, ended - run.started_at), 3) if ended is not None else None,
    }
    return {name: facts[name] for name in COLUMNS}


def write_csv(runs: Iterable[Run], out: IO[str]) -> None:
    """Write runs as CSV with a header; text that a spreadsheet would take for a formula begins with an apostrophe."""
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in entry(run).items()} for run in runs)


def _cell(value: object) -> object:
    """Return what stands in a cell: other people's names and messages do nothing there, and begin no line."""
    if not isinstance(value, str):
        return value
    said = shown(value)
    return f"'{said}" if said.startswith(_FORMULAS) else said


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
