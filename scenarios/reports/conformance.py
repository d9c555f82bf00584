"""Conformance: which behaviours of a cohort sync a program shows, over all scenarios it was taken through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.reports.grouping import is_about_another
from scenarios.running import Outcome

BEHAVIOURS = {
    "membership": "tells who entered and who left, and nobody else",
    "identity": "changes no user id and tells no anonymous member",
    "naming": "calls the trait by the cohort's name and id",
    "export": "waits for exports, and takes no failure for an empty cohort",
    "delivery": "delivers what it read",
    "retries": "survives trouble at Segment: nothing lost, nothing doubled",
    "limits": "keeps Segment's limits on a batch",
    "state": "survives being killed and restarted",
    "targets": "keeps its targets apart",
    "life": "tells nothing untrue of a cohort that is hidden, archived or gone",
    "downstream": "tells Segment what it must, where a destination behind Segment loses it",
}


@dataclass(frozen=True, slots=True)
class Conformance:
    """One behaviour: how many scenarios show it, in how many it holds, and those where it does not.

    One that failed of something that is not about the behaviour, such as an id that was cut in a scenario about
    batches, shows nothing of it: it is in `elsewhere` and in neither count. Where nothing is left, `holds` is None.
    """

    behaviour: str
    says: str
    scenarios: int
    held: int
    failed: tuple[str, ...]
    left_out: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def holds(self) -> bool | None:
        if not self.failed and not self.held:
            return None
        return not self.failed

    def as_dict(self) -> dict[str, Any]:
        return {
            "behaviour": self.behaviour,
            "says": self.says,
            "holds": self.holds,
            "scenarios": self.scenarios,
            "held": self.held,
            "failed": list(self.failed),
            "left_out": list(self.left_out),
            "elsewhere": list(self.elsewhere),
        }


def conformance(outcomes: Sequence[Outcome]) -> list[Conformance]:
    """Return what holds, behaviour by behaviour, for those that any scenario shows."""
    found = []
    for behaviour, says in BEHAVIOURS.items():
        shown = [outcome for outcome in outcomes if outcome.scenario.behaviour == behaviour]
        if not shown:
            continue
        judged = [outcome for outcome in shown if not outcome.left_out]
        others = {outcome.scenario.name for outcome in shown if not outcome.passed and is_about_another(outcome)}
        failed = tuple(each.scenario.name for each in shown if not each.passed and each.scenario.name not in others)
        left_out = tuple(outcome.scenario.name for outcome in shown if outcome.left_out and outcome.passed)
        held = sum(outcome.passed for outcome in judged)
        elsewhere = tuple(each.scenario.name for each in shown if each.scenario.name in others)
        found.append(Conformance(behaviour, says, len(shown), held, failed, left_out, elsewhere))
    return found
