"""History: every run there was, for people and for machines."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Final

from syncer.state import Run

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
    """Write runs as CSV with a header."""
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(entry(run) for run in runs)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
