"""The steps of a scenario as commands for a lab that runs, for a person to take one after the other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.running import in_words

if TYPE_CHECKING:
    from scenarios.files import Scenario, Step

_NOT_TAKEN = {"fault", "expect"}  # armed when the lab starts; judged by cohortlab run alone


def in_commands(scenario: Scenario, armed: Mapping[str, tuple[str, str]]) -> list[str]:
    """Return each step as the command that takes it, or in its own words after a `#` when there is none.

    `armed` says where a fault with a name of its own was armed, and by which id.
    """
    return [_command(step, scenario, armed) for step in scenario.steps if step.verb not in _NOT_TAKEN]


def _command(step: Step, scenario: Scenario, armed: Mapping[str, tuple[str, str]]) -> str:
    on = armed.get(step.data, (step.data,))[0] if step.verb == "lift" else ""
    if step.verb == "lift" and on not in scenario.destinations:
        words = ["fault", "lift", *armed.get(step.data, (step.data,))]
    elif step.verb == "advance":
        words = ["clock", "advance", str(step.data)]
    elif step.verb in _COHORTS and not (step.verb == "leave" and {"people", "anonymous"} & step.data.keys()):
        cohort_id = scenario.cohorts[step.cohort].cohort_id
        words = ["cohort", step.verb, *_with_dashes(cohort_id, *_COHORTS[step.verb](step.data, scenario))]
        words[2:2] = [f"--{name}={step.data[name]}" for name in ("anonymous", "people") if _has(step.data, name)]
    else:
        return f"# {in_words(step)}"
    return shlex.join(["cohortlab", *words])


def _has(data: Any, name: str) -> bool:
    return isinstance(data, Mapping) and bool(data.get(name))


def _with_dashes(*words: str) -> Sequence[str]:
    """Return arguments in a form in which none is taken for an option."""
    return ("--", *words) if any(word.startswith("-") for word in words) else words


_COHORTS: Mapping[str, Callable[[Any, Scenario], Sequence[str]]] = {
    "enter": lambda data, _: data.get("users", ()),
    "leave": lambda data, _: data.get("users", ()),
    "rename": lambda data, _: (data["to"],),
    "import": lambda data, scenario: (str(scenario.folder / data["export"]),),
    "archive": lambda _, __: (),
    "unarchive": lambda _, __: (),
    "delete": lambda _, __: (),
}
