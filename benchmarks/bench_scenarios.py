"""Scenarios: simulated syncs a second, the library on one core, and what a fresh lab costs a test."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import nullcontext

from benchmarks.measure import Figure, seconds
from cohortlab.testing import Lab
from scenarios import read_scenario, run_scenario, shipped, subject_maker
from scenarios.campaigns import alone, processes
from scenarios.simulation import Plan, Tally, rehearsal, repaired, simulate
from scenarios.simulation.simulator import through_everything

SEED = 1


def bench() -> Iterator[Figure]:
    """Yield the figures of simulation, library and fixture."""
    list(simulate(Plan(SEED, 20, first=10_000)))  # imports, schemas and names of people are made once
    long_way = statistics.median(seconds(lambda: through_everything(repaired(rehearsal(SEED, 1)))) for _ in range(3))
    for jobs in (1, 2):
        tally = counted(Plan(SEED, 300), jobs)
        told = tally.as_dict()
        note = f"seed {SEED}, 300 rehearsals of up to 1,000 users, processes: {jobs}"
        yield Figure("simulated syncs", told["syncs_per_second"], "/s", bar=200, note=note)
        yield Figure(
            "rehearsals", told["runs_per_second"], "/s", baseline="through WSGI", baseline_value=1 / long_way, note=note
        )
    for jobs in (1, 2):
        full = counted(Plan(SEED, 500, exactly=True), jobs).as_dict()
        note = f"seed {SEED}, 500 rehearsals, exactly 1,000 users in the first cohort, processes: {jobs}"
        bar = 200 if jobs > 1 else None  # the bar is for the machine, not for half of it
        yield Figure("simulated syncs of 1,000 users", full["syncs_per_second"], "/s", bar=bar, note=note)

    scenarios = [read_scenario(path) for path in shipped()]
    make_subject = subject_maker()
    library = seconds(lambda: [run_scenario(scenario, make_subject) for scenario in scenarios])
    yield Figure(
        "the library", library, "s", bar=60, less_is_better=True, note=f"{len(scenarios)} scenarios, one process"
    )

    fresh = [seconds(lambda: Lab().close()) for _ in range(50)]
    yield Figure("a fresh lab", statistics.median(fresh) * 1000, "ms", bar=10, less_is_better=True)
    with_client = [seconds(_lab_with_client) for _ in range(50)]
    yield Figure(
        "a fresh lab with its client", statistics.median(with_client) * 1000, "ms", bar=10, less_is_better=True
    )


def counted(plan: Plan, jobs: int) -> Tally:
    """Run a simulation and count it."""
    tally = Tally()
    with processes(jobs) if jobs > 1 else nullcontext(alone()) as crew:
        for tried in simulate(plan, crew=crew):
            tally.count(tried)
    assert not tally.failures
    return tally


def _lab_with_client() -> None:
    with Lab() as lab:
        lab.http.get(f"{lab.segment_url}/v1/batch")
