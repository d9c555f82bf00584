"""Scenario files as tests: each `*.cohort.yaml` that pytest meets is one test, failing with every claim unmet."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.foreign import lines, shown
from scenarios.errors import ScenarioError
from scenarios.files import Scenario, read_scenario
from scenarios.reports import failure, notes
from scenarios.running import Outcome, run_scenario
from scenarios.subjects import subject_maker

ENDING = ".cohort.yaml"

DEFAULT_TIMEOUT = 60.0  # seconds for one sync


class ScenarioFailed(AssertionError):
    """A scenario ran and something it claims did not hold."""

    def __init__(self, outcome: Outcome, again: str) -> None:
        self.outcome = outcome
        super().__init__("\n".join([*_told(outcome), f"  Run it alone: {again}"]))


class ScenarioFile(pytest.File):
    """A scenario file; one that cannot be read is a test that fails, and no other test goes unrun for it."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            scenario = read_scenario(self.path)
        except ScenarioError as error:
            name = self.path.name.removesuffix(ENDING)
            yield UnreadableScenario.from_parent(self, name=name, error=error)
            return
        yield ScenarioTest.from_parent(self, name=scenario.name, scenario=scenario)


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what did not hold, without a traceback through the runner."""
        if isinstance(excinfo.value, (ScenarioFailed, ScenarioError)):
            return lines(str(excinfo.value))
        return super().repr_failure(excinfo, style)


class UnreadableScenario(_Item):
    """A scenario file that cannot be read: it fails when its turn has come."""

    def __init__(self, *, error: ScenarioError, **rest: Any) -> None:
        super().__init__(**rest)
        self.error = error

    def runtest(self) -> None:
        """Say what is wrong with the file, and where."""
        raise self.error

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say which file it is."""
        return self.path, 0, self.path.name


class ScenarioTest(_Item):
    """One run of a scenario, against our engine or the command given with --cohort-subject."""

    def __init__(self, *, scenario: Scenario, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario = scenario

    def runtest(self) -> None:
        """Run the scenario and fail when it does."""
        config = self.config
        command = config.getoption("cohort_subject") or config.getini("cohort_subject") or None
        timeout: float = config.getoption("cohort_timeout") or DEFAULT_TIMEOUT
        if command and self.scenario.only:
            pytest.skip(f"it is for our {self.scenario.only} only: the vendors leave open what it asks")
        if command and self.scenario.is_slow and not config.getoption("cohort_slow"):
            pytest.skip("a program needs minutes of waiting for it: pytest --cohort-slow")
        outcome = run_scenario(self.scenario, subject_maker(command, timeout))
        if not outcome.passed:
            raise ScenarioFailed(outcome, _again(self.scenario, command, timeout))
        for line in _remarks(outcome):  # pytest shows them of a test that passed with -rP
            self.add_report_section("call", "cohortlab", f"{line}\n")
        if outcome.left_out:
            pytest.skip(outcome.left_out)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the scenario stands and what it shows."""
        return self.path, 0, shown(self.scenario.title)


def _told(outcome: Outcome) -> Iterator[str]:
    yield shown(outcome.scenario.title)
    for indent, parts in failure(outcome):
        yield "  " + " " * indent + "".join(shown(part if isinstance(part, str) else part[0]) for part in parts)
    yield from (f"  {line}" for line in _remarks(outcome))


def _remarks(outcome: Outcome) -> Iterator[str]:
    for note in notes(outcome):
        yield f"note: {shown(note)}"
    yield from map(shown, outcome.unmet)


def _again(scenario: Scenario, command: str | None, timeout: float) -> str:
    """Return the command line that runs a scenario again as it was run here."""
    words = ["cohortlab", "run", scenario.file]
    if command:
        words += ["--subject", command, *(["--timeout", f"{timeout:g}"] if timeout != DEFAULT_TIMEOUT else [])]
        words += ["--slow"] if scenario.is_slow else []
    return shlex.join(words)
