"""What a scenario expects of the warehouse holds where it is true, and where not the words say what wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Outcome, read_scenario, run_scenario
from scenarios.errors import BadScenario
from scenarios.mutants import SmallSync, make_small

STORY = """\
scenario: A story
warehouse: {settings: {loads: at once, names: postgres}}
targets: {production: key-of-production, Staging Area: key-of-staging}
cohorts:
  power: {name: Power Users, id: abc123, members: [ada, grace]}
  long: {name: Customers who bought twice in the last ninety days and opened a mail, id: 7abc12de, members: [ada]}
  twin: {name: Customers who bought twice in the last ninety days and opened a mail, id: 9def34ab, members: [grace]}
  empty: {name: Empty}
steps:
  - sync: power
  - sync: long
  - sync: twin
  - sync: {cohort: power, target: Staging Area}
  - identify: {user: o'hara, traits: {"Plan": gold, visits: 3}, message_id: "visit's"}
"""
COUNT = "SELECT count(*) FROM production.users"


def outcome_of(folder: Path, expect: str) -> Outcome:
    """Run the story with these expectations of the warehouse."""
    path = folder / "story.cohort.yaml"
    path.write_text(f"{STORY}expect: {expect}\n", encoding="utf-8")
    return run_scenario(read_scenario(path), make_small(SmallSync))


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("users: {grace: {power: true}}", "users: {grace: {power: false}}", "it has true, written by the event '"),
        ("users: {grace: {twin: true}}", "users: {grace: {twin: false}}", "the column is that of 'Customers who"),
        ("users: {ada: {empty: null}}", "users: {ada: {empty: true}}", "there is no such column: there was 1 load"),
        ('users: {"o\'hara": {visits: 3}}', 'users: {"o\'hara": {visits: true}}', "in the load of 2026-01-05 09:00:00"),
        ('users: {"o\'hara": {power: null}}', "users: {nobody: {power: null}}", "there is no row"),
        ("columns: {power: boolean, plan: varchar}", "columns: {power: varchar}", "it is boolean, since the event"),
        ("columns: {empty: null, nothing: null}", "columns: {empty: boolean}", "it is not there"),
        (f"{{query: {COUNT}, rows: [[3]]}}", f"{{query: {COUNT}, rows: [[4]]}}", "it gave [[3]]"),
        (f"{{query: {COUNT}, rows: [3]}}", "{query: SELECT nope FROM lab.users, rows: []}", "the query fails"),
    ],
)
def test_an_expectation_can_fail(tmp_path: Path, right: str, wrong: str, reason: str) -> None:
    """The same story, told right and told wrong."""

    def checks(expect: str) -> list[str]:
        inner = expect if expect.startswith("{") else f"{{{expect}}}"
        outcome = outcome_of(tmp_path, f"{{converged: false, warehouse: {inner}}}")
        return [check.reason for check in outcome.checks if not check.held]

    assert checks(right) == []
    (told,) = checks(wrong)
    assert reason in told


def test_a_target_has_tables_of_its_own(tmp_path: Path) -> None:
    """`target` leads to the schema of its source, whatever its name is in snake case."""
    told = "{converged: false, target: Staging Area, warehouse: {users: {grace: {power: true}}, columns: {long: null}}}"

    assert outcome_of(tmp_path, told).passed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("warehouse: {settings: {lods: hourly}}", "did you mean 'loads'"),
        ("warehouse: {engine: postgres}", "duckdb"),
        ("expect: {warehouse: {rows: []}}", "query"),
    ],
)
def test_what_is_wrong_with_it_is_told_at_its_place(tmp_path: Path, line: str, words: str) -> None:
    """A setting that there is not, another engine, rows without a query."""
    path = tmp_path / "one.cohort.yaml"
    path.write_text(f"scenario: one\ncohorts: {{p: {{name: P, members: [a]}}}}\nsteps: [{{sync: p}}]\n{line}\n")

    with pytest.raises(BadScenario, match=words) as told:
        run_scenario(read_scenario(path), make_small(SmallSync))
    assert told.value.place.line == 4


def test_where_the_database_is_not_installed_it_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why, and how to get it; nobody failed."""
    monkeypatch.setattr("contracts.extras.is_installed", lambda module: module != "duckdb")
    outcome = outcome_of(tmp_path, "{warehouse: {columns: {power: varchar}}}")

    assert outcome.left_out == "its warehouse needs duckdb: pip install 'cohortlab[sync]'"
    assert outcome.passed
