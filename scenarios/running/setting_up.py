"""Setting up: a lab as a scenario finds it at its start. Targets, settings, cohorts; and its faults, one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from downstream.warehouse import warehouse_of
from mock_core.errors import LabError
from scenarios.errors import BadScenario, Place
from scenarios.files import Scenario, Step, nearest
from scenarios.lab import READY_AT_ONCE, Lab
from scenarios.running.crowd import let_in

if TYPE_CHECKING:
    from mock_core.faults import Armed

FAKES = ("amplitude", "segment")
COHORT_AGE = 90 * 86_400  # seconds: a cohort is seldom made on the day it is first synced
# Exports are ready at once unless a scenario says otherwise: programs that wait in real time are judged, too.
DEFAULT_SETTINGS: Mapping[str, Mapping[str, Any]] = {"amplitude": READY_AT_ONCE}


def set_up(lab: Lab, scenario: Scenario) -> None:
    """Tell a lab the targets, settings and cohorts of a scenario; raise `BadScenario` at the place of what is wrong."""
    for short, key in scenario.targets.items():
        lab.segment.put_source(key, name=short)
    for fake in ("amplitude", "segment"):
        changes = {**DEFAULT_SETTINGS.get(fake, {}), **scenario.settings.get(fake, {})}
        if changes:
            try:
                getattr(lab, fake).configure(**changes)
            except LabError as error:
                raise BadScenario(scenario.places.place(("settings", fake)), str(error)) from error
    if scenario.warehouse is not None:
        try:
            warehouse_of(lab.segment).configure(**scenario.warehouse)
        except LabError as error:
            raise BadScenario(scenario.places.place(("warehouse", "settings")), str(error)) from error
    created_at = int(lab.clock.now()) - COHORT_AGE
    for short, plan in scenario.cohorts.items():
        more: dict[str, Any] = {} if plan.definition is None else {"definition": plan.definition}
        try:
            lab.amplitude.create_cohort(
                plan.name,
                cohort_id=plan.cohort_id,
                uploaded=plan.uploaded,
                created_at=created_at,
                **more,
            )
            if plan.export is not None:
                import_export(lab, plan.cohort_id, plan.export, scenario.places.place(("cohorts", short, "export")))
            if plan.members or plan.anonymous:
                lab.amplitude.enter(plan.cohort_id, [*plan.members, *[None] * plan.anonymous])
            if plan.people:
                let_in(lab, plan.cohort_id, plan.people, scenario.ids)
        except LabError as error:
            raise BadScenario(scenario.places.place(("cohorts", short)), str(error)) from error

    _connect(lab, scenario)


def _connect(lab: Lab, scenario: Scenario) -> None:
    """Connect the destinations of a scenario."""
    for name, plan in scenario.destinations.items():
        try:
            lab.destinations.put(name, **plan)
        except LabError as error:
            raise BadScenario(scenario.places.place(("destinations", name)), str(error)) from error
    if changes := scenario.settings.get("destinations", {}):
        try:
            lab.destinations.configure(**changes)
        except LabError as error:
            raise BadScenario(scenario.places.place(("settings", "destinations")), str(error)) from error


def import_export(lab: Lab, cohort_id: str, export: Path, place: Place) -> None:
    """Make the rows of a cohort export the members of a cohort."""
    try:
        lab.amplitude.import_csv(cohort_id, export.read_bytes())
    except LabError as error:
        raise BadScenario(place, f"{export.name}: {error}") from error


def arm_fault(lab: Lab, step: Step) -> tuple[str, Armed]:
    """Arm the fault of a step; return the fake or the destination it is armed on, and the fault."""
    spec = {name: value for name, value in step.data.items() if name not in {"on", "as"}}
    on = step.data["on"]
    if on not in FAKES:
        try:
            return on, lab.destinations.arm_spec(on, spec)
        except LabError as error:
            raise BadScenario(step.place, str(error)) from error
    route = spec.get("match", {}).get("route")
    paths = [each.path for each in getattr(lab, f"{on}_fake").routes]
    if route is not None and not any(_covers(route, path) for path in paths):
        raise BadScenario(step.place, f"no call to {on} goes to {route!r}; {nearest(route, set(paths))}")
    try:
        return on, getattr(lab, on).workspace.arm(spec)
    except LabError as error:
        raise BadScenario(step.place, str(error)) from error


def _covers(route: str, path: str) -> bool:
    """Say whether a fault's route can meet calls to a path, which may have parts such as <request_id>."""
    if route.endswith("*"):
        beginning = route[:-1]
        return path.partition("<")[0].startswith(beginning) or beginning.startswith(path.partition("<")[0])
    return route == path or re.fullmatch(re.sub("<[^>]+>", "[^/]+", path), route) is not None
