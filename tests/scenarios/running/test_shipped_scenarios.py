from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scenarios import read_scenario, run_scenario, shipped, subject_maker
from tests.destinations import FOLDER


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name.removesuffix(".cohort.yaml"))
def test_our_engine_passes_every_scenario_that_ships(path: Path, monkeypatch: pytest.MonkeyPatch):
    """In this process, on virtual time; Segment's destinations are those that `make node` installs."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(FOLDER))
    outcome = run_scenario(read_scenario(path), subject_maker())

    if outcome.left_out:
        pytest.skip(outcome.left_out)
    assert outcome.unmet == ()
    assert [check for check in outcome.checks if not check.held] == []


@pytest.mark.parametrize("name", ["a-leave", "reply-lost-after-commit", "ids-to-the-letter"])
def test_our_command_passes_as_any_program_would(name: str):
    """`cohortlab sync run`, by the environment contract alone, over real sockets and processes."""
    (path,) = [path for path in shipped() if path.name == f"{name}.cohort.yaml"]

    outcome = run_scenario(read_scenario(path), subject_maker(f"{sys.executable} -m cohortlab sync run", 60))

    assert [(check, outcome.syncs) for check in outcome.checks if not check.held] == []


def test_every_scenario_says_which_bug_it_reproduces():
    """A scenario without a why cannot be judged for worth."""
    for path in shipped():
        assert len(read_scenario(path).why) > 30
