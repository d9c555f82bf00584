"""Grouping: failed scenarios by what they failed of, so that the mend that helps most comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scenarios.running import Outcome

# The behaviour that a kind of cause is about, whichever scenario shows it: an id that was cut says nothing of batches.
_ABOUT = {
    "ids are": "identity",
    "users are told who are nobody": "identity",
    "anonymous members are told": "identity",
    "traits are called otherwise": "naming",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios that failed of the same."""

    cause: str
    scenarios: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def grouped(outcomes: Sequence[Outcome]) -> list[Group]:
    """Return what scenarios failed of, most of them first."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if not outcome.passed:
            found.setdefault(kind_of(outcome), []).append(outcome.scenario.name)
    groups = [Group(cause, tuple(names)) for cause, names in found.items()]
    return sorted(groups, key=lambda group: -len(group.scenarios))


def kind_of(outcome: Outcome) -> str:
    """Return what a scenario failed of: the kind of its first cause, or else its first claim, without its numbers."""
    kinds = [finding.kind for finding in outcome.findings if finding.kind]
    if kinds:
        return kinds[0]
    claim = next(check.what for check in outcome.checks if not check.held)
    about = claim.partition(": ")
    return f"not so: {about[2] if about[0].startswith('step ') else about[0]}"


def is_about_another(outcome: Outcome) -> bool:
    """Say whether a scenario failed of something that is not about the behaviour it shows."""
    kind = kind_of(outcome)
    about = next((behaviour for start, behaviour in _ABOUT.items() if kind.startswith(start)), None)
    return about is not None and about != outcome.scenario.behaviour
