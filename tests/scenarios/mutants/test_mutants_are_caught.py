"""The library catches every planted bug that ships, and accuses no correct program."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from scenarios import Scenario, read_scenario, run_scenario, shipped
from scenarios.mutants import SmallSync, all_mutants, innocent, make_small, strength
from scenarios.mutants.strength import AccusesTheInnocent, for_anybody


@cache
def library() -> list[Scenario]:
    return [read_scenario(path) for path in shipped()]


# Which scenario caught each the last time: a guess that saves the others a run, and decides nothing.
CAUGHT_BY: dict[str, str] = json.loads((Path(__file__).parent / "caught_by.json").read_text(encoding="utf-8"))


def likely(mutant: type[SmallSync]) -> list[Scenario]:
    guess = CAUGHT_BY.get(mutant.__name__, "")
    return [read_scenario(path) for path in shipped() if path.name == f"{guess}.cohort.yaml"]


@pytest.mark.parametrize("scenario", for_anybody(library()), ids=lambda scenario: scenario.name)
def test_a_correct_program_is_not_accused(scenario: Scenario):
    """The small sync that the mutants are made from passes every scenario that is for anybody."""
    outcome = run_scenario(scenario, make_small(SmallSync))

    assert [check for check in outcome.checks if not check.held] == []


@pytest.mark.parametrize("mutant", all_mutants(), ids=lambda mutant: mutant.__name__)
def test_a_planted_bug_is_caught(mutant: type[SmallSync]):
    """At least one scenario fails, with a reason."""
    (fate,) = strength(likely(mutant), [mutant])
    if fate.is_alive:
        (fate,) = strength(library(), [mutant])

    assert not fate.is_alive
    assert fate.reason


def test_there_are_at_least_forty_mutants_with_a_bug_in_words():
    """Each says in one sentence what it does wrong."""
    mutants = all_mutants()

    assert len(mutants) >= 40
    assert all(len(mutant.__doc__ or "") > 20 for mutant in mutants)
    assert len({mutant.__name__ for mutant in mutants}) == len(mutants)


def test_weak_scenarios_let_mutants_live(tmp_path: Path):
    """A first sync alone does not tell who forgets leaves."""
    weak = tmp_path / "weak.cohort.yaml"
    weak.write_text("scenario: Weak\ncohorts: {p: {name: P, members: [ada]}}\nsteps: [{sync: p}]\n")

    fates = {fate.name: fate for fate in strength([read_scenario(weak)])}

    assert fates["ForgetsLeaves"].is_alive
    assert not fates["SendsStrings"].is_alive


def test_a_scenario_that_fails_a_correct_sync_cannot_measure_strength(tmp_path: Path):
    """What asks for too much would call every program a bug."""
    unfair = tmp_path / "unfair.cohort.yaml"
    unfair.write_text(
        "scenario: Unfair\ncohorts: {p: {name: P, members: [ada]}}\nsteps: [{sync: p}]\nexpect: {identifies: 2}\n"
    )

    with pytest.raises(AccusesTheInnocent, match="there was 1"):
        innocent([read_scenario(unfair)])
