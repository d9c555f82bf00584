from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cohortlab.cli import run
from scenarios import Lab, Scenario, read_scenario, run_scenario
from scenarios.simulation import Found, Plan, Planted, simulate, write_down
from scenarios.subjects import EngineSubject, MakeSubject
from tests.repository import SUITE
from tests.scenarios.simulation.bugs import BUGS, ForgetsLeaves, Misbehaving

BUGGY_PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})
from syncer import Engine, FileState, RequestsTransport, Settings, Source, Sync, Target
from tests.scenarios.simulation.bugs import {bug}

e = os.environ
source = Source(e["AMPLITUDE_API_KEY"], e["AMPLITUDE_SECRET_KEY"], e["AMPLITUDE_BASE_URL"])
target = Target(e["SEGMENT_WRITE_KEY"], e["SEGMENT_BASE_URL"], "lab")
engine = Engine(FileState(e["SYNC_STATE_DIR"]), transport={bug}(RequestsTransport()))
sys.exit(0 if engine.run(Sync(e["COHORT_ID"], source, target, Settings())).is_complete else 1)
"""


def with_bug(bug: Planted) -> MakeSubject:
    """Make our engine, on the full way through HTTP and WSGI, with the same bug."""

    def make(lab: Lab, scenario: Scenario) -> EngineSubject:
        subject = EngineSubject(lab, scenario.trait_key)
        subject._transport = bug(subject._transport)
        subject.restart()
        return subject

    return make


def first_found(bug: Planted, folder: Path) -> Found:
    plan = Plan(seed=1, runs=100)
    failed = next(tried for tried in simulate(plan, bug) if tried.result.failure)
    return write_down(plan, failed, folder, with_bug(bug), bug)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_and_shrunk_to_a_file(bug: type[Misbehaving], tmp_path: Path):
    """Within a hundred rehearsals; the file is small, fails with the bug the same way, and passes without it."""
    found = first_found(bug, tmp_path)

    scenario = read_scenario(found.file)
    assert not found.judged.passed
    assert len(scenario.steps) <= 6
    assert len(scenario.cohorts) == 1
    assert sum(len(cohort.members) + cohort.people for cohort in scenario.cohorts.values()) <= 2
    assert found.shrunk.kind == found.failure.kind
    assert run([*["run", "--json"], str(found.file)]) == 0


def test_the_file_fails_under_cohortlab_run_with_the_same_bug(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """As a program of its own, over sockets, the bug is caught by the file that simulation wrote."""
    found = first_found(ForgetsLeaves, tmp_path)
    program = tmp_path / "buggy.py"
    program.write_text(BUGGY_PROGRAM.format(root=str(SUITE), bug="ForgetsLeaves"))

    status = run(["run", str(found.file), "--subject", f"{sys.executable} {program}"])

    assert status == 1
    assert "must be false" in capsys.readouterr().out


def test_shrinking_is_repeatable(tmp_path: Path):
    """The same failure shrinks to the same bytes, and the file fails the same way each time it is run."""
    once, again = (first_found(ForgetsLeaves, tmp_path / name) for name in ("once", "again"))

    assert once.file.read_bytes() == again.file.read_bytes()
    assert run_scenario(read_scenario(once.file), with_bug(ForgetsLeaves)).checks == once.judged.checks
