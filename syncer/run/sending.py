"""The second half of a run: send what is not settled, write down what settles, and make that the new truth.

It can be begun again at any moment: the changes are kept, the settings that decide their bytes are kept with
the run, and what is settled is in the ledger.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import orjson

from syncer.delivery import Batch, Delivery, EventTemplate, Segment, Settled, batches, name_run
from syncer.difference import Change
from syncer.errors import DeliveryStopped, RunFailed
from syncer.report import RunReport
from syncer.settings import Settings
from syncer.state import Holding, Run, Settlement, State
from syncer.sync import Sync
from syncer.telling import BatchSent, Means, Retried, RunFinished, RunStarted, UserFailed
from syncer.wire import Retry

FROZEN: Final = ("mode", "trait_value", "transport", "batch_events", "batch_bytes", "partial_failure", "target_change")
"""Settings that a run keeps until it is finished: they decide the bytes it sends and what they mean."""


def plan_of(settings: Settings) -> str:
    """Write down the settings that a run keeps."""
    return orjson.dumps({name: getattr(settings, name) for name in FROZEN}).decode()


class Sending:
    """Bring runs whose changes are kept to their end."""

    def __init__(self, state: State, means: Means) -> None:
        self._ledger = state.ledger
        self._memberships = state.memberships
        self._means = means
        self._clock = means.clock
        self._tell = means.tell

    def complete(self, run: Run, sync: Sync) -> RunReport:
        """Send the rest of a run; raise `DeliveryStopped` when that is not possible now."""
        frozen = Settings.of({**sync.settings.as_dict(), **orjson.loads(run.plan)})
        settled = Settled(self._ledger.settled(run))
        if run.resumes:
            self._tell(
                RunStarted(
                    run=run.id,
                    at=self._clock.now(),
                    run_kind=run.kind,
                    cohort_id=run.cohort_id,
                    target=run.target,
                    resumes_at=settled.first_open,
                )
            )
        stopped = self._deliver(run, replace(sync, settings=frozen), settled)
        run = self._ledger.run(run.id)
        if stopped:
            run = self._ledger.note(run, reason=stopped)
            error = DeliveryStopped(f"{stopped}; run the sync again to go on")
            error.report = self.end(run)
            raise error
        return self._finish(run, frozen)

    def abandon(self, run: Run, reason: str) -> None:
        """End a run that can never be completed; whoever it may have told counts as holding the trait."""
        held, holders = self._memberships.settle(run.id, run.held, [], name="held", only_enters=True)
        holding = self._holding_of(run, held, holders, held, holders, is_current=True)
        self._ledger.finish(
            run, holding, keeps_failed=True, phase="abandoned", reason=reason, finished_at=self._clock.now()
        )
        self.clear_away()

    def end(self, run: Run) -> RunReport:
        """Report on a run that ends here, and tell the listeners."""
        report = report_of(run, self._clock.now())
        self._tell(RunFinished(run=run.id, at=report.finished_at, report=report))
        return report

    def _deliver(self, run: Run, sync: Sync, settled: Settled) -> str:
        """Settle every batch that is not; return why the run must stop, or nothing."""
        delivery = Delivery(
            Segment(sync.target, sync.settings, self._means.transport, self._clock),
            sync.settings,
            self._clock,
            is_resumed=run.resumes > 0,
            chance=self._means.chance,
            on_retry=lambda batch, attempt, retry: self._note_retry(run, batch, attempt, retry),
        )
        stopped = ""
        for settlement in delivery.deliver(self._open_batches(run, sync.settings, settled)):
            if settlement.attempts or settlement.ranges:
                self._ledger.settle(run, settlement)
            self._tell_of(run, settlement)
            stopped = stopped or settlement.stopped
        return stopped

    def _open_batches(self, run: Run, settings: Settings, settled: Settled) -> Iterator[Batch]:
        """Yield the run's batches that are not settled, cut where they were cut before."""
        start = settled.first_open
        name = name_run(run.cohort_id, run.fingerprint, run.id, run.request_id, run.started_at)
        template = EventTemplate(run.trait_key, name, settings.trait_value)
        for batch in batches(start, self._memberships.changes(run.id, start), template, settings.limits):
            yield from _outside(batch, settled)

    def _finish(self, run: Run, settings: Settings) -> RunReport:
        """End a settled run: what was really acknowledged is what the next run is compared with."""
        is_forgiving = settings.partial_failure == "commit"
        refused: list[Change] = []
        if not is_forgiving:
            failed = self._ledger.failed_rows(run.cohort_id, run.target, run=run.id)
            # Who may have been told true counts as told, so that a leave is not forgotten; `rules_for` tells
            # them again.
            refused = [row.change for row in failed if not (row.is_doubtful and row.value)]
        current = self._ledger.current(run.cohort_id, run.target)
        run = self._ledger.finish(
            run,
            self._holding_after(run, refused, current, settings),
            keeps_failed=is_forgiving,
            moved_from=self._moved_from(run, current, settings),
            phase="finished",
            finished_at=self._clock.now(),
            reason="; ".join(filter(None, [f"users refused: {run.failed}" if run.failed else "", run.note])),
        )
        self.clear_away()
        report = self.end(run)
        if report.status == "failed":
            error = RunFailed(f"{run.reason}, and partial_failure is 'fail'")
            error.report = report
            raise error
        return report

    def _holding_after(self, run: Run, refused: list[Change], current: Holding | None, settings: Settings) -> Holding:
        """Work out who holds the run's trait now, and whom the next run is compared with."""
        is_usual = run.previous == run.held or run.kind == "clear"
        if run.kind == "sync" and settings.mode == "mirror" and not refused:
            # Everybody was told, so whom the export holds is whom Segment knows.
            baseline, members = self._memberships.expected(run.id), run.identified
        else:
            before = run.held if is_usual else run.previous
            baseline, members = self._memberships.settle(run.id, before, refused, name="told")
        held, holders = baseline, members
        if not is_usual:
            held, holders = self._memberships.settle(run.id, run.held, refused, name="held")
        is_own = current is not None and (current.trait_key, current.fingerprint) == (run.trait_key, run.fingerprint)
        return self._holding_of(run, held, holders, baseline, members, is_current=run.kind != "clear" or is_own)

    def _holding_of(
        self, run: Run, held: str, holders: int, baseline: str, members: int, *, is_current: bool
    ) -> Holding:
        return Holding(
            cohort_id=run.cohort_id,
            target=run.target,
            fingerprint=run.fingerprint,
            trait_key=run.trait_key,
            snapshot=held,
            members=holders,
            baseline=baseline,
            baseline_members=members,
            run=run.id,
            is_current=is_current,
            reason="" if is_current else "not everybody who holds it could be told",
            since=self._clock.now(),
        )

    def _moved_from(self, run: Run, current: Holding | None, settings: Settings) -> str:
        is_moved = current is not None and current.fingerprint != run.fingerprint
        return current.fingerprint if current and is_moved and settings.target_change == "keep" else ""

    def clear_away(self) -> None:
        """Drop what no run and no holding needs any more."""
        self._memberships.forget(lambda: (self._ledger.runs_in_work(), self._ledger.snapshots_in_use()))

    def _tell_of(self, run: Run, settlement: Settlement) -> None:
        at = self._clock.now()
        failed = {row.position for row in settlement.failed}
        for row in settlement.failed:
            self._tell(UserFailed(run=run.id, at=at, position=row.position, reason=row.reason))
        for first, last in settlement.ranges:
            if first not in failed:
                self._tell(BatchSent(run=run.id, at=at, first=first, last=last, attempts=settlement.attempts))

    def _note_retry(self, run: Run, batch: Batch, attempt: int, retry: Retry) -> None:
        self._tell(
            Retried(
                run=run.id,
                at=self._clock.now(),
                request=f"positions {batch.first} to {batch.last}",
                attempt=attempt,
                after=retry.after,
                reason=retry.reason,
            )
        )


def report_of(run: Run, at: float) -> RunReport:
    """Report on a run as the ledger has it; `at` is when it ended, unless the ledger says."""
    counted = {each.name for each in dataclasses.fields(RunReport)}
    facts = {each.name: getattr(run, each.name) for each in dataclasses.fields(Run) if each.name in counted}
    finished_at = run.finished_at if run.finished_at is not None else at
    return RunReport(**{**facts, "run": run.id, "status": run.status, "finished_at": finished_at})


def _outside(batch: Batch, settled: Settled) -> Iterator[Batch]:
    """Yield the parts of a batch that are not settled."""
    if batch.first > settled.last:
        yield batch
        return
    start: int | None = None
    for index in range(len(batch)):
        is_settled = batch.first + index in settled
        if start is None and not is_settled:
            start = index
        elif start is not None and is_settled:
            yield batch[start:index]
            start = None
    if start is not None:
        yield batch if start == 0 else batch[start : len(batch)]
