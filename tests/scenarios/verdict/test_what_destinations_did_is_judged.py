"""Expectations of destinations hold where they are true and fail, with what was found, where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from downstream.routing import Made, annexe
from scenarios import BadScenario, Bench, Outcome, lab, read_scenario, run_scenario
from scenarios.mutants import SmallSync, make_small
from scenarios.recordings import Known, Mark, trace
from scenarios.reports.failure import failure
from tests.downstream.routing.vendors import make

STORY = """\
scenario: A story
destinations:
  vendor: {destination: small}
  batched: {destination: small, settings: {most: 10}, filters: ['userId = "ada"']}
  other: {destination: small, targets: [staging]}
settings: {destinations: {retry_hours: 1}}
targets: {production: key-of-production, staging: key-of-staging}
cohorts:
  power: {name: Power Users, members: [ada, grace]}
steps:
  - sync: power
  - fault: {on: vendor, fault: status, status: 503, match: {user: grace, times: null}, as: outage}
  - leave: {cohort: power, users: [grace]}
  - sync: power
  - disable: batched
  - identify: {users: [ada], traits: {power: true}, integrations: {All: false}}
  - identify: {user: ada, traits: {power: true}, target: staging}
  - enable: batched
  - advance: 2h
  - lift: outage
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let labs have a small vendor's destination, so that no Node is needed."""
    monkeypatch.setattr(lab, "annexes", lambda _: (annexe(make),))


def outcome_of(folder: Path, expect: str, story: str = STORY) -> Outcome:
    path = folder / "story.cohort.yaml"
    path.write_text(f"{story}expect: {expect}\n", encoding="utf-8")
    return run_scenario(read_scenario(path), make_small(SmallSync))


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        (
            "{destinations: {vendor: {grace: {power: true}}}}",
            "{destinations: {vendor: {grace: {power: false}}}}",
            "it has true; the newest event with it: given up",
        ),
        (
            "{destinations: {batched: {ada: {power: null}, grace: {power: false}}}}",
            "{destinations: {batched: {ada: {power: true}}}}",
            "it has never told; the newest event with it: switched off",
        ),
        (
            "{destinations: {vendor: {ada: {power: true}}}}",
            '{destinations: {vendor: {ada: {power: "true"}}}}',
            "it has true",
        ),
        (
            "{deliveries: {vendor: {reached: 3, given up: 1, switched off: 1}}}",
            "{deliveries: {vendor: {reached: 4}}}",
            "3 reached",
        ),
        (
            "{deliveries: {batched: {filtered: 1, switched off: 2}}}",
            "{deliveries: {batched: {filtered: 0}}}",
            "there was 1",
        ),
        ("{deliveries: {other: {reached: 1}}}", "{deliveries: {other: {reached: {least: 2}}}}", "there was 1"),
        (
            '{vendor_calls: {vendor: {"200": 3, "503": {least: 4}}}}',
            '{vendor_calls: {vendor: {"503": 0}}}',
            "there were",
        ),
    ],
)
def test_it_holds_where_true_and_fails_where_not(tmp_path: Path, right: str, wrong: str, reason: str):
    """Each claim both ways."""
    held = outcome_of(tmp_path, f"{{converged: false, {right[1:]}")
    assert [check for check in held.checks if not check.held] == []
    failed = outcome_of(tmp_path, f"{{converged: false, {wrong[1:]}")
    (told,) = [check.reason for check in failed.checks if not check.held]
    assert reason in told


def test_a_fault_of_a_vendor_is_accounted_for(tmp_path: Path):
    """What struck, and what met no call."""
    outcome = outcome_of(tmp_path, "{converged: false}")
    assert outcome.unmet == ()
    assert "status 503 at vendor (step 2) struck" in outcome.faults[0]

    unmet = outcome_of(tmp_path, "{converged: false}", STORY.replace("user: grace", "user: nobody"))
    assert "a fault met no call" in unmet.unmet[0]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("on: vendor", "on: vendro", "vendor"),
        ("disable: batched", "disable: batchd", "batched"),
        ("{destination: small, targets: [staging]}", "{destination: small, targets: [stagin]}", "staging"),
        ("  other:", "  segment:", "name of a fake"),
        ("retry_hours: 1", "retry_hour: 1", "retry_hours"),
        ("fault: status, status: 503", "fault: statsu, status: 503", "status"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, before: str, after: str, told: str):
    """With the nearest word."""
    with pytest.raises(BadScenario, match=told):
        outcome_of(tmp_path, "{converged: false}", STORY.replace(before, after))


def test_a_destination_that_cannot_be_made_is_told_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In the maker's words."""

    def refuse(*_: Any, **__: Any) -> Made:
        from mock_core.errors import BadControl

        raise BadControl("No destination is called 'small'.")

    monkeypatch.setattr(lab, "annexes", lambda _: (annexe(refuse),))
    with pytest.raises(BadScenario, match="No destination is called 'small'"):
        outcome_of(tmp_path, "{converged: false}")


def test_one_that_needs_node_is_left_out_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And counted, not failed."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(tmp_path / "nowhere"))
    outcome = outcome_of(tmp_path, "{}", STORY.replace("destinations:\n", "needs: [node]\ndestinations:\n", 1))

    assert outcome.passed
    assert "cohortlab destinations install" in outcome.left_out


def test_how_deliveries_ended_is_told_of_a_run_that_failed(tmp_path: Path):
    """In words and in JSON."""
    outcome = outcome_of(tmp_path, "{converged: false, deliveries: {other: {reached: 2}}}")
    lines = ["".join(part if isinstance(part, str) else part[0] for part in parts) for _, parts in failure(outcome)]

    assert "destination: vendor: 1 given up, 3 reached, 1 switched off" in lines
    assert outcome.as_dict()["destinations"]["other"] == {"reached": 1}


def test_a_trace_ends_with_what_each_destination_got(tmp_path: Path):
    """In the order of the last attempts."""
    path = tmp_path / "story.cohort.yaml"
    path.write_text(STORY, encoding="utf-8")
    marks: list[Mark] = []

    def look(bench: Bench) -> None:
        cohort_id = bench.cohort_id("power")
        marks.extend(trace(bench.lab.amplitude, bench.lab.segment, "grace", cohort_id, Known.of(bench)))

    run_scenario(read_scenario(path), make_small(SmallSync), at_end=look)
    told = [(mark.on, mark.words) for mark in marks if mark.kind == "delivery"]

    assert [on for on, _ in told] == ["vendor", "batched", "batched", "vendor"]
    assert told[0][1].startswith("reached, the vendor was told 'Power Users (power000)' true")
    assert "given up, after" in told[-1][1]
    assert marks[-1].kind == "end"
