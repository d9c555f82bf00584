"""Run a scenario: drive the fakes and a subject through its steps and judge what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from contracts import extras
from contracts.trait_key import trait_key_format
from downstream.node import installed
from downstream.warehouse import Account, warehouse_of
from scenarios.bench import Bench, Check, StepTaken, TimelineEvent, WentWrong
from scenarios.errors import CannotKill, SubjectOverstayed
from scenarios.files import Scenario
from scenarios.lab import Lab
from scenarios.running.setting_up import set_up
from scenarios.running.steps import take
from scenarios.subjects import MakeSubject, SyncResult, take_away
from scenarios.verdict import Finding, diagnose, judge

# What is asked at the end unless a file says otherwise.
AT_THE_END: Mapping[str, Any] = {"converged": True, "discarded": 0, "keeps_secrets": True}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scenario: every check with its reason, every sync with its result, and when what happened.

    `went_wrong` is the step after which profiles first were not what they must be; `findings` say for the fewest
    users that show it what was expected, what was found, and why. `left_out` is the reason why this subject
    could not be taken through the scenario. `broken` is the exit status of a scenario that could not be run to its end.
    `faults` are those that struck, in words, and `unmet` says which met no call, and which kills never came: what they
    were to show was not shown. `seconds` is how long it took on this machine's clock. `destinations` counts for each of
    them how deliveries ended; `warehouse` says what was loaded, and what happened on the way.
    """

    scenario: Scenario
    checks: tuple[Check, ...]
    syncs: tuple[SyncResult, ...]
    timeline: tuple[TimelineEvent, ...] = ()
    went_wrong: WentWrong | None = None
    findings: tuple[Finding, ...] = ()
    left_out: str = ""
    broken: int = 0
    unmet: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    seconds: float = 0.0
    destinations: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    warehouse: Account | None = None

    @property
    def passed(self) -> bool:
        return all(check.held for check in self.checks)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth telling of claims that held."""
        return tuple(check.note for check in self.checks if check.note)

    def as_dict(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "why": self.scenario.why,
            "behaviour": self.scenario.behaviour,
            "file": self.scenario.file,
            "seed": self.scenario.seed,
            "passed": self.passed,
            "left_out": self.left_out,
            "unmet": list(self.unmet),
            "faults": list(self.faults),
            "destinations": {name: dict(counts) for name, counts in self.destinations.items()},
            "warehouse": None if self.warehouse is None else self.warehouse.as_dict(),
            "checks": [check.as_dict() for check in self.checks],
            "syncs": [sync.as_dict() for sync in self.syncs],
            "went_wrong": None if self.went_wrong is None else asdict(self.went_wrong),
            "findings": [finding.as_dict() for finding in self.findings],
            "timeline": [event.as_dict() for event in self.timeline],
        }


def run_scenario(
    scenario: Scenario, make_subject: MakeSubject, *, at_end: Callable[[Bench], None] | None = None
) -> Outcome:
    """Run one scenario in a lab of its own, with a subject made for that lab.

    `at_end` is called before the lab is closed, to save or look at what it holds.
    """
    if lacking := missing(scenario):
        return Outcome(scenario, (), (), left_out=lacking)
    with (
        _state_folder() as folder,
        Lab(seed=scenario.seed, start=scenario.start) as lab,
        make_subject(lab, scenario) as subject,
    ):
        bench = Bench(scenario, lab, subject, trait_key_format(scenario.trait_key), folder)
        left_out = ""
        _set_up(bench)
        try:
            for step in scenario.steps:
                take(bench, step)
        except CannotKill as error:
            left_out = str(error)
            bench.checks = [check for check in bench.checks if not check.held]
        except SubjectOverstayed:
            pass  # a check has said so
        else:
            for check in judge(bench, {**AT_THE_END, **scenario.expect}, "at the end"):
                bench.check(check)
            bench.noted_at_the_end()
        outcome = Outcome(
            scenario,
            tuple(bench.checks),
            tuple(bench.syncs),
            tuple(bench.timeline),
            bench.went_wrong,
            tuple(diagnose(bench)) if any(not check.held for check in bench.checks) else (),
            left_out,
            unmet=(
                *(f"a fault met no call: {each.as_armed}" for each in bench.troubles.values() if not each.struck),
                *(f"a kill never came: {words}" for words in bench.kills_missed),
            ),
            faults=tuple(each.account for each in bench.troubles.values() if each.struck),
            destinations=_ends(bench),
            warehouse=None if scenario.warehouse is None else warehouse_of(lab.segment).account(),
        )
        if at_end is not None:
            at_end(bench)
        return outcome


def _ends(bench: Bench) -> dict[str, dict[str, int]]:
    """Count for each destination of a scenario how deliveries ended."""
    if not bench.scenario.destinations:
        return {}
    tally = bench.lab.destinations.tally()
    return {
        name: {verdict: count for (on, verdict), count in tally.items() if on == name}
        for name in bench.scenario.destinations
    }


def missing(scenario: Scenario) -> str:
    """Say what a scenario needs and this machine does not have, empty when nothing."""
    if scenario.warehouse is not None and (lacking := extras.lacking("duckdb", "its warehouse")):
        return lacking
    if "node" not in scenario.needs or installed() is not None:
        return ""
    return "it needs Segment's own destinations in Node: cohortlab destinations install"


def _set_up(bench: Bench) -> None:
    lab, scenario = bench.lab, bench.scenario
    set_up(lab, scenario)
    bench.keys.update(scenario.targets)
    bench.names.update({short: plan.name for short, plan in scenario.cohorts.items()})
    bench.timeline.append(StepTaken(**bench.moment, number=0, verb="start", words="the start", line=1))
    bench.noted(None, "the start")


@contextmanager
def _state_folder() -> Iterator[Path]:
    """Make a folder for what a subject keeps, and take it away whatever the subject did to it."""
    folder = Path(tempfile.mkdtemp(prefix="cohortlab-"))
    try:
        yield folder
    finally:
        take_away(folder)
