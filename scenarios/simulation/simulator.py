"""The simulator: many rehearsals, each by its number, done by whatever crew there is; what fails is shrunk and kept."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from scenarios.bench import Bench
from scenarios.campaigns import Crew, Kept, Plain, alone, campaign
from scenarios.errors import FileUnusable
from scenarios.files import read_scenario, yaml_of
from scenarios.running import Outcome, run_scenario
from scenarios.simulation.generate import rehearsal
from scenarios.simulation.repair import Data, repaired
from scenarios.simulation.shrink import shrunk, trimmed
from scenarios.simulation.trial import Failure, Planted, Result, attempt, no_bug
from scenarios.subjects import MakeSubject, subject_maker

FULL_SHARE = 200  # one in so many rehearsals also goes the long way, through HTTP and WSGI and the scenario runner


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rehearsals to run: those of a seed from number `first` on."""

    seed: int
    runs: int
    users: int = 1_000
    first: int = 0
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """One rehearsal and what came of it."""

    number: int
    result: Result


@dataclass(frozen=True, slots=True)
class Found:
    """A failure, shrunk and written down.

    `judged` is what the scenario runner says of the file: it has the last word, on the full way through WSGI.
    """

    number: int
    failure: Failure
    shrunk: Failure
    file: Path
    judged: Outcome


def simulate(
    plan: Plan, planted: Planted = no_bug, crew: Crew | None = None, kept: Kept | None = None
) -> Iterator[Tried]:
    """Yield what came of every rehearsal, in order, whoever does them; what `kept` has is not done again."""
    yield from campaign(Rehearsing(plan, planted), range(plan.first, plan.first + plan.runs), crew or alone(), kept)


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """The work of a simulation: rehearsals by their numbers."""

    plan: Plan
    planted: Planted = no_bug

    def __call__(self, numbers: Sequence[int]) -> list[Tried]:
        with _garbage_left_lying():
            return [_try(self.plan, self.planted, number) for number in numbers]


def _try(plan: Plan, planted: Planted, number: int) -> Tried:
    data = repaired(_data(plan, number))
    result = attempt(data, planted)
    if number % FULL_SHARE == 0 and planted is no_bug and result.failure is None:
        outcome = through_everything(data)
        if not outcome.passed:
            words = next(f"{check.claim}: {check.reason}" for check in outcome.checks if not check.held)
            result = replace(result, failure=Failure("the scenario runner disagrees", len(data["steps"]), words))
    return Tried(number, result)


@dataclass(frozen=True, slots=True)
class FailsAlike:
    """Says of a reduction whether it fails, and in the same way."""

    kind: str
    planted: Planted = no_bug

    def __call__(self, data: Data) -> bool:
        failure = attempt(data, self.planted).failure
        return failure is not None and failure.kind == self.kind


@contextmanager
def _garbage_left_lying() -> Iterator[None]:
    """Look for garbage in cycles rarely: a rehearsal leaves hardly any, and looking took a third of its time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def through_everything(data: Data, at_end: Callable[[Bench], None] | None = None) -> Outcome:
    """Run a rehearsal the long way: written, read, through HTTP and WSGI, judged by the scenario runner."""
    with tempfile.TemporaryDirectory(prefix="cohortlab-") as folder:
        file = Path(folder) / "rehearsal.cohort.yaml"
        file.write_text(yaml_of(data), encoding="utf-8")
        return run_scenario(read_scenario(file), subject_maker(), at_end=at_end)


def _data(plan: Plan, number: int) -> Data:
    return rehearsal(plan.seed, number, plan.users, exactly=plan.exactly)


TRIED: Final = Plain((Tried, Result, Failure))
"""Rehearsals as a campaign keeps them."""


def write_down(
    plan: Plan,
    tried: Tried,
    folder: Path,
    make_subject: MakeSubject,
    planted: Planted = no_bug,
    *,
    crew: Crew | None = None,
) -> Found:
    """Shrink a failed rehearsal, write it as a scenario file and let the scenario runner judge that file."""
    failure = tried.result.failure
    assert failure is not None

    fails = FailsAlike(failure.kind, planted)
    smallest = trimmed(shrunk(_data(plan, tried.number), fails, crew), fails, crew)
    still = attempt(smallest, planted).failure or failure
    told = {
        "scenario": f"Simulated: {still.kind}",
        "why": f"Rehearsal {tried.number} of seed {plan.seed}, shrunk. After step {still.step}: {still.words}",
        **{name: value for name, value in smallest.items() if name != "scenario"},
    }
    file = folder / f"seed-{plan.seed}-run-{tried.number}.cohort.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml_of(told), encoding="utf-8")
    except OSError as error:
        raise FileUnusable(f"the scenario file {file} cannot be written: {error.strerror}.") from error
    return Found(tried.number, failure, still, file, run_scenario(read_scenario(file), make_subject))


@dataclass(slots=True)
class Tally:
    """Counts of a simulation on its way."""

    runs: int = 0
    syncs: int = 0
    kills: int = 0
    failed_syncs: int = 0
    entries: int = 0
    failures: int = 0
    started: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.started = time.perf_counter()

    def count(self, tried: Tried) -> None:
        """Take in one rehearsal."""
        self.runs += 1
        self.syncs += tried.result.syncs
        self.kills += tried.result.kills
        self.failed_syncs += tried.result.failed_syncs
        self.entries += tried.result.entries
        self.failures += tried.result.failure is not None
        self.seconds = time.perf_counter() - self.started

    def as_dict(self) -> dict[str, float]:
        return {
            "runs": self.runs,
            "syncs": self.syncs,
            "kills": self.kills,
            "failed_syncs": self.failed_syncs,
            "journal_entries": self.entries,
            "failures": self.failures,
            "seconds": round(self.seconds, 3),
            "runs_per_second": round(self.runs / self.seconds, 1) if self.seconds else 0.0,
            "syncs_per_second": round(self.syncs / self.seconds, 1) if self.seconds else 0.0,
        }
