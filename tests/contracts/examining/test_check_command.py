"""`cohortlab check`: exit status, messages and files, as a person and as CI use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from contracts.publishing.schemas import schema

GOOD = '{"type":"identify","userId":"user-001","traits":{"Power Users (abc123)":true}}\n'
BAD = GOOD.replace("true", '"true"')
EXPORT = '"amplitude_id","user_id"\n"1610450763183","user-001"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with a pyproject.toml so that no other one is found."""
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, content: Any) -> str:
    """Write a file and return its name."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_clean_payloads_are_fine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0, and one line that says how much was looked at."""
    assert run(["check", write(folder, "calls.ndjson", GOOD * 3)]) == 0
    assert capsys.readouterr().out == "3 payloads in 1 file: nothing found\n"


def test_a_broken_contract_is_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code, pointer, found, expected, fix, and the line."""
    assert run(["check", write(folder, "calls.ndjson", GOOD + BAD.replace("user-001", "user-002"))]) == 1

    out = capsys.readouterr().out
    assert "calls.ndjson:2:50: error C409 membership-is-boolean at /traits/Power Users (abc123)" in out
    assert 'found the string "true"; expected true or false' in out
    assert "fix: Send the booleans" in out


def test_standard_input_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-` takes part in a pipe."""
    (folder / "in").write_text(BAD, encoding="utf-8")
    with (folder / "in").open(encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert run(["check", "-", "--json"]) == 1

    assert json.loads(capsys.readouterr().out)["findings"][0]["file"] == "<stdin>"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name at least one FILE"),
        (["nowhere.ndjson"], "does not exist"),
        (["calls.ndjson", "--contract", "idntify"], "did you mean 'identify'?"),
        (["calls.ndjson", "--trait-key", "segmnt"], "neither a trait key style"),
        (["calls.ndjson", "--select", "D9"], "no rule is called 'D9'"),
        (["calls.ndjson", "--severity", "D203=fatal"], "expected one of error, warning, note"),
        (["calls.ndjson", "--baseline", "nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["calls.ndjson", "--baseline", "calls.ndjson"], "--write-baseline"),
        (["calls.ndjson", "--plan", "calls.ndjson"], "calls.ndjson"),
        (["calls.ndjson", "--memberships", "list.json"], "memberships must be an object"),
        (["calls.ndjson", "--members", "Power Users=export.csv"], "expected a trait key spelt"),
        (["calls.ndjson", "--members", "Power Users (abc123)=calls.ndjson"], "needs a column user_id"),
        (["calls.ndjson", "--evolution", "list.json"], "one version is a tracking plan and the other a schema"),
    ],
)
def test_a_wrong_call_is_status_2(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clear message on stderr, no traceback, nothing on stdout."""
    write(folder, "calls.ndjson", GOOD)
    write(folder, "list.json", [])

    assert run(["check", *arguments]) == 2

    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_sequence_is_compared_with_the_exports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The capture says that user-002 is in, the export says that only user-001 is."""
    calls = write(folder, "calls.ndjson", GOOD + GOOD.replace("user-001", "user-002"))
    export = write(folder, "export.csv", EXPORT)

    assert run(["check", calls, "--sequence", "--members", f"Power Users (abc123)={export}", "--json"]) == 1

    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["line"]) == ("S710", 2)


def test_an_export_has_a_contract_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--contract export` reads a CSV."""
    assert run(["check", "--contract", "export", write(folder, "good.csv", EXPORT)]) == 0
    assert run(["check", "--contract", "export", write(folder, "bad.csv", EXPORT + '"1.6E+12","user-002"\n')]) == 1
    assert "bad.csv:3:1: error X505" in capsys.readouterr().out


PLAN = {
    "name": "Site",
    "rules": [
        {
            "type": "IDENTIFY",
            "key": None,
            "version": 1,
            "jsonSchema": {"type": "object", "properties": {"traits": {"properties": {"plan": {"type": "string"}}}}},
        }
    ],
}


def test_a_plan_says_what_it_strips(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With unplanned traits omitted a cohort vanishes; allowed, it is a note."""
    calls, plan = write(folder, "calls.ndjson", GOOD), write(folder, "plan.json", PLAN)

    assert run(["check", calls, "--plan", plan]) == 0
    assert "P802" in capsys.readouterr().out
    assert run(["check", calls, "--plan", plan, "--enforce", "omit"]) == 1
    assert "error P804 plan-keeps-cohorts" in capsys.readouterr().out
    settings = write(folder, "settings.json", {"identify": {"allowUnplannedTraits": False}})
    assert run(["check", calls, "--plan", plan, "--plan-settings", settings]) == 1


def test_a_plan_alone_is_checked_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its faults have the plan's lines."""
    broken = json.dumps(PLAN, indent=1).replace('"string"', '"text"')

    assert run(["check", "--plan", write(folder, "good.json", PLAN)]) == 0
    assert run(["check", "--plan", write(folder, "bad.json", broken)]) == 1
    assert "bad.json:8:" in capsys.readouterr().out


def test_versions_are_compared_with_witnesses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1 when something breaks, 0 when nothing does."""
    old, new = write(folder, "old.json", schema("identify")), write(folder, "new.json", schema("cohort-identify"))

    assert run(["check", "--evolution", old, new]) == 1
    text = capsys.readouterr().out
    assert 'breaks producers: /traits/*\n    type: nothing before, "boolean" now\n' in text
    assert text.endswith("consumers, from old.json to new.json: nothing breaks (proven)\n")
    assert run(["check", "--evolution", old, old, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"breaks": [], "proven": {"producers": True, "consumers": True}}


def test_a_baseline_lets_known_findings_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written once, it makes CI fail on new findings only."""
    calls = write(folder, "calls.ndjson", BAD)

    assert run(["check", calls, "--write-baseline", "known.json"]) == 0
    assert "known.json: 1 finding written" in capsys.readouterr().err
    assert run(["check", calls, "--baseline", "known.json"]) == 0
    assert "1 known finding left out: nothing found" in capsys.readouterr().out
    write(folder, "calls.ndjson", BAD + GOOD.replace("user-001", ""))
    assert run(["check", calls, "--baseline", "known.json"]) == 1
    assert "C409" not in capsys.readouterr().out


def test_pyproject_holds_what_a_project_always_wants(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Found from a folder below, too; the call adds to it and wins."""
    calls = write(folder, "calls.ndjson", BAD)
    write(folder, "pyproject.toml", '[tool.cohortlab.check]\nignore = ["C409", "H345"]\n')

    assert run(["check", calls]) == 0
    write(folder, "pyproject.toml", '[tool.cohortlab.check.severity]\nC409 = "note"\n')
    assert run(["check", calls]) == 0
    assert "note C409" in capsys.readouterr().out
    assert run(["check", calls, "--fail-on", "note"]) == 1
    assert run(["check", calls, "--severity", "C409=error"]) == 1


def test_a_mistake_in_pyproject_is_status_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the file, the setting and the nearest word."""
    write(folder, "pyproject.toml", '[tool.cohortlab.check]\nignored = ["C409"]\n')

    assert run(["check", write(folder, "calls.ndjson", GOOD)]) == 2
    assert "has no setting 'ignored'; did you mean 'ignore'?" in capsys.readouterr().err


@pytest.mark.parametrize(("level", "status"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)])
def test_what_fails_is_a_choice(folder: Path, level: str, status: int) -> None:
    """Warnings fail unless told otherwise."""
    calls = write(folder, "calls.ndjson", GOOD.replace("user-001", "undefined"))

    assert run(["check", calls, "--fail-on", level]) == status


def test_each_output_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One report on stdout, nothing else."""
    calls = write(folder, "calls.ndjson", BAD)
    starts = {
        "text": "calls.ndjson:1:",
        "json": '{"findings":[',
        "junit": "<?xml",
        "github": "::error ",
        "sarif": '{"$schema"',
    }

    for kind, start in starts.items():
        assert run(["check", calls, "--output", kind]) == 1
        assert capsys.readouterr().out.startswith(start)
