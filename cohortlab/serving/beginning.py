"""What a lab begins with: cohorts from exports, or a scenario's cohorts, targets, settings and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cohortlab.serving.opening import Opening
from mock_core.errors import BadControl, LabError
from scenarios.lab import WRITE_KEY, Address, Lab

if TYPE_CHECKING:
    from scenarios import Scenario

PEOPLE = 100  # in a cohort of which nothing but the name is given


@dataclass(slots=True)
class Beginning:
    """What was asked for, then what was made of it: the faults in words, and where those with a name were armed."""

    scenario: Scenario | None
    cohorts: Sequence[tuple[str, Path | None]]
    faults: list[str] = field(default_factory=list)
    armed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path | None, cohorts: Sequence[tuple[str, Path | None]]) -> Beginning:
        """Read a scenario file, if there is one, and raise what is wrong with it."""
        if file is None:
            return cls(None, cohorts)
        from scenarios import read_scenario  # noqa: PLC0415 - a lab without a scenario starts sooner

        return cls(read_scenario(file), cohorts)

    @property
    def seed(self) -> int:
        return 0 if self.scenario is None else self.scenario.seed

    def make(self, lab: Lab) -> None:
        """Let a lab begin with it; cohorts that a kept journal has are left as they are."""
        if self.scenario is not None:
            self._make_scenario(lab, self.scenario)
        for name, export in self.cohorts:
            _make_cohort(lab, name, export)

    def _make_scenario(self, lab: Lab, scenario: Scenario) -> None:
        from scenarios.running import arm_fault, set_up  # noqa: PLC0415 - as above

        known = {cohort.id for cohort in lab.amplitude.cohorts()}
        if known & {plan.cohort_id for plan in scenario.cohorts.values()}:
            return
        if scenario.is_dated:
            lab.clock.freeze(scenario.start)
            lab.clock.run()
        set_up(lab, scenario)
        for step in scenario.steps:
            if step.verb != "fault":
                continue
            on, fault = arm_fault(lab, step)
            self.faults.append(f"{on} {fault.id}: {fault.kind} (step {step.number})")
            if "as" in step.data:
                self.armed[step.data["as"]] = (on, fault.id)

    def opening(self, lab: Lab, address: Address, *, is_quiet: bool) -> Opening:
        """Return what is to be said of a lab that began so."""
        write_key, steps = WRITE_KEY, []
        if self.scenario is not None:
            from cohortlab.serving.steps import in_commands  # noqa: PLC0415 - as above

            write_key, steps = next(iter(self.scenario.targets.values())), in_commands(self.scenario, self.armed)
        cohorts = [(each.id, each.name, len(lab.amplitude.membership(each.id))) for each in lab.amplitude.cohorts()]
        names = [each.name for each in lab.destinations.connections()]
        return Opening(address, write_key, cohorts, self.faults, steps, is_quiet, names)


def _make_cohort(lab: Lab, name: str, export: Path | None) -> None:
    """Make a cohort of the rows of an export, or of people made up; one of that name gets the rows of the export."""
    there = [cohort.id for cohort in lab.amplitude.cohorts() if cohort.name == name]
    cohort_id = there[0] if there else lab.amplitude.create_cohort(name).id
    if export is None:
        if not there:
            lab.amplitude.populate(cohort_id, PEOPLE)
        return
    try:
        lab.amplitude.import_csv(cohort_id, export.read_bytes())
    except (LabError, OSError) as error:
        raise BadControl(f"{export}: {error}") from error
