"""When the syncs that stand run, and their runs: by our engine, on the lab's clock.

The first comes at once when a sync is saved, later ones in a slot of its period that nobody chooses (amplitude facts
3.1 [doc]). They are begun whenever `step` is called: a lab that is served has a pump for it, and one in this process is
moved by `advance`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mock_amplitude import AmplitudeState
from mock_core.clock import LabClock, iso
from mock_core.errors import BadControl, LabError, NotFound, sentence
from mock_core.workspace import DEFAULT
from scenarios.portal.standing import Standing, StandingFold

if TYPE_CHECKING:
    import requests

    from scenarios.portal.runs import Runs
    from syncer import Engine, Sync
    from syncer.state import StandingSync

MOST_RUNS: Final = 1_000
"""Runs that one move of the clock may set off, while somebody waits."""

PATIENCE: Final = 30.0
"""Seconds of real time that somebody waits for a run."""

_AT_HAND: Final = 0.001  # seconds within which a moment has come: more than the digits that are lost in reckoning it
_DUE: Final = "due"


class Schedule:
    """The syncs that stand in a workspace of the Amplitude fake, run when they are due.

    `reach` gives a session that reaches both fakes, at `amplitude_url` and `segment_url`. `folder` keeps what Segment
    acknowledged, beside the journals; `broken` hears of what only a broken engine raises.
    """

    def __init__(
        self,
        state: AmplitudeState,
        reach: Callable[[], requests.Session],
        *,
        amplitude_url: str,
        segment_url: str,
        folder: Path | None = None,
        broken: Callable[[Exception], object] = lambda _error: None,
    ) -> None:
        self._amplitude = state
        self._reach = reach
        self._urls = (amplitude_url, segment_url)
        self._folder = folder
        self._broken = broken
        self._told = StandingFold(state.workspace.journal)
        self._lock = threading.RLock()
        self._engine: Runs | None = None
        self._running: dict[str, Future[Any]] = {}
        self._tried: dict[str, float] = {}

    def syncs(self) -> list[Standing]:
        """Return the syncs that stand, in the order in which they were set up."""
        self._told.settle()
        return list(self._told.syncs.values())

    def sync(self, label: str) -> Standing:
        """Return the sync called `COHORT:TARGET`."""
        self._told.settle()
        return self._told.sync(label)

    def runs(self, label: str | None = None) -> list[dict[str, Any]]:
        """Return the runs of one sync, or of all, newest first."""
        if self._engine is None and not self.syncs():
            return []
        if label is None:
            return self._runs.history()
        cohort_id, _, target = label.partition(":")
        return self._runs.history(cohort_id, target)

    def next_due(self, label: str) -> float | None:
        """Return when a sync runs next, in seconds since 1970, or None when it is not scheduled."""
        return self._due(self.sync(label))

    def is_running(self, label: str) -> bool:
        """Say whether a sync runs at this moment, or waits for its turn."""
        with self._lock:
            future = self._running.get(label)
            return future is not None and not future.done()

    def step(self) -> list[Future[Any]]:
        """Begin every run that is due by now; return those that were begun."""
        self._told.settle()
        if not self._told.syncs:
            return []
        now, begun = self._clock.now(), []
        for standing in self.syncs():
            if not self.is_running(standing.label):
                due = self._due(standing)
                if due is not None and due - now < _AT_HAND:
                    begun.append(self._start(standing, _DUE))
        return begun

    def advance(self, seconds: float) -> int:
        """Let time pass on the lab's clock, every run begun when it is due; return how many were."""
        foreseen = self._foreseen(seconds)
        if foreseen > MOST_RUNS:
            raise BadControl(
                f"That would set off some {foreseen:,} runs, expected at most {MOST_RUNS:,}: move it less far."
            )
        until, begun = self._clock.now() + seconds, 0
        while True:
            futures = self.step()
            with self._lock:
                under_way = list(self._running.values())  # also what somebody else began
            wait(under_way, timeout=PATIENCE)
            begun += len(futures)
            now = self._clock.now()
            dues = [due for each in self.syncs() if (due := self._due(each)) is not None]
            due = min(dues, default=math.inf)
            if due > until or (not futures and due - now < _AT_HAND):
                break
            if due > now:
                self._clock.advance(due - now)
        left = until - self._clock.now()
        if left > 0:
            self._clock.advance(left)
        return begun

    def settle(self) -> None:
        """Do nothing: a run takes time, and whoever moves the clock or asks must not wait for it."""

    def forget(self) -> None:
        """Begin anew with another journal."""
        self._close(forget=True)

    def close(self) -> None:
        """Stop what runs; the workspace ends."""
        self._close(forget=False)

    def _close(self, *, forget: bool) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
            self._running, self._tried = {}, {}
        if engine is not None:
            engine.close(forget=forget)

    @property
    def _clock(self) -> LabClock:
        return self._amplitude.workspace.clock

    @property
    def _runs(self) -> Runs:
        from scenarios.portal.runs import Runs  # noqa: PLC0415 - most labs have no sync of their own

        with self._lock:
            if self._engine is None:
                workspace = self._amplitude.workspace
                session = self._reach()
                if workspace.name != DEFAULT:
                    session.headers["X-Lab-Workspace"] = workspace.name
                has_run = any(each.data["op"] == "standing.run" for each in workspace.journal.walk(0, kind="control"))
                folder = self._folder and self._folder / workspace.name
                self._engine = Runs(session, workspace.clock, folder, is_fresh=not has_run)
            return self._engine

    def _start(self, standing: Standing, why: str, *, everybody: bool = False) -> Future[Any]:
        with self._lock:
            if self.is_running(standing.label):
                return self._running[standing.label]
            runs, sync = self._runs, self._bound(standing)
            everybody = everybody or _standing(standing).is_for_everybody(self._last_begun(standing))
            self._tried[standing.label] = self._clock.now()
            self._tell("standing.run", cohort_id=standing.cohort_id, target=standing.target, why=why)
            future = runs.begin(lambda engine: self._once(engine, standing, sync, everybody=everybody))
            self._running[standing.label] = future
            return future

    def _once(self, engine: Engine, standing: Standing, sync: Sync, *, everybody: bool) -> dict[str, Any]:
        """Run a sync in a thread of its own; whatever happens is told, for nobody may be waiting."""
        from syncer import CohortUnavailable, SyncError  # noqa: PLC0415 - as above

        try:
            report = engine.run(sync, everybody=everybody)
        except CohortUnavailable as error:  # the run fails and the schedule is disabled (amplitude facts 3.5)
            self._tell(
                "standing.disable", cohort_id=standing.cohort_id, target=standing.target, reason=sentence(str(error))
            )
            return self._ended(standing, "failed", str(error))
        except SyncError as error:
            return self._ended(standing, error.report.status if error.report else "failed", str(error))
        except LabError as error:  # the workspace was dropped meanwhile, or its disk is full
            return {"status": "failed", "message": str(error)}
        except Exception as error:
            self._broken(error)
            return {"status": "failed", "message": f"The engine itself broke: {error}. Please report it."}
        return self._ended(standing, report.status, "")

    def _ended(self, standing: Standing, status: str, message: str) -> dict[str, Any]:
        self._tell_cohort(standing, status)
        return {"status": status, "message": sentence(message) if message else ""}

    def _tell_cohort(self, standing: Standing, status: str | None = None) -> None:
        """Let the cohort's `syncMetadata` say how its sync stands (amplitude facts 1.2 A [doc])."""
        try:
            cohort = self._amplitude.cohort(standing.cohort_id)
            known = next((each for each in cohort.syncs if each.target == standing.target), None)
            moments = {
                "last_successful": known.last_successful if known else None,
                "last_failure": known.last_failure if known else None,
            }
            if status is not None:
                which = "last_successful" if status in {"succeeded", "partial"} else "last_failure"
                moments[which] = iso(round(self._clock.now() * 1000))
            current = self._told.syncs.get(standing.label)
            enabled = current is not None and not (current.is_paused or current.disabled)
            frequency = "minute" if standing.cadence == "realtime" else standing.cadence
            self._amplitude.put_sync(
                standing.cohort_id, target=standing.target, frequency=frequency, enabled=enabled, **moments
            )
        except NotFound:
            return

    def _last_begun(self, standing: Standing) -> float | None:
        begun = (self._runs.last_begun(standing.cohort_id, standing.target), self._tried.get(standing.label))
        return max((moment for moment in begun if moment is not None), default=None)

    def _due(self, standing: Standing) -> float | None:
        return _standing(standing).due(self._last_begun(standing), self._clock.now())

    def _foreseen(self, seconds: float) -> int:
        from syncer.cadence import PERIODS  # noqa: PLC0415 - as above

        scheduled = [each for each in self.syncs() if not (each.is_paused or each.disabled)]
        return sum(math.ceil(seconds / PERIODS[each.cadence]) for each in scheduled)

    def _bound(self, standing: Standing) -> Sync:
        """Return the sync that the engine runs, with the keys of the cohort's project."""
        from syncer import Source, Target  # noqa: PLC0415 - as above

        amplitude_url, segment_url = self._urls
        projects = {each.id: each for each in self._amplitude.projects()}
        cohort = self._amplitude.world.cohorts.by_id.get(standing.cohort_id)
        project = projects[cohort.project_id] if cohort is not None else next(iter(projects.values()))
        source = Source(project.api_key, project.secret_key, amplitude_url)
        target = Target(self._told.write_key(standing.target), segment_url, standing.target)
        return _standing(standing).bound(source, target)

    def _tell(self, op: str, **data: Any) -> None:
        self._amplitude.workspace.control(op, data)
        self._told.settle()


def _standing(standing: Standing) -> StandingSync:
    """Return it as the engine's own scheduling takes it."""
    from syncer.state import StandingSync  # noqa: PLC0415 - as above

    return StandingSync(**asdict(standing))
