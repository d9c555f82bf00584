"""Scenarios: replay a cohort sync from one readable file, against any sync program, and judge the end state."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.bench import Bench
    from scenarios.check import Check
    from scenarios.command import CommandSubject
    from scenarios.errors import BadScenario, NoSuchSubject, ScenarioError, SubjectFailed
    from scenarios.format import read_scenario
    from scenarios.lab import Lab
    from scenarios.oracle import Difference, Oracle
    from scenarios.order import KillPoint, SyncOrder, SyncResult
    from scenarios.plan import Scenario
    from scenarios.runner import Outcome, run_scenario
    from scenarios.subjects import EngineSubject, Subject, subject_maker

__all__ = [
    "BadScenario",
    "Bench",
    "Check",
    "CommandSubject",
    "Difference",
    "EngineSubject",
    "KillPoint",
    "Lab",
    "NoSuchSubject",
    "Oracle",
    "Outcome",
    "Scenario",
    "ScenarioError",
    "Subject",
    "SubjectFailed",
    "SyncOrder",
    "SyncResult",
    "read_scenario",
    "run_scenario",
    "shipped",
    "subject_maker",
]

# Where each name lives. They are loaded when they are first asked for: serving a lab needs none of the rest.
_HOMES = {
    "BadScenario": "scenarios.errors",
    "Bench": "scenarios.bench",
    "Check": "scenarios.check",
    "CommandSubject": "scenarios.command",
    "Difference": "scenarios.oracle",
    "EngineSubject": "scenarios.subjects",
    "KillPoint": "scenarios.order",
    "Lab": "scenarios.lab",
    "NoSuchSubject": "scenarios.errors",
    "Oracle": "scenarios.oracle",
    "Outcome": "scenarios.runner",
    "Scenario": "scenarios.plan",
    "ScenarioError": "scenarios.errors",
    "Subject": "scenarios.subjects",
    "SubjectFailed": "scenarios.errors",
    "SyncOrder": "scenarios.order",
    "SyncResult": "scenarios.order",
    "read_scenario": "scenarios.format",
    "run_scenario": "scenarios.runner",
    "subject_maker": "scenarios.subjects",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'scenarios' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def shipped() -> list[Path]:
    """Return the scenario files that come with cohortlab."""
    library = Path(str(files("scenarios").joinpath("library")))
    return sorted(library.glob("*.cohort.yaml"))
