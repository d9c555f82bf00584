"""A trial: one rehearsal against our engine, in the leanest lab there is, judged after every sync.

It does what the scenario runner does with the same data, without reading a file, keeping a timeline or going
through WSGI. What fails here is written down as a scenario and run again by the runner, which has the last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scenarios.files import DEFAULT_START, DEFAULT_TARGETS, seconds
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.running import COHORT_AGE, DEFAULT_SETTINGS
from scenarios.simulation.judging import SPELLING, STYLE, Broken, Judge
from scenarios.simulation.repair import Data
from scenarios.simulation.transport import DirectTransport
from syncer import Engine, MemoryState, Settings, Source, Sync, SyncError, Target, Transport

Planted = Callable[[Transport], Transport]
"""A bug to plant: makes a misbehaving transport of a good one."""

MOST_CALLS = 3_000  # of one sync; virtual time would let a loop go on for ever
_START = datetime.fromisoformat(DEFAULT_START).timestamp()
_SOURCE = Source(API_KEY, SECRET_KEY, AMPLITUDE_URL)
_SETTINGS = Settings(trait_key=STYLE, parallel=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """What did not hold: of which kind, after which step (from 1), and in words."""

    kind: str
    step: int
    words: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial; `entries` counts those of both journals."""

    syncs: int
    kills: int
    failed_syncs: int
    entries: int
    failure: Failure | None


class Killed(BaseException):
    """The process would be gone now: nothing of the engine's catches this."""


def no_bug(transport: Transport) -> Transport:
    """Plant nothing."""
    return transport


def attempt(data: Data, planted: Planted = no_bug) -> Result:
    """Run one rehearsal and judge it; `data` has been repaired."""
    limits = _Limits()
    with Lab(seed=data.get("seed", 0), start=_START) as lab, MemoryState(boundary=limits.passed) as state:
        trial = _Trial(data, lab, state, limits, planted)
        failure = None
        step = 0
        try:
            for step, told in enumerate(data["steps"], 1):  # noqa: B007 - a failure tells it
                trial.take(told)
            trial.judge.judge_end()
        except Broken as broken:
            failure = Failure(broken.kind, step, broken.words)
        except Exception as error:  # a bug of the engine, the fakes or the generator: found all the same
            failure = Failure(f"raised {type(error).__name__}", step, f"{type(error).__name__}: {error}")
        entries = lab.amplitude.workspace.journal.last + lab.segment.workspace.journal.last
        return Result(trial.syncs, trial.kills, trial.failed, entries, failure)


@dataclass(slots=True)
class _Limits:
    """What one sync may do: the boundary or the call it dies at, and how many calls are too many."""

    boundary: int = 0
    on: str = ""
    calls: int = 0
    _passed: int = 0
    _made: Counter[str] = field(default_factory=Counter)

    def begin(self, kill: Data | None) -> None:
        """Begin to count for a sync that is to be killed, or not."""
        self._passed = 0
        self._made.clear()
        kill = kill or {"calls": 0}
        self.boundary = kill.get("boundary", 0)
        self.on, self.calls = kill.get("on", "segment"), 0 if self.boundary else kill.get("calls", 1)

    def passed(self, _name: str) -> None:
        """Count a boundary."""
        self._passed += 1
        if self._passed == self.boundary:
            raise Killed

    def called(self, on: str) -> None:
        """Count a call that a fake has journaled."""
        self._made[on] += 1
        if self._made[on] == self.calls and on == self.on:
            raise Killed
        if self._made.total() > MOST_CALLS:
            words = f"it made more than {MOST_CALLS} calls in one sync"
            raise Broken("runaway", words)


class _Trial:
    """A rehearsal on its way."""

    def __init__(self, data: Data, lab: Lab, state: MemoryState, limits: _Limits, planted: Planted) -> None:
        self._lab, self._state, self._limits = lab, state, limits
        self._transport = planted(DirectTransport(lab, limits.called))
        self._names = {short: plan["name"] for short, plan in data["cohorts"].items()}
        self._ids = {short: f"{short}0000000" for short in self._names}
        self._keys: Mapping[str, str] = data.get("targets", DEFAULT_TARGETS)
        self.judge = Judge(lab, keeps_contracts=data.get("expect", {}).get("contracts", False))
        self.syncs = self.kills = self.failed = 0
        self._restart("subject")
        for target, key in self._keys.items():
            lab.segment.put_source(key, name=target)
        for fake, settings in {**DEFAULT_SETTINGS, **data.get("settings", {})}.items():
            getattr(lab, fake).configure(**settings)
        for short, plan in data["cohorts"].items():
            lab.amplitude.create_cohort(plan["name"], cohort_id=self._ids[short], created_at=int(_START) - COHORT_AGE)
            self._enter({"cohort": short, "users": plan.get("members", ()), **plan})

    def take(self, step: Data) -> None:
        """Take one step."""
        ((verb, told),) = step.items()
        _VERBS[verb](self, told)

    def _restart(self, _told: str) -> None:
        self._engine = Engine(
            self._state, transport=self._transport, clock=self._lab.clock, boundary=self._limits.passed
        )

    def _enter(self, told: Data) -> None:
        cohort_id = self._ids[told["cohort"]]
        people = [*told.get("users", ()), *[None] * told.get("anonymous", 0)]
        if people:
            self._lab.amplitude.enter(cohort_id, people)
        if told.get("people"):
            self._lab.amplitude.populate(cohort_id, told["people"])

    def _leave(self, told: Data) -> None:
        cohort_id, users, people = self._ids[told["cohort"]], told.get("users", []), told.get("people", 0)
        chosen: list[int] = []
        if people:
            members = self._lab.amplitude.membership(cohort_id)
            chosen = [each.amplitude_id for each in members if each.user_id and each.user_id not in users][:people]
        self._lab.amplitude.leave(cohort_id, users, amplitude_ids=chosen)

    def _rename(self, told: Data) -> None:
        self._lab.amplitude.rename(self._ids[told["cohort"]], told["to"])
        self._names[told["cohort"]] = told["to"]

    def _advance(self, told: str) -> None:
        self._lab.clock.advance(seconds(told))

    def _arm(self, told: Data) -> None:
        spec = dict(told)
        getattr(self._lab, spec.pop("on")).workspace.arm(spec)

    def _lift(self, told: str) -> None:
        getattr(self._lab, told).workspace.lift()

    def _sync(self, told: Any) -> None:
        plan: Data = told if isinstance(told, dict) else {"cohort": told}
        short, kill = plan["cohort"], plan.get("killed")
        target = plan.get("target", next(iter(self._keys)))
        key = self._keys[target]
        cohort_id = self._ids[short]
        trait = SPELLING.format(self._names[short], cohort_id)
        before = self._lab.amplitude.workspace.journal.last
        reason = self._run(Sync(cohort_id, _SOURCE, Target(key, SEGMENT_URL, target), _SETTINGS), kill)
        members = self._members_seen(cohort_id, before)
        oracle = self.judge.oracle(key)
        if reason is None:
            oracle.synced(cohort_id, trait, members)
            self.judge.judge()
            return
        oracle.attempted(trait, members, cohort_id)
        self.judge.fold()
        if kill is None:
            self.failed += 1
            if plan.get("fails") != "maybe":
                words = f"sync {short} failed and nothing was in its way: {reason}"
                raise Broken("sync failed", words)

    def _run(self, sync: Sync, kill: Data | None) -> str | None:
        """Run the engine once; return why it did not succeed, or None when it did."""
        self.syncs += 1
        self._limits.begin(kill)
        try:
            report = self._engine.run(sync)
        except SyncError as error:
            return str(error)
        except Killed:
            self.kills += 1
            self._limits.begin(None)
            self._restart("subject")
            return "it was killed"
        return None if report.is_complete else report.reason or "it said that it failed"

    def _members_seen(self, cohort_id: str, after: int) -> list[str | None]:
        """Return the members a sync could know of: those of the last export it asked for, else those of now."""
        amplitude = self._lab.amplitude
        asked = [job for job in amplitude.jobs() if job.cohort_id == cohort_id and job.entry > after]
        landed = [job for job in asked if job.outcome == "lands"]
        if landed:
            return [user_id for _, user_id in amplitude.export_of(landed[-1]).members.rows()]
        return [member.user_id for member in amplitude.membership(cohort_id)]


_VERBS: dict[str, Callable[[_Trial, Any], None]] = {
    "sync": _Trial._sync,
    "enter": _Trial._enter,
    "leave": _Trial._leave,
    "advance": _Trial._advance,
    "rename": _Trial._rename,
    "restart": _Trial._restart,
    "fault": _Trial._arm,
    "lift": _Trial._lift,
}
