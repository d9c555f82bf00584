"""Scenarios: replay a cohort sync from one readable file, against any sync program, and judge the end state."""

from __future__ import annotations

from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.bench import Bench, Check
    from scenarios.errors import BadScenario, NoSuchSubject, ScenarioError, SubjectFailed
    from scenarios.files import Scenario, read_scenario
    from scenarios.lab import Lab
    from scenarios.oracle import Difference, Oracle
    from scenarios.running import Outcome, run_scenario
    from scenarios.subjects import (
        CommandSubject,
        EngineSubject,
        KillPoint,
        Subject,
        SyncOrder,
        SyncResult,
        subject_maker,
    )

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
    "BadScenario": "errors",
    "Bench": "bench",
    "Check": "bench",
    "CommandSubject": "subjects",
    "Difference": "oracle",
    "EngineSubject": "subjects",
    "KillPoint": "subjects",
    "Lab": "lab",
    "NoSuchSubject": "errors",
    "Oracle": "oracle",
    "Outcome": "running",
    "Scenario": "files",
    "ScenarioError": "errors",
    "Subject": "subjects",
    "SubjectFailed": "errors",
    "SyncOrder": "subjects",
    "SyncResult": "subjects",
    "read_scenario": "files",
    "run_scenario": "running",
    "subject_maker": "subjects",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def shipped() -> list[Path]:
    """Return the scenario files that come with cohortlab."""
    library = Path(str(resources.files(__name__).joinpath("library")))
    return sorted(library.glob("*.cohort.yaml"))
