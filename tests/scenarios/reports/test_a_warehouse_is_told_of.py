"""Reports of a scenario with a warehouse say what was loaded, and what happened to names and values on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run
from contracts import extras
from scenarios import Outcome, read_scenario, run_scenario
from scenarios.mutants import SmallSync, make_small
from scenarios.reports.html import page

STORY = """\
scenario: A story
warehouse: {}
cohorts: {power: {name: Power Users, id: abc123, members: [ada]}}
steps:
  - identify: {user: bob, traits: {"Power Users (abc123)": "<b>yes</b>", visits: 1, received_at: x}, message_id: <m1>}
  - advance: 90m
  - identify: {user: bob, traits: {visits: 2.5}, message_id: m2}
  - advance: 1h
  - sync: power
expect: {converged: false}
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("story") / "story.cohort.yaml"
    file.write_text(STORY)
    return file


@pytest.fixture(scope="module")
def outcome(story: Path) -> Outcome:
    return run_scenario(read_scenario(story), make_small(SmallSync))


def test_an_account_of_the_loads(outcome: Outcome):
    """Loads, rows by table, columns, what became of names and values, and what no load has taken yet."""
    account = outcome.as_dict()["warehouse"]

    assert [(load["load"], load["at"], load["events"]) for load in account["loads"]] == [
        (1, "2026-01-05T09:00:00Z", 1),
        (2, "2026-01-05T11:00:00Z", 1),
    ]
    assert account["rows"] == {"lab.identifies": 2, "lab.users": 2}
    assert [(note["what"], note["message_id"]) for note in account["notes"]] == [("reserved", "<m1>"), ("cast", "m2")]
    assert (account["waiting"], account["happened"]) == (1, 2)
    assert json.dumps(account)  # nothing in it that JSON has not


def test_the_page_has_it_and_does_nothing(outcome: Outcome):
    """What the events held is escaped."""
    told = page([outcome])

    assert "Warehouse: 2 loads, 2 events: lab.identifies 2 rows, lab.users 2 rows; 1 event waits" in told
    assert "2.5 in a column of type integer: cast to 2" in told
    assert "<code>power_users_abc123</code>" in told
    assert "<m1>" not in told
    assert "&lt;m1&gt;" in told


def test_text_and_junit_have_it(story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The summary and the notes; a scenario that passes says it where something happened."""
    junit = tmp_path / "junit.xml"
    run(["run", str(story), "--junit", str(junit)])

    for told in (capsys.readouterr().out, junit.read_text()):
        assert "2 loads, 2 events: lab.identifies 2 rows, lab.users 2 rows; 1 event waits" in told
        assert "cast: 'visits' in lab.identifies: 2.5 in a column of type integer: cast to 2, event 'm2'" in told


def test_no_warehouse_no_words(story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A scenario without one has none in its reports; one that was left out as well."""
    plain = tmp_path / "plain.cohort.yaml"
    plain.write_text(STORY.replace("warehouse: {}\n", ""))
    outcome = run_scenario(read_scenario(plain), make_small(SmallSync))
    assert outcome.as_dict()["warehouse"] is None
    assert "Warehouse" not in page([outcome])

    monkeypatch.setattr(extras, "lacking", lambda *_: "duckdb is not installed")
    assert run_scenario(read_scenario(story), make_small(SmallSync)).warehouse is None
