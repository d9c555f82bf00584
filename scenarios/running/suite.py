"""A suite: many scenarios, one after the other or side by side, each in a lab of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from scenarios.bench import Bench, Check
from scenarios.errors import BadScenario, NoSuchSubject
from scenarios.files import Document, Scenario
from scenarios.running.runner import Outcome, run_scenario
from scenarios.subjects import MakeSubject, stopping
from scenarios.verdict import STILLBORN

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
    for scenario in scenarios[:1]:
        first = _judged(scenario, make_subject, at_end)
        yield first
        if is_stillborn(first):
            return
    scenarios = scenarios[1:]
    if jobs == 1 or at_end is not None:
        for scenario in scenarios:
            yield _judged(scenario, make_subject, at_end)
        return
    with ThreadPoolExecutor(jobs, thread_name_prefix="scenario") as pool:
        try:
            yield from pool.map(lambda scenario: _judged(scenario, make_subject), scenarios)
        except BaseException:
            stopping.set()  # or the pool would wait for programs that nobody waits for any more
            pool.shutdown(cancel_futures=True)
            stopping.clear()  # every thread has ended; the next suite of this process starts afresh
            raise


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
