"""A month passes: every sync of a plan runs when it is due, by the real engine against both fakes, on the lab's clock.

Cohorts are small stand-ins, as many as there are syncs; what depends on their size is reckoned from the real one. A
cohort beyond what Amplitude exports has a stand-in beyond a limit that is as small. Syncs run side by side, so that
limits on what runs at once are met as they would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mock_amplitude import AmplitudeSettings
from mock_amplitude.exports import next_month
from scenarios.forecast.outcome import EVENTS_PER_SECOND, Month, Run
from scenarios.forecast.plan import DAY, Plan, PlannedSync, changes
from scenarios.forecast.turns import Turns
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.simulation import DirectTransport
from syncer import Engine, MemoryState, Settings, Source, Sync, SyncError, Target
from syncer.wire import Download, Reply

SMALL, LARGE = 2, 20  # members of a stand-in, and of one whose cohort is larger than Amplitude exports
MOST_SMALL = 10  # what is exported when there is a limit
EVENT_BYTES = 400  # of one identify, when none was sent to measure; what is measured counts
_REQUEST = "/api/5/cohorts/request/"
_QUOTAS = ("monthly_requests", "requests_per_10_minutes", "parallel_per_minute", "concurrent_jobs")
_OLD = 90 * DAY  # how old cohorts are


def pass_month(plan: Plan) -> Month:
    """Let the days of a plan pass and return what became of it. Raises what breaks in the lab."""
    settings = AmplitudeSettings()
    limits = {name: int(plan.amplitude.get(name, getattr(settings, name))) for name in _QUOTAS}
    most = int(plan.amplitude.get("max_export_members", settings.max_export_members))
    with Lab(seed=plan.seed, start=plan.start) as lab:
        lab.amplitude.configure(**{**plan.amplitude, "max_export_members": MOST_SMALL if most else 0})
        turns = Turns(lab.clock)
        stage = _Stage(plan, lab, turns, _Heard(), most)
        standing = [_StandIn(stage, sync, number) for number, sync in enumerate(plan.syncs)]
        used = _Used(plan, limits["monthly_requests"], lab, turns)
        turns.run([used.keep, *(each.live for each in standing)])
        runs = sorted((run for each in standing for run in each.runs), key=lambda run: (run.begun, run.ended))
        return Month(plan, tuple(runs), tuple(sorted(stage.heard.downloads)), stage.heard.held_up, limits)


@dataclass(slots=True)
class _Heard:
    """What Amplitude answered when it was asked for downloads."""

    downloads: list[float] = field(default_factory=list)
    held_up: int = 0


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all stand-ins share; `most` are the members of the largest cohort that Amplitude exports, 0 for any."""

    plan: Plan
    lab: Lab
    turns: Turns
    heard: _Heard
    most: int


class _Used:
    """Downloads that were gone before the plan begins: the first calendar month has so many fewer."""

    def __init__(self, plan: Plan, limit: int, lab: Lab, turns: Turns) -> None:
        self._plan, self._limit, self._lab, self._turns = plan, limit, lab, turns

    def keep(self) -> None:
        """Take them off the month's quota, and give them back when the next month begins."""
        if not (self._limit and self._plan.used):
            return
        self._lab.amplitude.configure(monthly_requests=self._limit - self._plan.used)
        turn = next_month(round(self._plan.start * 1000)) / 1000
        if turn < self._plan.end:
            self._turns.until(turn)
            self._lab.amplitude.configure(monthly_requests=self._limit)


class _Watched:
    """The way to the fakes, with an ear on what a sync is told when it asks for downloads, and on what it sends."""

    def __init__(self, lab: Lab, turns: Turns, heard: _Heard) -> None:
        self._inner, self._turns, self._heard = DirectTransport(lab), turns, heard
        self.sent_bytes = 0

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        """Send one request and return its whole reply."""
        at = self._turns.now()
        reply = self._inner.exchange(method, url, headers, body, timeout)
        if url.startswith(SEGMENT_URL):
            self.sent_bytes += len(body or b"")
        elif (path := urlsplit(url).path).startswith(_REQUEST) and path.count("/") == _REQUEST.count("/"):
            if reply.status == 429:
                self._heard.held_up += 1
            else:
                self._heard.downloads.append(at)
        return reply

    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Download]:
        """Send one GET and hand over the reply in pieces."""
        return self._inner.download(url, headers, timeout)


class _StandIn:
    """A sync with a cohort of a few people, who come and go as often as the real one has anything to tell."""

    def __init__(self, stage: _Stage, sync: PlannedSync, number: int) -> None:
        self._sync, self._plan, self._lab, self._turns = sync, stage.plan, stage.lab, stage.turns
        self._transport = _Watched(stage.lab, stage.turns, stage.heard)
        self._settings = Settings.of({**stage.plan.engine, **sync.settings, "parallel": 1})
        self._cohort_id = f"c{number:07}"
        self._told_at: float | None = None
        self._came = 0
        self._event_bytes = EVENT_BYTES
        self.runs: list[Run] = []
        stage.lab.amplitude.create_cohort(sync.name, cohort_id=self._cohort_id, created_at=int(stage.plan.start - _OLD))
        people = LARGE if stage.most and sync.size > stage.most else SMALL
        stage.lab.amplitude.enter(self._cohort_id, [f"user-{number}-{each}" for each in range(people)])

    def live(self) -> None:
        """Run whenever it is due until the plan ends."""
        target = Target(f"write-key-of-{self._sync.target}", SEGMENT_URL, self._sync.target)
        sync = Sync(self._cohort_id, Source(API_KEY, SECRET_KEY, AMPLITUDE_URL), target, self._settings)
        with MemoryState() as state:
            engine = Engine(state, transport=self._transport, clock=self._turns, chance=lambda: 0.0)
            for due in self._dues():
                self._turns.until(max(due, self._turns.now()))
                self._once(engine, sync)

    def _dues(self) -> Iterator[float]:
        """Yield when it is due, by when its last run began; a month that is used up is gone through without a run."""
        due = self._sync.due(None)
        while due is not None and due < self._plan.end:
            yield due
            due = self._sync.due(self.runs[-1].begun)
            while self.runs[-1].limit == "the month's downloads" and due is not None and due < self._gone_until():
                self.runs.append(Run(self._sync.name, due, due, False, self.runs[-1].reason, is_rehearsed=False))
                due = self._sync.due(due)

    def _gone_until(self) -> float:
        """Return when the month ends in which the last run was refused, or the plan does."""
        return min(next_month(round(self.runs[-1].begun * 1000)) / 1000, self._plan.end)

    def _once(self, engine: Engine, sync: Sync) -> None:
        begun = self._turns.now()
        events = changes(self._sync, self._told_at, begun)
        self._move(events)
        before = self._transport.sent_bytes
        try:
            report = engine.run(sync)
        except SyncError as error:
            self.runs.append(Run(self._sync.name, begun, self._turns.now(), False, str(error)))
            return
        if report.calls:
            self._event_bytes = max(1, (self._transport.sent_bytes - before) // report.calls)
        self._turns.sleep(events / EVENTS_PER_SECOND)
        self._told_at = begun
        self.runs.append(
            Run(self._sync.name, begun, self._turns.now(), True, events=events, calls=-(-events // self._in_a_call()))
        )

    def _move(self, events: int) -> None:
        """Let somebody enter, or leave who entered, when the real cohort has anything to tell after its first run."""
        if self._told_at is None or not events:
            return
        who = f"{self._cohort_id}-comes-and-goes"
        (self._lab.amplitude.leave if self._came % 2 else self._lab.amplitude.enter)(self._cohort_id, [who])
        self._came += 1

    def _in_a_call(self) -> int:
        """Return how many events go into one call, by the engine's bounds on number and bytes."""
        limits = self._settings.limits
        return max(1, min(limits.events, limits.bytes // self._event_bytes))
