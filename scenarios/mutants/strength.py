"""Strength: how many planted bugs a set of scenarios catches, and which it lets live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scenarios.campaigns import Crew, Kept, Plain, alone, campaign
from scenarios.errors import ScenarioError, SubjectFailed
from scenarios.files import Scenario
from scenarios.mutants.every import all_mutants
from scenarios.mutants.small_sync import SmallSync, make_small
from scenarios.running import Outcome, run_scenario


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant: the scenario that caught it and the claim that did not hold, or neither."""

    name: str
    area: str
    bug: str
    caught_by: str = ""
    claim: str = ""
    reason: str = ""

    @property
    def is_alive(self) -> bool:
        return not self.caught_by

    def as_dict(self) -> dict[str, Any]:
        return {
            "mutant": self.name,
            "area": self.area,
            "bug": self.bug,
            "alive": self.is_alive,
            "caught_by": self.caught_by,
            "claim": self.claim,
            "reason": self.reason,
        }


class AccusesTheInnocent(ScenarioError):
    """A scenario fails the correct sync that the mutants are made from: it asks for more than is known to be right."""

    exit_status = 1


def for_anybody(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios that are not for our engine alone."""
    return [scenario for scenario in scenarios if scenario.only is None]


def innocent(scenarios: Sequence[Scenario], crew: Crew | None = None, kept: Kept | None = None) -> None:
    """Raise `AccusesTheInnocent` when a scenario fails the correct sync; `kept` notes that none does."""
    if kept is not None and kept.notes.get(_INNOCENT):
        return
    chosen = for_anybody(scenarios)
    for scenario, failed in zip(chosen, campaign(_of_the_innocent, chosen, crew or alone()), strict=True):
        if failed is not None:
            told = f"{scenario.file} fails a correct sync, so it cannot tell a bug: {failed[0]} ({failed[1]})."
            raise AccusesTheInnocent(told)
    if kept is not None:
        kept.note(_INNOCENT, True)


_INNOCENT: Final = "no scenario fails a correct sync"


def _of_the_innocent(scenarios: Sequence[Scenario]) -> list[tuple[str, str] | None]:
    return [_failed(run_scenario(scenario, make_small(SmallSync))) for scenario in scenarios]


def strength(
    scenarios: Sequence[Scenario],
    mutants: Sequence[type[SmallSync]] | None = None,
    crew: Crew | None = None,
    kept: Kept | None = None,
) -> Iterator[Fate]:
    """Yield the fate of each mutant, in their order; what `kept` has is not tried again."""
    trying = Trying(tuple(for_anybody(scenarios)))
    yield from campaign(trying, all_mutants() if mutants is None else list(mutants), crew or alone(), kept)


@dataclass(frozen=True, slots=True)
class Trying:
    """The work: mutants against scenarios; those most likely to catch one are tried first, since one is enough."""

    scenarios: Sequence[Scenario]

    def __call__(self, mutants: Sequence[type[SmallSync]]) -> list[Fate]:
        return [self._fate(mutant) for mutant in mutants]

    def _fate(self, mutant: type[SmallSync]) -> Fate:
        fate = Fate(mutant.__name__, area_of(mutant), (mutant.__doc__ or "").strip())
        for scenario in sorted(self.scenarios, key=lambda scenario: _effort(scenario, mutant)):
            failed = _caught(scenario, mutant)
            if failed is not None:
                return Fate(fate.name, fate.area, fate.bug, scenario.name, *failed)
        return fate


FATES: Final = Plain((Fate,))
"""Fates as a campaign keeps them."""


# Where the bugs of a module of mutants mostly show.
_SHOWS_IN = {
    "telling": {"membership", "naming"},
    "identifying": {"identity"},
    "mistaking": {"identity", "naming"},
    "exporting": {"export", "life"},
    "delivering": {"retries", "limits", "targets"},
    "hurrying": {"retries", "delivery", "export"},
    "remembering": {"state", "targets", "retries"},
}


def _effort(scenario: Scenario, mutant: type[SmallSync]) -> tuple[bool, int]:
    people = sum(plan.people + _rows(plan.export) for plan in scenario.cohorts.values())
    return scenario.behaviour not in _SHOWS_IN.get(area_of(mutant), ()), people


def _rows(export: Path | None) -> int:
    """Return about how many rows an export has."""
    return 0 if export is None else export.stat().st_size // 40


def area_of(mutant: type[SmallSync]) -> str:
    """Return what a mutant gets wrong: the name of its module."""
    return mutant.__module__.rpartition(".")[2]


def _caught(scenario: Scenario, mutant: type[SmallSync]) -> tuple[str, str] | None:
    try:
        return _failed(run_scenario(scenario, make_small(mutant)))
    except SubjectFailed as error:
        return "the sync ends", str(error)


def _failed(outcome: Outcome) -> tuple[str, str] | None:
    return next(((check.claim, check.reason) for check in outcome.checks if not check.held), None)
