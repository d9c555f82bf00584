from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import read_scenario
from scenarios.bench import Bench
from scenarios.campaigns import processes
from scenarios.lab import Lab
from scenarios.simulation import attempt, rehearsal, repaired
from scenarios.simulation.shrink import reduced
from scenarios.simulation.simulator import Plan, Tried, simulate, through_everything

SOME = (0, 2, 4, 5, 17)  # of seed 3: among them killed syncs, renames, faults on both fakes


def test_our_engine_passes():
    """A hundred rehearsals with kills and faults among them, judged by the oracle and the contracts."""
    tried = list(simulate(Plan(seed=3, runs=100, users=60)))

    assert [each for each in tried if each.result.failure] == []
    assert sum(each.result.kills for each in tried) > 5


@pytest.mark.parametrize("number", SOME)
def test_exactly_so_many_begin_in_the_first_cohort(number: int):
    """All with a user id, so that how long a run takes means something."""
    cohort = rehearsal(3, number, 60, exactly=True)["cohorts"]["a"]

    assert (len(set(cohort["members"])), cohort["people"]) == (60, 0)
    assert next(iter(simulate(Plan(seed=3, runs=1, users=60, first=number, exactly=True)))).result.failure is None


def test_jobs_change_nothing():
    """A run is a seed and a number, whoever runs it."""
    plan = Plan(seed=4, runs=30, users=40)

    alone: list[Tried] = list(simulate(plan))
    with processes(2) as crew:
        shared = list(simulate(plan, crew=crew))

    assert alone == shared


@pytest.mark.parametrize("number", SOME)
def test_the_short_way_and_the_long_way_leave_the_same_journals(number: int, monkeypatch: pytest.MonkeyPatch):
    """Without WSGI and HTTP a fake journals, entry for entry, what it journals with them."""
    data = repaired(rehearsal(3, number, 40))
    short: list[Any] = []
    close = Lab.close

    def remember(lab: Lab) -> None:
        short.extend(entries(lab))
        close(lab)

    monkeypatch.setattr(Lab, "close", remember)
    attempt(data)
    monkeypatch.undo()
    long: list[Any] = []

    through_everything(data, at_end=lambda bench: long.extend(entries_of(bench)))

    assert short == long


def entries_of(bench: Bench) -> list[Any]:
    return entries(bench.lab)


def entries(lab: Lab) -> list[Any]:
    journals = (lab.amplitude.workspace.journal, lab.segment.workspace.journal)
    return [(entry.at, entry.kind, entry.data, entry.body) for journal in journals for entry in journal.walk()]


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), keeping=st.randoms(use_true_random=False))
def test_every_rehearsal_and_every_reduction_of_it_is_a_scenario(tmp_path_factory: Any, seed: int, keeping: Any):
    """Whatever is generated, and whatever shrinking takes away, can be written, read and taken to its end."""
    whole = rehearsal(seed, 0, 40)
    less = reduced(whole, lambda most: keeping.randint(0, most))
    folder: Path = tmp_path_factory.mktemp("rehearsal")

    for data in (whole, less):
        file = folder / "x.cohort.yaml"
        file.write_text(yaml.safe_dump(repaired(data), allow_unicode=True), encoding="utf-8")
        assert len(read_scenario(file).steps) == len(repaired(data)["steps"])
        assert attempt(repaired(data)).failure is None


def test_a_rehearsal_is_made_of_its_seed_and_number_alone():
    """The same each time, and another one for another number."""
    assert rehearsal(1, 5) == rehearsal(1, 5)
    assert rehearsal(1, 5) != rehearsal(1, 6)
