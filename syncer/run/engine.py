"""The engine: one run of one sync, from the export to what Segment acknowledged, whatever breaks on the way.

    Amplitude -> export (`exporting`) -> who changed (`membership`) -> changes, kept for good
              -> batches (`batching`) -> Segment (`delivery`) -> what is settled, in the ledger -> who holds the trait

Nothing is sent before its change is kept, and a kept change is sent with the same messageId however often the run is
resumed. A run begins only when the one before it is settled to the last change.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from syncer.clock import Clock, SystemClock
from syncer.difference import DiffCounts
from syncer.errors import StateUnusable, SyncError, WrongCall
from syncer.report import RunReport
from syncer.run.comparing import basis, check, rows_taken, rules_for
from syncer.run.exporting import Exporting
from syncer.run.preview import Preview, look_ahead
from syncer.run.sending import Sending, plan_of
from syncer.settings import Settings
from syncer.source import Amplitude, Cohort
from syncer.state import LOST, Holding, Run, State
from syncer.sync import Source, Sync
from syncer.telling import Diffed, Listener, Listeners, Means, RunStarted
from syncer.wire import Boundary, RequestsTransport, Transport, WatchedTransport, nothing_happens


class Engine:
    """Run syncs against Amplitude and Segment.

    `state` keeps what outlives a run, `transport` carries the requests, `clock` tells the time and waits, `listeners`
    hear of everything that happens. `boundary` is called between any two I/O operations, `chance` for a number
    from 0 to 1 whenever a wait is to be jittered.
    """

    def __init__(
        self,
        state: State,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
        listeners: Iterable[Listener] = (),
        boundary: Boundary = nothing_happens,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._state = state
        self._ledger = state.ledger
        self._clock = clock or SystemClock()
        self._tell = Listeners(listeners)
        wire = WatchedTransport(transport or RequestsTransport(), boundary)
        self._means = Means(wire, self._clock, self._tell, chance)
        self._sending = Sending(state, self._means)

    def run(self, sync: Sync, *, everybody: bool = False) -> RunReport:
        """Bring the target up to date and return what was done; `everybody` is told again, changed or not.

        An unfinished run is completed first. With `everybody`, a snapshot that cannot be read is done without, and how
        many it held is kept as an orphan: nobody knows who of them left since. Raises `SyncError` when the run does
        not reach its end: its `report` says how far it came, and the next run goes on from there.
        """
        with self._holding_on_to(sync):
            lost = self._give_up(sync) if everybody else ""
            resumed = self._resume(sync)
            report = self._sync(sync, everybody=everybody, lost=lost)
            cleared = None
            if sync.settings.rename == "resync-and-clear":
                for orphan in self._orphans_of(sync):
                    cleared = self._clear(sync, orphan)
            return replace(report, resumed=resumed, cleared=cleared)

    def retry_failed(self, sync: Sync) -> RunReport:
        """Tell again, without an export, what was refused before and is still due."""
        with self._holding_on_to(sync):
            resumed = self._resume(sync)
            current = self._ledger.current(sync.cohort_id, sync.target.name)
            if current is None:
                raise WrongCall("it has never finished a run, so there is nothing to retry")
            rows = [
                row
                for row in self._ledger.failed_rows(sync.cohort_id, sync.target.name)
                if row.trait_key == current.trait_key
            ]
            known = self._state.memberships.among(current.baseline, {row.user_id for row in rows})
            counts_as_told = sync.settings.partial_failure == "commit"
            due = {
                row.user_id: row.value
                for row in rows
                if row.is_doubtful or ((row.user_id in known) is row.value) is counts_as_told
            }
            run = self._started("retry", sync)
            with self._failing(run):
                changes = self._state.memberships.adopt(run.id, list(due.items()))
                run = self._kept(run, sync, current, changes, previous=current.baseline, held=current.snapshot)
            return replace(self._sending.complete(run, sync), resumed=resumed)

    def clear(self, sync: Sync, trait_key: str = "") -> RunReport:
        """Tell everybody who holds a trait that it is false: an orphan's key, or without one the sync's own."""
        with self._holding_on_to(sync):
            resumed = self._resume(sync)
            current = self._ledger.current(sync.cohort_id, sync.target.name)
            key = trait_key or (current.trait_key if current else "")
            holding = self._ledger.holding(sync.cohort_id, sync.target.name, sync.target.fingerprint, key)
            if holding is None:
                raise WrongCall(f"nobody is known to hold {key!r} at this key" if key else "nobody holds its trait")
            return replace(self._clear(sync, holding), resumed=resumed)

    def cohorts(self, source: Source, settings: Settings) -> list[Cohort]:
        """Return the cohorts that Amplitude lists, which costs nothing."""
        return Amplitude(source, settings, self._means).cohorts()

    @contextmanager
    def preview(self, sync: Sync) -> Iterator[Preview]:
        """Find out what a run would tell, without sending anything or changing the state. It costs one export."""
        with self._named(sync), look_ahead(sync, self._state, self._means) as preview:
            yield preview

    def _give_up(self, sync: Sync) -> str:
        """Do without the snapshots that cannot be read; say how many people are lost with them."""
        ledger, has = self._ledger, self._state.memberships.has
        run = ledger.unfinished(sync.cohort_id, sync.target.name)
        if run is not None and not (has(run.previous) and has(run.held)):
            left = next((each for each in (run.previous, run.held) if has(each)), "")
            ledger.note(run, previous=left, held=left)
        lost = 0
        for each in ledger.holdings():
            if (each.cohort_id, each.target) != (sync.cohort_id, sync.target.name):
                continue
            is_held, is_based = has(each.snapshot), has(each.baseline)
            if is_held and not is_based:
                ledger.rest_on(each, each.snapshot, each.members)
            elif is_based and not is_held:
                ledger.rest_on(each, each.baseline, each.baseline_members)
            elif not is_held:
                ledger.lose(each, self._clock.now())
                lost += each.members
        return f"{lost:,} were {LOST} (see cohortlab sync orphans)" if lost else ""

    def _resume(self, sync: Sync) -> RunReport | None:
        """Finish the run that was stopped or killed, if there is one and it had begun to send."""
        run = self._ledger.unfinished(sync.cohort_id, sync.target.name)
        if run is None:
            return None
        if run.phase == "exporting":
            self._drop(run, "abandoned", "the process ended before anything was sent")
            return None
        if run.fingerprint != sync.target.fingerprint and sync.settings.target_change == "full":
            self._sending.abandon(run, "the target has another key now, so its changes have nowhere to go")
            return None
        run = self._ledger.note(run, resumes=run.resumes + 1, reason="")
        return self._sending.complete(run, sync)

    def _sync(self, sync: Sync, *, everybody: bool, lost: str) -> RunReport:
        """Export, compare, and send what changed."""
        run = self._started("sync", sync)
        run = self._ledger.note(run, note=lost) if lost else run
        with self._failing(run):
            exporting = Exporting(sync, run.id, self._means)
            cohort = exporting.find()
            current = self._ledger.current(sync.cohort_id, sync.target.name)
            if current is not None and _is_to_be_cleared(cohort, sync):
                run = self._emptied(run, sync, current)
            else:
                exported = exporting.export(cohort, lambda chunks: self._state.memberships.receive(run.id, chunks))
                run = replace(
                    run,
                    cohort_name=exported.cohort_name,
                    trait_key=exported.trait_key,
                    request_id=exported.request_id,
                )
                doubt = exporting.doubt if not exported.is_certain else lambda _rows: ""
                run = self._compared(run, sync, current, doubt, everybody=everybody)
        return self._sending.complete(run, sync)

    def _compared(
        self, run: Run, sync: Sync, current: Holding | None, doubt: Callable[[int], str], *, everybody: bool
    ) -> Run:
        """Work out who changed and keep it for good: from here on the run is finished, not begun anew.

        `doubt` is told the rows of the export and says what is not known of it, or raises.
        """
        ledger, memberships = self._ledger, self._state.memberships
        exact = ledger.holding(run.cohort_id, run.target, run.fingerprint, run.trait_key)
        compared = basis(sync, run.trait_key, current, exact)
        failed = ledger.failed_rows(run.cohort_id, run.target)
        rules = rules_for(sync, run.trait_key, failed, everybody=everybody)
        counts = memberships.compare(
            run.id,
            compared.previous,
            rules,
            previous_members=compared.members,
            most=rows_taken(sync.settings),
        )
        unknown = doubt(counts.members)
        check(counts, compared.members, sync)
        changes = counts.entered + counts.left + counts.retold
        self._tell(Diffed(run=run.id, at=self._clock.now(), counts=counts, changes=changes))
        return ledger.note(
            run,
            phase="delivering",
            request_id=run.request_id,
            cohort_name=run.cohort_name,
            trait_key=run.trait_key,
            previous=compared.previous,
            held=compared.held,
            plan=plan_of(sync.settings),
            changes=changes,
            members=counts.members,
            anonymous=counts.anonymous,
            identified=counts.identified,
            entered=counts.entered,
            left=counts.left,
            note="; ".join(filter(None, [run.note, unknown])),
        )

    def _emptied(self, run: Run, sync: Sync, holding: Holding) -> Run:
        """Make everybody who holds a trait a leave, and keep that for good."""
        changes = self._state.memberships.adopt(run.id, [], holding.snapshot)
        run = replace(run, kind="clear")
        return self._kept(run, sync, holding, changes, previous=holding.baseline, held=holding.snapshot)

    def _kept(self, run: Run, sync: Sync, holding: Holding, changes: int, *, previous: str, held: str) -> Run:
        """Write down that a run without an export has its changes and can be sent."""
        counts = DiffCounts(left=changes if run.kind == "clear" else 0)
        self._tell(Diffed(run=run.id, at=self._clock.now(), counts=counts, changes=changes))
        return self._ledger.note(
            run,
            kind=run.kind,
            phase="delivering",
            trait_key=holding.trait_key,
            previous=previous,
            held=held,
            plan=plan_of(sync.settings),
            changes=changes,
            left=counts.left,
        )

    def _clear(self, sync: Sync, holding: Holding) -> RunReport:
        run = self._started("clear", sync)
        with self._failing(run):
            run = self._emptied(run, sync, holding)
        return self._sending.complete(run, sync)

    def _orphans_of(self, sync: Sync) -> list[Holding]:
        """Return the traits of other names that the sync's own key still holds."""
        return [
            each
            for each in self._ledger.holdings()
            if not each.is_current
            and (each.cohort_id, each.target, each.fingerprint)
            == (sync.cohort_id, sync.target.name, sync.target.fingerprint)
        ]

    def _started(self, kind: str, sync: Sync) -> Run:
        run = self._ledger.begin(kind, sync.cohort_id, sync.target.name, sync.target.fingerprint, self._clock.now())
        self._tell(RunStarted(run=run.id, at=run.started_at, run_kind=kind, cohort_id=run.cohort_id, target=run.target))
        return run

    def _drop(self, run: Run, phase: str, reason: str) -> Run:
        """End a run that is not to be finished."""
        run = self._ledger.finish(run, phase=phase, reason=reason, finished_at=self._clock.now())
        self._sending.clear_away()
        return run

    @contextmanager
    def _failing(self, run: Run) -> Iterator[None]:
        """Write down why a run failed before anything was sent."""
        try:
            yield
        except SyncError as error:
            try:
                run = self._drop(run, "failed", Exception.__str__(error))
            except StateUnusable:
                run = replace(run, phase="failed", reason=Exception.__str__(error))
            error.report = self._sending.end(run)
            raise

    @contextmanager
    def _holding_on_to(self, sync: Sync) -> Iterator[None]:
        with self._named(sync), self._state.lock(sync.cohort_id, sync.target.name):
            yield

    @contextmanager
    def _named(self, sync: Sync) -> Iterator[None]:
        try:
            yield
        except SyncError as error:
            error.about = error.about or sync.label
            raise


def _is_to_be_cleared(cohort: Cohort | None, sync: Sync) -> bool:
    if cohort is None:
        return sync.settings.deleted == "clear"
    return cohort.is_archived and sync.settings.archived == "clear"
