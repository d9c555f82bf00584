"""`run`, `new` and `strength` as a user types them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cohortlab.cli import run
from scenarios import read_scenario, shipped

LEAVE = next(path for path in shipped() if path.name == "a-leave.cohort.yaml")


def test_new_writes_a_scenario_that_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The start is commented, valid, and true."""
    file = tmp_path / "mine.cohort.yaml"

    assert run(["new", str(file)]) == 0
    assert run(["run", str(file)]) == 0

    assert file.read_text(encoding="utf-8").count("#") > 8
    named = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / named).read_text(encoding="utf-8"))["title"] == "cohortlab scenario"
    assert "1 passed, 0 failed" in capsys.readouterr().out


def test_new_writes_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Unless it is told to."""
    file = tmp_path / "mine.cohort.yaml"
    file.write_text("mine", encoding="utf-8")

    assert run(["new", str(file)]) == 2

    assert file.read_text(encoding="utf-8") == "mine"
    assert "--force" in capsys.readouterr().err


def test_a_program_gets_a_summary_of_what_holds(capsys: pytest.CaptureFixture[str]):
    """Behaviour by behaviour, with the scenarios that show otherwise."""
    assert run(["run", "--subject", f"{sys.executable} -c pass", str(LEAVE)]) == 1

    out = capsys.readouterr().out
    assert "0 of 1" in out
    assert "a-leave" in out


def test_json_holds_outcomes_and_conformance(capsys: pytest.CaptureFixture[str]):
    """One document with everything that reports are made from."""
    assert run(["run", "--json", str(LEAVE)]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is True
    assert document["scenarios"][0]["timeline"]
    assert [each["holds"] for each in document["conformance"]] == [True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--subject", "no-such-program"], "cannot be started"),
        (["--set", "n"], "NAME=VALUE"),
        (["--set", "n=1"], "it has no parameter 'n'"),
    ],
)
def test_a_wrong_call_is_told_before_anything_runs(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    """Exit status 2, one sentence, no scenario."""
    assert run(["run", *arguments, str(LEAVE)]) == 2

    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "inf", "1e9"])
@pytest.mark.parametrize("call", [["run", str(LEAVE)], ["trace", "ada", "power", str(LEAVE)]])
def test_a_timeout_is_a_time(call: list[str], seconds: str, capsys: pytest.CaptureFixture[str]):
    """More than nothing and at most a day."""
    assert run([*call, "--timeout", seconds]) == 2

    assert "is not in the range 0<x<=86400" in capsys.readouterr().err


def test_strength_tells_which_mutants_live(capsys: pytest.CaptureFixture[str]):
    """By name, with the bug in words."""
    status = run(["strength", "--mutant", "ForgetsLeaves", "--mutant", "LeaksTheAuthorization", str(LEAVE)])

    out = capsys.readouterr().out
    assert status == 1
    assert "caught  ForgetsLeaves, by a-leave" in out
    assert "lives   LeaksTheAuthorization: Follows the redirect" in out
    assert "1 of 2 planted bugs caught by 1 scenarios" in out


def test_a_misspelt_mutant_is_a_wrong_call(capsys: pytest.CaptureFixture[str]):
    """With the nearest name."""
    assert run(["strength", "--mutant", "ForgetLeaves", str(LEAVE)]) == 2

    assert "did you mean 'ForgetsLeaves'" in capsys.readouterr().err


def test_a_slow_or_partial_scenario_is_not_for_every_program():
    """The library says of each which it is."""
    scenarios = [read_scenario(path) for path in shipped()]

    assert 0 < sum(each.only == "engine" for each in scenarios) < 10
    assert 0 < sum(each.is_slow for each in scenarios) < 10


def test_a_fault_that_met_no_call_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A scenario that passes shows nothing of a fault that nobody met."""
    file = tmp_path / "x.cohort.yaml"
    armed = "{fault: {on: segment, fault: status, status: 503, match: {skip: %d}}}"
    steps = ", ".join([armed % 0, armed % 50, "{sync: p}"])
    file.write_text(f"scenario: X\ncohorts: {{p: {{name: P, members: [ada]}}}}\nsteps: [{steps}]\n", encoding="utf-8")

    assert run(["run", str(file)]) == 0
    shown = capsys.readouterr().out
    assert run(["run", str(file), "--json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)["scenarios"]

    assert shown.count("a fault met no call: step 2, fault {on: segment, fault: status, status: 503, match:") == 1
    assert len(outcome["unmet"]) == 1


def test_a_kill_that_never_came_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A sync that ends before the call or the boundary it was to die at shows nothing of a kill, and says so."""
    file = tmp_path / "x.cohort.yaml"
    kills = ("{on: segment, calls: 9}", "{boundary: 900}", "{boundary: 3}")
    steps = ", ".join(f"{{sync: {{cohort: p, killed: {kill}}}}}" for kill in kills)
    file.write_text(f"scenario: X\ncohorts: {{p: {{name: P, members: [ada]}}}}\nsteps: [{steps}, {{sync: p}}]\n")

    assert run(["run", str(file)]) == 0
    shown = capsys.readouterr().out
    assert run(["run", str(file), "--json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)["scenarios"]

    assert "a kill never came: step 1, sync {cohort: p, killed: {on: segment, calls: 9}}" in shown
    assert "a kill never came: step 2, sync {cohort: p, killed: {boundary: 900}}" in shown
    assert len(outcome["unmet"]) == 2


def test_an_address_is_told_by_its_scheme_and_a_program_there_does_one_thing_at_a_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """In capitals, too; only a command, which is started anew each time, is judged four at once."""
    from scenarios import running, subjects

    at_once: list[int] = []
    monkeypatch.setattr(running, "run_suite", lambda *_, jobs, **__: at_once.append(jobs) or iter(()))
    monkeypatch.setattr("scenarios.subjects.endpoint.reachable", lambda address: address)

    for subject in ("HTTP://127.0.0.1:1/sync", f"{sys.executable} -c pass"):
        assert run(["run", "--subject", subject]) == 0

    assert at_once == [1, running.WAITING_JOBS]
    assert subjects.is_address("HTTPS://x")
