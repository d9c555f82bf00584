"""Scenario files as tests: each `*.cohort.yaml` that pytest meets is one test, failing with every claim unmet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenarios.errors import ScenarioError
from scenarios.format import Scenario, read_scenario
from scenarios.runner import Outcome, run_scenario
from scenarios.subjects import subject_maker

ENDING = ".cohort.yaml"


class ScenarioFailed(AssertionError):
    """A scenario ran and something it claims did not hold."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__("\n".join(_told(outcome)))


class ScenarioFile(pytest.File):
    """A scenario file; one that cannot be read fails where it stands, and nothing else does."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            scenario = read_scenario(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from error
        yield ScenarioTest.from_parent(self, name=scenario.name, scenario=scenario)


class ScenarioTest(pytest.Item):
    """One run of a scenario, against our engine or the command given with --cohort-subject."""

    def __init__(self, *, scenario: Scenario, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario = scenario

    def runtest(self) -> None:
        """Run the scenario and fail when it does."""
        config = self.config
        command = config.getoption("cohort_subject") or config.getini("cohort_subject") or None
        if command and self.scenario.only:
            pytest.skip(f"it is for our {self.scenario.only} only: the vendors leave open what it asks")
        outcome = run_scenario(self.scenario, subject_maker(command, config.getoption("cohort_timeout")))
        if not outcome.passed:
            raise ScenarioFailed(outcome)
        if outcome.left_out:
            pytest.skip(outcome.left_out)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what did not hold, without a traceback through the runner."""
        if isinstance(excinfo.value, (ScenarioFailed, ScenarioError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the scenario stands and what it shows."""
        return self.path, 0, self.scenario.title


def _told(outcome: Outcome) -> Iterator[str]:
    yield outcome.scenario.title
    for check in outcome.checks:
        if not check.held:
            yield f"  {check.claim}"
            yield f"    {check.reason}"
    for number, sync in enumerate(outcome.syncs, 1):
        if sync.output.strip():
            yield f"  sync {number} printed: {' | '.join(sync.output.strip().splitlines()[-3:])}"
    yield f"  Run it alone: cohortlab run {outcome.scenario.file}"
