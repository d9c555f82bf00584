"""A suite: many scenarios, one after the other or side by side, each in a lab of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from downstream.warehouse import Account
from scenarios.bench import (
    Bench,
    Check,
    CheckMade,
    FaultStruck,
    RequestMade,
    Standing,
    StepTaken,
    SyncEnded,
    SyncStarted,
    WentWrong,
)
from scenarios.campaigns import Crew, Kept, Plain, alone, campaign, threads
from scenarios.errors import BadScenario, NoSuchSubject
from scenarios.files import Document, Scenario
from scenarios.oracle import Difference
from scenarios.running.runner import Outcome, run_scenario
from scenarios.subjects import MakeSubject, SyncResult, stopping, subject_maker
from scenarios.verdict import STILLBORN, Finding

WAITING_JOBS = 4  # scenarios at once for a program that waits in real time


def run_suite(
    scenarios: Sequence[Scenario],
    make_subject: MakeSubject,
    *,
    jobs: int = 1,
    at_end: Callable[[Bench], None] | None = None,
) -> Iterator[Outcome]:
    """Yield outcomes in the order of the scenarios; with `at_end`, or one job, they run one after the other.

    The first one is a trial: when the program ends before its first call there, it will everywhere, and no other runs.
    """
    side_by_side: AbstractContextManager[Crew] = nullcontext(alone())
    if jobs > 1 and at_end is None:
        side_by_side = threads(jobs, broken_off=stopping.set, over=stopping.clear)  # the next suite starts afresh

    def work(some: Sequence[Scenario]) -> list[Outcome]:
        return [_judged(scenario, make_subject, at_end) for scenario in some]

    for trial in work(scenarios[:1]):
        yield trial
        if is_stillborn(trial):
            return
    with side_by_side as crew:
        yield from campaign(work, scenarios[1:], crew)


def run_campaign(
    scenarios: Sequence[Scenario], judging: Judging, crew: Crew, kept: Kept | None = None
) -> Iterator[Outcome]:
    """Yield outcomes in the order of the scenarios, judged by a crew that may be elsewhere; as `run_suite` else."""
    for number, outcome in enumerate(campaign(judging, scenarios, crew, kept)):
        yield replace(outcome, scenario=scenarios[number])
        if number == 0 and is_stillborn(outcome):
            return


@dataclass(frozen=True, slots=True)
class Judging:
    """The work of a suite: scenarios of one subject, by name: `subject_maker` has what it says."""

    subject: str | None = None
    timeout: float = 60.0

    def __call__(self, scenarios: Sequence[Scenario]) -> list[Outcome]:
        make_subject = subject_maker(self.subject, self.timeout)
        return [_judged(scenario, make_subject) for scenario in scenarios]


OUTCOMES: Final = Plain(
    (
        Account,
        Check,
        CheckMade,
        Difference,
        FaultStruck,
        Finding,
        Outcome,
        RequestMade,
        Standing,
        StepTaken,
        SyncEnded,
        SyncResult,
        SyncStarted,
        WentWrong,
    ),
    without=("scenario",),
)
"""Outcomes as a campaign keeps them: without their scenarios, which stand in files."""


def is_stillborn(outcome: Outcome) -> bool:
    """Say whether no sync of a scenario got as far as its first call."""
    return any(finding.kind == STILLBORN for finding in outcome.findings)


def unreadable(path: Path, error: BadScenario) -> Outcome:
    """Return the outcome of a file that cannot be read, as an error beside the others."""
    places = Document(str(path), None, {(): error.place}, {})
    scenario = Scenario(
        title=path.name,
        file=str(path),
        why="",
        seed=0,
        start=0.0,
        trait_key="amplitude",
        retry_after="required",
        settings={},
        cohorts={},
        steps=(),
        expect={},
        places=places,
    )
    told = "; ".join(str(each) for each in error.mistakes)
    return Outcome(scenario, (Check("it can be read", False, told),), (), broken=error.exit_status)


def _judged(scenario: Scenario, make_subject: MakeSubject, at_end: Callable[[Bench], None] | None = None) -> Outcome:
    """Run a scenario; one that cannot be run to its end fails with the reason, and the others go on."""
    began = time.perf_counter()
    try:
        outcome = run_scenario(scenario, make_subject, at_end=at_end)
        return replace(outcome, seconds=time.perf_counter() - began)
    except NoSuchSubject:
        raise
    except Exception as error:
        if os.environ.get("COHORTLAB_DEBUG"):
            raise
        status = getattr(error, "exit_status", None)
        told = str(error) if status is not None else f"cohortlab itself broke: {type(error).__name__}: {error}"
        check = Check("it can be run to its end", False, told)
        return Outcome(scenario, (check,), (), broken=status or 3, seconds=time.perf_counter() - began)


def is_for_any_program(scenario: Scenario, *, slow: bool = False) -> bool:
    """Say whether a scenario is for programs other than ours; `slow` includes those that take minutes of waiting."""
    return scenario.only is None and (slow or not scenario.is_slow)
