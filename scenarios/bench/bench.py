"""The bench: a scenario on its way. What the steps change, the expectations look at, and the timeline records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from contracts.trait_key import TraitKeyFormat
from mock_core.errors import LabError
from scenarios.bench.attempts import attempts
from scenarios.bench.check import Check
from scenarios.bench.timeline import CheckMade, FaultStruck, RequestMade, Standing, TimelineEvent
from scenarios.bench.trouble import Trouble
from scenarios.files import Scenario, Step
from scenarios.lab import Lab
from scenarios.oracle import Difference, Oracle
from scenarios.subjects import Subject, SyncResult

Profiles = dict[str, dict[str, dict[str, object]]]  # write key -> user id -> traits


@dataclass(frozen=True, slots=True)
class WentWrong:
    """The step after which the profiles first were not what they must be, and the differences there."""

    step: int
    words: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class FormerKey:
    """A trait key that a cohort had until the rename at `step`."""

    cohort: str
    trait: str
    step: int


@dataclass(slots=True)
class Bench:
    """A scenario on its way: the lab, the subject, the oracles, and what was found so far.

    `names` and `keys` are the cohorts' names and the targets' write keys as they are now.
    """

    scenario: Scenario
    lab: Lab
    subject: Subject
    format: TraitKeyFormat
    state_dir: Path
    names: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    oracles: dict[str, Oracle] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    syncs: list[SyncResult] = field(default_factory=list)
    timeline: list[TimelineEvent] = field(default_factory=list)
    former: list[FormerKey] = field(default_factory=list)  # the oldest first
    went_wrong: WentWrong | None = None
    troubles: dict[tuple[str, str], Trouble] = field(default_factory=dict)  # by fake and fault
    kills_missed: list[str] = field(default_factory=list)  # syncs, in words, that ended before they were to be killed
    named_faults: dict[str, tuple[str, str]] = field(default_factory=dict)
    order: list[tuple[str, int]] = field(default_factory=list)  # (fake, entry), as the entries of both came
    _profiles: tuple[tuple[int, float], Profiles] | None = None
    _seen: dict[str, int] = field(default_factory=lambda: {"amplitude": 0, "segment": 0})
    _standing: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    _as_good: dict[tuple[str, str], set[tuple[str, object]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        before = []
        for fake in ("amplitude", "segment"):
            journal = getattr(self.lab, fake).workspace.journal
            before += [
                (entry.at, fake, entry.seq) for entry in journal.walk()
            ]  # a lab that is served has set its clock
            journal.observe(lambda seq, fake=fake: self.order.append((fake, seq)))
        self.order[:0] = [(fake, seq) for _, fake, seq in sorted(before)]

    def cohort_id(self, short: str) -> str:
        return self.scenario.cohorts[short].cohort_id

    def trait(self, short: str) -> str:
        """Return the trait key of a cohort under the name it has now."""
        return self.format.format(self.names[short], self.cohort_id(short))

    def oracle(self, write_key: str) -> Oracle:
        """Return the oracle of what one write key must know."""
        return self.oracles.setdefault(write_key, Oracle())

    @property
    def moment(self) -> dict[str, Any]:
        """Return the time and the journal positions that every event of the timeline carries."""
        return {
            "at": self.lab.clock.now(),
            "amplitude": self.lab.amplitude.workspace.journal.last,
            "segment": self.lab.segment.workspace.journal.last,
        }

    def check(self, check: Check) -> bool:
        """Note a check."""
        self.checks.append(check)
        said = CheckMade(**self.moment, claim=check.claim, held=check.held, reason=check.reason, note=check.note)
        self.timeline.append(said)
        return check.held

    def members(self, cohort_id: str) -> list[str | None]:
        """Return the user ids of a cohort's members now, None for anonymous ones."""
        try:
            return [member.user_id for member in self.lab.amplitude.membership(cohort_id)]
        except LabError:  # deleted: it has no members
            return []

    def profiles(self) -> Profiles:
        """Return the folded traits of every user, apart for each write key."""
        stamp = (self.lab.segment.workspace.journal.last, self.lab.clock.now())
        if self._profiles is None or self._profiles[0] != stamp:
            self._profiles = (stamp, self._fold())
        return self._profiles[1]

    def _fold(self) -> Profiles:
        by_key = self.lab.segment.profiles_by_key()
        return {
            key: {user_id: profile.traits for user_id, profile in profiles.items()} for key, profiles in by_key.items()
        }

    def differences(self) -> list[Difference]:
        """Return every trait that is not what it must be, whatever the write key."""
        targets = {key: target for target, key in self.keys.items()} if len(self.keys) > 1 else {}
        return [
            replace(difference, target=targets.get(key, ""))
            for key in {**self.profiles(), **self.oracles}
            for difference in self._differences_at(key)
        ]

    def _differences_at(self, write_key: str) -> list[Difference]:
        return self.oracle(write_key).differences(self.profiles().get(write_key, {}))

    def noted(self, step: Step | None, words: str) -> None:
        """Bring the timeline up to date: calls and faults since the last look, and who stands where now."""
        for on in ("amplitude", "segment"):
            self._note_calls(on)
        if self.scenario.destinations:
            self._note_vendors()
        for short in self.scenario.cohorts:
            for target in self.scenario.targets:
                self._note_standing(short, target, step)
        if self.went_wrong is None and step is not None and step.verb == "sync":
            differences = self.differences()
            if differences and self.syncs[-1].succeeded:
                self.went_wrong = WentWrong(step.number, words, tuple(differences))

    def noted_at_the_end(self) -> None:
        """Note what is wrong at the end and was not after any sync: the last step is where it shows."""
        if self.went_wrong is None and (differences := self.differences()):
            self.went_wrong = WentWrong(self.scenario.steps[-1].number, "the end", tuple(differences))

    def _note_calls(self, on: str) -> None:
        state = self.lab.segment if on == "segment" else self.lab.amplitude
        after = self._seen[on]
        sent = {attempt.entry: attempt for attempt in attempts(self.lab.segment, after)} if on == "segment" else {}
        for entry in state.workspace.journal.walk(after, kind="request"):
            data = entry.data
            stamp: dict[str, Any] = {"at": entry.at / 1000, "amplitude": 0, "segment": 0, on: entry.seq}
            verdicts: dict[str, int] = {}
            if on == "segment":
                for verdict in self.lab.segment.verdicts_of(entry.seq):
                    verdicts[verdict.verdict] = verdicts.get(verdict.verdict, 0) + 1
            self.timeline.append(
                RequestMade(
                    **stamp,
                    on=on,
                    entry=entry.seq,
                    method=data["method"],
                    path=data["path"],
                    status=0 if data.get("reset") else data["status"],
                    events=len(sent[entry.seq].events) if entry.seq in sent else 0,
                    verdicts=verdicts,
                )
            )
            for fault_id in data.get("faults", ()):
                trouble = self.troubles.get((on, fault_id))
                if trouble is not None:
                    trouble.struck += 1
                kind = "kill" if trouble is None else trouble.kind
                self.timeline.append(FaultStruck(**stamp, on=on, entry=entry.seq, fault_id=fault_id, fault=kind))
        self._seen[on] = state.workspace.journal.last

    def _note_vendors(self) -> None:
        """Count the calls to vendors that faults struck; one that was lifted keeps what was counted."""
        for fault in self.lab.destinations.faults():
            trouble = self.troubles.get((fault["on"], fault["id"]))
            if trouble is not None:
                trouble.struck = fault["struck"]

    def _told(self, short: str, target: str) -> dict[str, object]:
        """Return what each user was told of a cohort under the newest of its names that they were told of."""
        keys = [*(each.trait for each in self.former if each.cohort == short), self.trait(short)]
        return {
            user_id: traits[known[-1]]
            for user_id, traits in self.profiles().get(self.keys[target], {}).items()
            if (known := [key for key in keys if key in traits])
        }

    def _note_standing(self, short: str, target: str, step: Step | None) -> None:
        members = self.members(self.cohort_id(short))
        identified = {user_id for user_id in members if user_id}
        values = self._told(short, target)
        told_true = sum(value is True for value in values.values())
        told_false = sum(value is False for value in values.values())
        apart = {user_id for user_id in identified if values.get(user_id) is not True}
        apart |= {user_id for user_id, value in values.items() if user_id not in identified and value is not False}
        standing_apart = {(user_id, values.get(user_id)) for user_id in apart}
        if step is not None and step.verb == "sync" and step.cohort == short and self.syncs[-1].succeeded:
            # What the oracle takes for as good as the membership stays so until it changes.
            differ = {difference.user_id for difference in self._differences_at(self.keys[target])}
            self._as_good[short, target] = {each for each in standing_apart if each[0] not in differ}
        wrong = len(standing_apart - self._as_good.get((short, target), set()))
        trait = self.trait(short)
        standing = (len(members), len(members) - len(identified), told_true, told_false, wrong)
        if self._standing.get((short, target)) == standing:
            return
        self._standing[short, target] = standing
        self.timeline.append(
            Standing(
                **self.moment,
                cohort=short,
                cohort_id=self.cohort_id(short),
                target=target,
                trait=trait,
                members=standing[0],
                anonymous=standing[1],
                told_true=told_true,
                told_false=told_false,
                wrong=wrong,
            )
        )
