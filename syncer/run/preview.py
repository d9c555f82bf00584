"""A look ahead: what a run would tell, found out without telling it and without touching the state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from syncer.delivery import Settled
from syncer.difference import Change, DiffCounts
from syncer.run.comparing import basis, check, rows_taken, rules_for
from syncer.run.exporting import Exporting
from syncer.state import Holding, Run, State
from syncer.sync import Sync
from syncer.telling import Means


@dataclass(frozen=True, slots=True)
class Preview:
    """Hold what a run would tell.

    `changes` come in chunks, once, and only as long as the look ahead lasts. `unfinished` counts changes of an earlier
    run that would be sent before them; `note` is what is not known of the export.
    """

    cohort_id: str
    target: str
    trait_key: str
    counts: DiffCounts
    changes: Iterator[list[Change]] = field(repr=False)
    unfinished: int = 0
    note: str = ""

    def facts(self) -> dict[str, object]:
        """Return everything but the changes."""
        facts = {name: getattr(self, name) for name in ("cohort_id", "target", "trait_key", "unfinished", "note")}
        return {**facts, "counts": asdict(self.counts)}


@contextmanager
def look_ahead(sync: Sync, state: State, means: Means) -> Iterator[Preview]:
    """Export the cohort into a scratch place and compare it with what will have been acknowledged by then."""
    ledger = state.ledger
    current = ledger.current(sync.cohort_id, sync.target.name)
    run = ledger.unfinished(sync.cohort_id, sync.target.name)
    unfinished = 0
    if run is not None and run.phase == "delivering":
        unfinished = run.changes - len(Settled(ledger.settled(run)))
        current = _expected_of(run, state, current)
    with state.scratch() as scratch:
        exporting = Exporting(sync, 0, means)
        exported = exporting.export(exporting.find(), lambda chunks: scratch.receive(0, chunks))
        exact = ledger.holding(sync.cohort_id, sync.target.name, sync.target.fingerprint, exported.trait_key)
        if current is not None and current.trait_key == exported.trait_key:
            exact = current if current.fingerprint == sync.target.fingerprint else exact
        compared = basis(sync, exported.trait_key, current, exact)
        counts = scratch.compare(
            0,
            compared.previous,
            rules_for(
                sync,
                exported.trait_key,
                ledger.failed_rows(sync.cohort_id, sync.target.name),
                everybody=False,
            ),
            previous_members=compared.members,
            most=rows_taken(sync.settings),
        )
        note = "" if exported.is_certain else exporting.doubt(counts.members)
        check(counts, compared.members, sync)
        changes = scratch.changes(0, 0)
        yield Preview(sync.cohort_id, sync.target.name, exported.trait_key, counts, changes, unfinished, note)


def _expected_of(run: Run, state: State, current: Holding | None) -> Holding | None:
    """Return what Segment will hold once an unfinished sync run is completed."""
    if run.kind != "sync":
        return current
    snapshot = state.memberships.expected(run.id)
    return Holding(
        cohort_id=run.cohort_id,
        target=run.target,
        fingerprint=run.fingerprint,
        trait_key=run.trait_key,
        snapshot=snapshot,
        members=run.identified,
        baseline=snapshot,
        baseline_members=run.identified,
        run=run.id,
    )
