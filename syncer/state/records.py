"""What the ledger remembers: runs, what settled in them, who failed, and who holds which trait."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import orjson

from syncer.difference import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a sync; the ledger's rules say how its `phase` goes.

    `kind` is "sync", "retry" (failed rows again) or "clear" (whoever holds the trait is told false). `plan` is the
    JSON of the settings it was begun with, so that it is finished with the same ones. `previous` names the
    snapshot it was compared with and `held` the one of who held the trait before, empty for nobody. `changes`
    counts what is to be told. `note` is what could not be known of the export; it is told when the run has ended.
    """

    id: int
    kind: str
    phase: str
    cohort_id: str
    target: str
    fingerprint: str
    started_at: float
    finished_at: float | None = None
    request_id: str = ""
    cohort_name: str = ""
    trait_key: str = ""
    plan: str = "{}"
    previous: str = ""
    held: str = ""
    members: int = 0
    anonymous: int = 0
    identified: int = 0
    entered: int = 0
    left: int = 0
    changes: int = 0
    calls: int = 0
    batches: int = 0
    attempts: int = 0
    retries: int = 0
    failed: int = 0
    resumes: int = 0
    reason: str = ""
    note: str = ""

    @property
    def status(self) -> str:
        """Say in a word how it stands: succeeded, partial, failed, stopped, running or abandoned."""
        if self.phase == "delivering":
            return "stopped" if self.reason else "running"
        if self.phase != "finished":
            return "running" if self.phase == "exporting" else self.phase
        if not self.failed:
            return "succeeded"
        return {"commit": "succeeded", "fail": "failed"}.get(self._partial_failure, "partial")

    @property
    def _partial_failure(self) -> str:
        return str(orjson.loads(self.plan).get("partial_failure", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRow:
    """A change that was refused for good; `is_doubtful` when an earlier try may have got through."""

    run: int = 0
    position: int
    trait_key: str = ""
    user_id: str
    value: bool
    reason: str
    is_doubtful: bool
    failed_at: float = 0.0
    is_open: bool = True

    @property
    def change(self) -> Change:
        return (self.user_id, self.value)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Say which positions are settled, which of them failed, and what it took.

    `ranges` are first and last positions, both included. `stopped` is the reason why the run must stop, if it must.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    failed: tuple[FailedRow, ...] = ()
    calls: int = 0
    batches: int = 0
    attempts: int = 0
    retries: int = 0
    stopped: str = ""

    def __add__(self, other: Settlement) -> Settlement:
        return Settlement(
            self.ranges + other.ranges,
            self.failed + other.failed,
            self.calls + other.calls,
            self.batches + other.batches,
            self.attempts + other.attempts,
            self.retries + other.retries,
            self.stopped or other.stopped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who holds one trait as true, or may hold it, at one write key: what Segment acknowledged.

    `snapshot` names those users. `baseline` names the members that the next run is compared with: the same
    users, except after a rename that only changes are told of. The holding of a sync's present trait key and
    write key `is_current`; any other is an orphan, whose trait nothing sets to false any more, and `reason`
    says how it came about.
    """

    cohort_id: str
    target: str
    fingerprint: str
    trait_key: str
    snapshot: str
    members: int
    baseline: str
    baseline_members: int
    run: int
    is_current: bool = True
    reason: str = ""
    since: float = 0.0


def columns(record: Run | FailedRow | Holding) -> dict[str, Any]:
    """Return a record as a row of its table; all its fields are plain values, so nothing in it is copied."""
    names = _COLUMNS[type(record)]
    return dict(zip(names, attrgetter(*names)(record), strict=True))


_COLUMNS = {kind: tuple(each.name for each in fields(kind)) for kind in (Run, FailedRow, Holding)}
