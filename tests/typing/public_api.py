"""The public names as users write them: read by mypy and pyright against the wheel, and run by a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import pytest

from cohortlab import (
    AmplitudeClient,
    Connection,
    Destinations,
    DestinationsClient,
    Engine,
    ExportReady,
    FileState,
    Lab,
    Listener,
    MemoryState,
    MissingTrait,
    Outcome,
    Policy,
    Rule,
    RunEvent,
    RunReport,
    Scenario,
    ScenarioError,
    SegmentClient,
    Server,
    Settings,
    Source,
    Sync,
    SyncError,
    Target,
    TraitKey,
    Violation,
    Warehouse,
    WarehouseClient,
    WarehouseLoad,
    WarehouseStop,
    all_rules,
    amplitude_app,
    contract,
    parse_json,
    read_scenario,
    run_scenario,
    segment_app,
    shipped_scenarios,
    subject_maker,
    trait_key_format,
)

KEY = "Power Users (abcd1234)"


@pytest.fixture
def two_labs() -> Iterator[tuple[Lab, Lab]]:
    with Lab() as one, Lab(seed=7, start="2026-03-01T00:00:00Z") as other:
        yield one, other


def a_lab_in_a_test(lab: Lab) -> None:
    lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
    report = lab.sync("abcd1234", batch_events=100)
    assert_type(report, RunReport)
    assert_type(lab.destinations, Destinations)
    assert_type(lab.destinations.connections(), list[Connection])
    assert_type(lab.destinations.tally(), dict[tuple[str, str], int])
    assert_type(lab.warehouse, Warehouse)
    assert_type(lab.warehouse.trace("u1", [KEY]), list[WarehouseStop])
    lab.clock.advance(3600)
    assert lab.segment.profile("u1").traits == {KEY: True}
    with pytest.raises(MissingTrait):
        lab.segment.profile("u2").must_have(KEY, True)


def fakes_for_any_client() -> dict[str, int]:
    with Server(segment_app()) as segment, Server(amplitude_app()) as amplitude:
        told, asked = SegmentClient(segment.url), AmplitudeClient(amplitude.url, workspace="ci-7")
        asked.create_cohort("Power Users", cohort_id="abcd1234", members=["u1", None])
        return {"profiles": len(told.profiles()), "verdicts": told.count("verdicts")}


def a_warehouse_of_another_process(url: str) -> list[str]:
    assert_type(DestinationsClient(url).tally(), dict[tuple[str, str], int])
    warehouse = WarehouseClient(url)
    assert_type(warehouse.load(), list[WarehouseLoad])
    assert_type(warehouse.trace("u1", KEY), list[WarehouseStop])
    return [f"{note.what}: {note.words}" for note in warehouse.notes(what="cut")]


def the_engine(segment: str, amplitude: str, key: str, folder: Path) -> RunReport | str:
    ready: list[ExportReady] = []

    def listen(event: RunEvent) -> None:
        if isinstance(event, ExportReady):
            ready.append(event)

    listeners: list[Listener] = [listen]
    source, target = Source("lab-api-key", "lab-secret-key", amplitude), Target(key, segment, "lab")
    try:
        with FileState(folder) as state:
            return Engine(state, listeners=listeners).run(Sync("abcd1234", source, target, Settings(parallel=1)))
    except SyncError as error:
        return str(error)


def contracts_of_payloads(text: str) -> list[Violation]:
    key: TraitKey | None = trait_key_format("{name} ({id})").parse(KEY)
    assert key is not None
    rules: list[Rule] = list(all_rules())
    assert rules
    return contract("cohort-identify", policy=Policy()).violations(parse_json(text.encode()))


def scenarios(path: Path | None = None) -> Outcome | str:
    try:
        scenario: Scenario = read_scenario(path or shipped_scenarios()[0])
    except ScenarioError as error:
        return f"{error}"
    return run_scenario(scenario, subject_maker())


def a_state_in_memory() -> Engine:
    return Engine(MemoryState())
