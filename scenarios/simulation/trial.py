"""A trial: one rehearsal against our engine, in the leanest lab there is, judged after every sync.

It does what the scenario runner does with the same data, without reading a file, keeping a timeline or going
through WSGI. What fails here is written down as a scenario and run again by the runner, which has the last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from contracts.check import contract
from contracts.sequence import Place, Sequence
from contracts.trait_key import trait_key_format
from mock_core.errors import LabError
from mock_segment.captures import read_capture
from scenarios.format import DEFAULT_START, seconds
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, WRITE_KEY, Lab
from scenarios.oracle import Difference, Oracle
from scenarios.simulation.generate import USERS
from scenarios.simulation.repair import Data
from scenarios.simulation.transport import DirectTransport
from syncer import Engine, MemoryState, Settings, Source, Sync, SyncError, Target, Transport

Planted = Callable[[Transport], Transport]
"""A bug to plant: makes a misbehaving transport of a good one."""

MOST_CALLS = 3_000  # of one sync; virtual time would let a loop go on for ever
PAYLOADS_CHECKED = 4
_STYLE = "amplitude"
_NAMED = frozenset(USERS)
_START = datetime.fromisoformat(DEFAULT_START).timestamp()
_SOURCE = Source(API_KEY, SECRET_KEY, AMPLITUDE_URL)
_TARGET = Target(WRITE_KEY, SEGMENT_URL, "lab")
_SETTINGS = Settings(trait_key=_STYLE, parallel=1)
_SPELLING = trait_key_format(_STYLE)


@dataclass(frozen=True, slots=True)
class Failure:
    """What did not hold: of which kind, after which step (from 1), and in words."""

    kind: str
    step: int
    words: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial."""

    syncs: int
    kills: int
    failed_syncs: int
    requests: int
    failure: Failure | None


class Killed(BaseException):
    """The process would be gone now: nothing of the engine's catches this."""


class _Broken(Exception):
    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


def no_bug(transport: Transport) -> Transport:
    """Plant nothing."""
    return transport


def attempt(data: Data, planted: Planted = no_bug) -> Result:
    """Run one rehearsal and judge it; `data` has been repaired."""
    with Lab(seed=data.get("seed", 0), start=_START) as lab, MemoryState() as state:
        trial = _Trial(data, lab, state, planted)
        failure = None
        number = 0
        try:
            for number, step in enumerate(data["steps"], 1):
                trial.take(step)
            trial.judge_end()
        except _Broken as broken:
            failure = Failure(broken.kind, number, broken.words)
        except Exception as error:  # a bug of the engine, the fakes or the generator: found all the same
            failure = Failure(f"raised {type(error).__name__}", number, f"{type(error).__name__}: {error}")
        requests = lab.amplitude.workspace.journal.last + lab.segment.workspace.journal.last
        return Result(trial.syncs, trial.kills, trial.failed, requests, failure)


@dataclass(slots=True)
class _Limit:
    """What one sync may do: to which boundary or call it lives, and how many calls are too many."""

    boundary: int = 0
    on: str = ""
    calls: int = 0
    passed: int = 0
    made: Counter[str] = field(default_factory=Counter)

    def pass_boundary(self, _name: str) -> None:
        self.passed += 1
        if self.passed == self.boundary:
            raise Killed

    def called(self, on: str) -> None:
        self.made[on] += 1
        if self.made[on] == self.calls and on == self.on:
            raise Killed
        if self.made.total() > MOST_CALLS:
            words = f"it made more than {MOST_CALLS} calls in one sync"
            raise _Broken("runaway", words)


class _Trial:
    def __init__(self, data: Data, lab: Lab, state: MemoryState, planted: Planted) -> None:
        self._lab, self._state, self._oracle = lab, state, Oracle()
        self._limit = _Limit()
        state._database._boundary = lambda name: self._limit.pass_boundary(name)
        self._transport = planted(DirectTransport(lab, lambda on: self._limit.called(on)))
        self._names = {short: plan["name"] for short, plan in data["cohorts"].items()}
        self._ids = {short: f"{short}0000000" for short in self._names}
        self._profiles: dict[str, dict[str, Any]] = {}
        self._read = self._kept_out = 0
        self._payload, self._sequence = contract("cohort-identify", _STYLE), Sequence(_SPELLING)
        self._keeps_contracts = data.get("expect", {}).get("contracts", False)
        self.syncs = self.kills = self.failed = 0
        self._restart("subject")
        lab.segment.put_source(WRITE_KEY, name="lab")
        for short, plan in data["cohorts"].items():
            lab.amplitude.create_cohort(plan["name"], cohort_id=self._ids[short])
            told = [*plan.get("members", ()), *[None] * plan.get("anonymous", 0)]
            if told:
                lab.amplitude.enter(self._ids[short], told)
            if plan.get("people"):
                lab.amplitude.populate(self._ids[short], plan["people"])
        self._verbs: dict[str, Callable[[Any], None]] = {
            "sync": self._sync,
            "enter": self._enter,
            "leave": self._leave,
            "advance": lambda told: lab.clock.advance(seconds(told)) and None,
            "rename": self._rename,
            "restart": self._restart,
            "fault": self._arm,
            "lift": lambda told: getattr(lab, told).workspace.lift() and None,
        }

    def take(self, step: Data) -> None:
        ((verb, told),) = step.items()
        self._verbs[verb](told)

    def judge_end(self) -> None:
        discarded = sum(events for (_, _, verdict, _), events in self._lab.segment.tally().items() if verdict == "discarded")
        if discarded:
            raise _Broken("discarded", f"Segment discarded {discarded} events")

    def _restart(self, _told: str) -> None:
        self._engine = Engine(
            self._state, transport=self._transport, clock=self._lab.clock, boundary=lambda name: self._limit.pass_boundary(name)
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
        members = self._lab.amplitude.membership(cohort_id)
        chosen = [each.amplitude_id for each in members if each.user_id and each.user_id not in users][:people] if people else []
        self._lab.amplitude.leave(cohort_id, users, amplitude_ids=chosen)

    def _rename(self, told: Data) -> None:
        self._lab.amplitude.rename(self._ids[told["cohort"]], told["to"])
        self._names[told["cohort"]] = told["to"]

    def _arm(self, told: Data) -> None:
        spec = dict(told)
        getattr(self._lab, spec.pop("on")).workspace.arm(spec)

    def _sync(self, told: Any) -> None:
        plan: Data = told if isinstance(told, dict) else {"cohort": told}
        short, kill = plan["cohort"], plan.get("killed")
        cohort_id = self._ids[short]
        trait = _SPELLING.format(self._names[short], cohort_id)
        self._limit = _Limit(**({"on": "segment", "calls": 1, **kill} if kill and "boundary" not in kill else kill or {}))
        before = self._lab.amplitude.workspace.journal.last
        self.syncs += 1
        reason: str | None
        try:
            report = self._engine.run(Sync(cohort_id, _SOURCE, _TARGET, _SETTINGS))
            reason = None if report.is_complete else report.reason or "it said that it failed"
        except SyncError as error:
            reason = str(error)
        except Killed:
            reason = "it was killed"
            self.kills += 1
            self._limit = _Limit()
            self._restart("subject")
        members = self._members_seen(cohort_id, before)
        if reason is None:
            self._oracle.synced(cohort_id, trait, members)
            self._judge()
            return
        self._oracle.attempted(trait, members, cohort_id)
        self._fold()
        if kill is None:
            self.failed += 1
            if plan.get("fails") != "maybe":
                raise _Broken("sync failed", f"sync {short} failed and nothing was in its way: {reason}")

    def _members_seen(self, cohort_id: str, after: int) -> list[str | None]:
        """Return the members a sync could know of: those of the last export it asked for, else those of now."""
        amplitude = self._lab.amplitude
        landed = [
            job for job in amplitude.jobs() if job.cohort_id == cohort_id and job.entry > after and job.outcome == "lands"
        ]
        found = amplitude.export_of(landed[-1]).members if landed else amplitude.membership(cohort_id)
        return [user_id for _, user_id in found]

    def _judge(self) -> None:
        self._fold()
        differences = self._oracle.differences(self._profiles)
        if differences:
            more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
            raise _Broken("profiles", f"{_in_words(differences[0])}{more}")

    def _fold(self) -> None:
        """Take in what was delivered since the last look: nothing here delays or reorders events."""
        segment = self._lab.segment
        tally = segment.tally()
        kept_out = sum(events for (_, _, verdict, _), events in tally.items() if verdict != "delivered")
        all_delivered, self._kept_out = kept_out == self._kept_out, kept_out
        for entry in segment.workspace.journal.walk(self._read, kind="request"):
            self._read = entry.seq
            capture = read_capture(entry)
            if capture is None:
                continue
            items = capture.items
            if not all_delivered:
                verdicts = segment.verdicts(entry.seq)
                items = [item for item, found in zip(items, verdicts, strict=True) if found.verdict == "delivered"]
            for item in items:
                self._profiles.setdefault(item["userId"], {}).update(item["traits"])
            if self._keeps_contracts:
                self._check(capture.envelope["batch"], entry.seq)

    def _check(self, events: list[Data], entry: int) -> None:
        # The payload contract on some events of each upload: the same code wrote them all.
        found = [violation for event in events[:PAYLOADS_CHECKED] for violation in self._payload.violations(event)]
        followed = [event for event in events if _is_followed(event["userId"])]
        found += [violation for _, violation in self._sequence.see(followed, Place("uploads", entry))]
        for violation in found:
            if str(violation.rule.severity) == "error":
                raise _Broken(f"contract {violation.rule.code}", f"upload {entry}: {violation.message}")


def _is_followed(user_id: str) -> bool:
    """Say whether the contracts over a sequence follow a user: everyone named, and one in eight of those generated."""
    return user_id in _NAMED or crc32(user_id.encode()) % 8 == 0


def _in_words(difference: Difference) -> str:
    expected = "never told" if difference.expected is None else str(difference.expected).lower()
    return f"{difference.user_id!r} has {difference.trait!r} {difference.found!r}, must be {expected}"


__all__ = ["Failure", "LabError", "Planted", "Result", "attempt", "no_bug"]
