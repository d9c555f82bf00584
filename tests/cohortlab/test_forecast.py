"""`cohortlab forecast`: a plan in YAML or a list of standing syncs, told as a table, as JSON, as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab import cli

PLAN = """
forecast: "A <b>month</b>"
days: 2
settings: {amplitude: {job_seconds: 0, monthly_requests: 10}}
syncs:
  "<script>alert(1)</script>": {size: 20000, churn: 2%, cadence: 2h, target: production}
  vips: {size: 50, churn: 1, cadence: daily}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return file


def test_json_says_what_is_used_refused_and_mended(plan: Path, capsys):
    """And the exit status is 1, for something is refused."""
    assert cli.run(["forecast", str(plan), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)

    assert told["downloads"]["used"] == {"2026-01": 10}
    assert told["first_refused"]["limit"] == "the month's downloads"
    assert len(told["hours"]) == 48
    assert told["mend"]["holds"]
    assert {each["sync"]: each["cohort_size"] for each in told["syncs"]}["vips"] == 50


def test_a_person_reads_a_table_and_the_page_escapes_names(plan: Path, tmp_path: Path, capsys):
    """The page has no script, a heat map, and the quota's line."""
    page = tmp_path / "page.html"
    assert cli.run(["forecast", str(plan), "--html", str(page)]) == 1
    told, drawn = capsys.readouterr().out, page.read_text()

    assert "2026-01: 10 downloads used of 10" in told
    assert "What would mend it" in told
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
    assert 'class="quota"' in drawn
    assert drawn.count('class="heat') > 10


def test_standing_syncs_are_read_as_they_are_listed(tmp_path: Path, capsys):
    """Sizes come from the call; a paused sync does not run."""
    entry = {"sync": "abc:lab", "cohort_id": "abc", "target": "lab", "cadence": "daily", "settings": {}, "next_run": ""}
    file = tmp_path / "list.json"
    file.write_text(json.dumps([{**entry, "state": "scheduled"}, {**entry, "sync": "x:lab", "state": "paused"}]))

    assert cli.run(["forecast", str(file), "--size", "3000", "--churn", "0", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["syncs"]

    assert (told["sync"], told["events"], told["good"]) == ("abc:lab", 3000, 31)
    assert told["assumed"] == ["size", "churn"]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("syncs: {a: {size: many}}", "1:19", "size is 'many', expected a whole number from 0"),
        ("syncs: {a: {cadense: daily}}", "1:13", "did you mean 'cadence'?"),
        ("syncs: {a: {cadence: houly}}", "1:22", "did you mean 'hourly'? A time such as 6h"),
        ("syncs: {a: {cadence: 1s}}", "1:22", "A time such as 6h, of a minute or more"),
        ("syncs: {a: {churn: lots}}", "1:20", "a share of the size such as 2%"),
        ("days: 0\nsyncs: {a: {}}", "1:7", "days is 0, expected a whole number from 1 to 366."),
        ("start: tomorrow\nsyncs: {a: {}}", "1:8", "an ISO 8601 time with its zone"),
        ("forecast: x", "1:1", "the plan lacks 'syncs'"),
        ("syncs: []", "1:8", "expected names of syncs"),
        ("used: 500\nsyncs: {a: {}}", "1:7", "expected fewer than the month's 500 downloads"),
        ("settings: {amplitude: {monthly_request: 1}}\nsyncs: {a: {}}", "1:41", "did you mean 'monthly_requests'?"),
        ("settings: {engine: {retries: -1}}\nsyncs: {a: {}}", "1:30", "setting retries is a number from 0 to 100"),
        ("[1, 2]", "1:2", "is no standing sync"),
        ("syncs: {a: [", "2:1", "is not YAML"),
        ("just words", "1:1", "the plan is 'just words', expected a mapping"),
    ],
)
def test_a_bad_file_is_told_with_its_place(text: str, place: str, said: str, tmp_path: Path, capsys):
    """File, line, column, what was expected; the exit status is 2."""
    file = tmp_path / "plan.yaml"
    file.write_text(text)

    assert cli.run(["forecast", str(file)]) == 2
    told = capsys.readouterr().err

    assert f"plan.yaml:{place}" in told
    assert said in told
