"""`cohortlab check`: exit status, messages and files, as a person and as CI use it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from contracts.errors import BadBaseline
from contracts.examining import Examination
from contracts.publishing.schemas import schema
from contracts.rule import Violation

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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ndjson"], "nowhere.ndjson does not exist"),
        (["call.ndjson"], "did you mean calls.ndjson?"),
        (["nothing/*.json"], "nothing/*.json does not exist"),
        (["--plan", "calls.ndjson"], "calls.ndjson"),
        (["--plan", "nowhere.json"], "nowhere.json cannot be read"),
        (["--plan", "broken.json"], "broken.json:1:2: found"),
        (["--memberships", "list.json"], "memberships must be an object"),
        (["--memberships", "broken.json"], "broken.json:1:2: found"),
        (["--members", "Power Users=export.csv"], "expected a trait key spelt"),
        (["--members", "Power Users (abc123)=calls.ndjson"], "calls.ndjson: line 1: The file is no CSV."),
        (["--members", "Power Users (abc123)=nowhere.csv"], "nowhere.csv cannot be read"),
        (["other.db"], "other.db is a database of another program"),
        (["plan.json"], "plan.json is a tracking plan, not a file of events; `cohortlab check --plan plan.json`"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_cannot_be_read_hides_nothing_else(
    folder: Path, arguments: list[str], said: str, first: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything else is judged; every document is whole and tells what was not; the status is 2."""
    for name in ("calls.ndjson", "bad.ndjson"):
        write(folder, name, BAD if name == "bad.ndjson" else GOOD)
    write(folder, "list.json", [])
    write(folder, "broken.json", "{x")
    write(folder, "plan.json", {"rules": []})
    with closing(sqlite3.connect(folder / "other.db")) as database:
        database.execute("CREATE TABLE t(x)")
    call = ["check", *arguments, "bad.ndjson"] if first else ["check", "bad.ndjson", *arguments]

    assert run([*call, "--json", "--junit", "junit.xml", "--sarif", "it.sarif", "--github"]) == 2

    captured = capsys.readouterr()
    document, sarif = json.loads(captured.out), json.loads((folder / "it.sarif").read_text(encoding="utf-8"))
    (invocation,) = sarif["runs"][0]["invocations"]
    assert f"Error: {said}" in captured.err or said in captured.err
    told = {finding["code"] for finding in document["findings"] if finding["file"] == "bad.ndjson"}
    assert told & {"C409", "H345"}  # by the contract: with a plan it is that of events
    assert said in document["troubles"][0]["message"]
    assert invocation["executionSuccessful"] is False
    assert said in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert told <= {result["ruleId"] for result in sarif["runs"][0]["results"]}
    cases = ET.parse(folder / "junit.xml").getroot()
    assert said in next(each.get("message", "") for each in cases.iter("error"))
    assert told <= {each.get("type") for each in cases.iter("failure")}
    assert "::error" in captured.err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (SystemExit(143), 143, "interrupted"),
        (RuntimeError("a bug"), 3, "cohortlab itself broke: RuntimeError: a bug"),
        (BadBaseline("the baseline is none"), 2, "the baseline is none"),
    ],
)
def test_documents_are_whole_whatever_breaks(
    folder: Path,
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was found until then is in them, and why there is no more."""

    def breaks(_: object) -> Iterator[Violation]:
        raise error
        yield

    monkeypatch.setattr(Examination, "end", breaks)
    write(folder, "bad.ndjson", BAD)

    assert run(["check", "bad.ndjson", "--json", "--junit", "junit.xml", "--sarif", "it.sarif"]) == status

    document = json.loads(capsys.readouterr().out)
    sarif = json.loads((folder / "it.sarif").read_text(encoding="utf-8"))
    assert [trouble["file"] for trouble in document["troubles"]] == [""]
    assert said in document["troubles"][0]["message"]
    assert document["findings"]
    assert said in sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert said in next(ET.parse(folder / "junit.xml").getroot().iter("error")).get("message", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device without room")
@pytest.mark.parametrize("call", [["--json"], ["--limit", "0"], ["--junit", "/dev/full"], ["--sarif", "nowhere/it"]])
def test_a_report_that_cannot_be_written_is_words(folder: Path, call: list[str]) -> None:
    """A full disk, and a folder that there is not, are no fault of ours."""
    write(folder, "bad.ndjson", BAD * 200)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cohortlab", "check", "bad.ndjson", *call],
            stdout=full if len(call) == 1 or call[0] == "--limit" else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert "cannot be written" in ended.stderr
    assert "itself broke" not in ended.stderr


def test_files_are_whole_when_the_reader_of_the_output_has_gone(folder: Path) -> None:
    """`cohortlab check ... --junit FILE | head -1` writes all of the file."""
    write(folder, "bad.ndjson", BAD * 20_000)
    command = [sys.executable, "-m", "cohortlab", "check", "bad.ndjson", "--limit", "0", "--sarif", "it.sarif"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        child.wait()

    assert json.loads((folder / "it.sarif").read_text(encoding="utf-8"))["runs"]


def test_folders_and_patterns_are_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a folder what is of use, whatever it is called; of a pattern what matches."""
    (folder / "calls" / ".hidden").mkdir(parents=True)
    for name in ("a.ndjson", "b.json", "c.txt", ".hidden/d.ndjson"):
        write(folder, f"calls/{name}", BAD)
    write(folder, "calls/README.md", "# Calls\n")
    write(folder, "calls/export.csv", EXPORT)
    write(folder, "calls/plan.json", {"rules": []})
    (folder / "calls/picture.png").write_bytes(b"\x89PNG\r\n")

    assert run(["check", "calls", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {finding["file"] for finding in document["findings"]} == {"calls/a.ndjson", "calls/b.json", "calls/c.txt"}
    assert (document["summary"]["files"], document["troubles"]) == (4, [])

    assert run(["check", "calls/*.json", "calls/**/d.*", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert {finding["file"] for finding in document["findings"]} == {"calls/b.json"}
    assert [trouble["file"] for trouble in document["troubles"]] == ["calls/plan.json", "calls/**/d.*"]

    assert run(["check", "calls", "--contract", "export"]) == 0
    assert "1 file: nothing found" in capsys.readouterr().out

    (folder / "empty").mkdir()
    assert run(["check", "empty", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["troubles"][0]["message"] == "holds no file that can be checked"


def test_equal_findings_are_told_by_their_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People get ten of a rule and file and how many more; machines all, unless they ask otherwise."""
    write(folder, "a.ndjson", BAD * 3_000)
    write(folder, "b.ndjson", BAD * 11)

    assert run(["check", "a.ndjson", "b.ndjson"]) == 1
    out = capsys.readouterr().out
    assert out.count("error C409") == 20
    assert "a.ndjson: and 2,990 more of C409\n" in out
    assert "b.ndjson: and 1 more of C409\n" in out
    assert "2 files: 3,011 errors" in out

    assert run(["check", "a.ndjson", "--limit", "0"]) == 1
    assert capsys.readouterr().out.count("error C409") == 3_000
    assert run(["check", "a.ndjson", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 3_000
    assert run(["check", "a.ndjson", "--json", "--limit", "2", "--junit", "junit.xml"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (len(document["findings"]), document["rules"]) == (2, {"C409": 3_000})
    assert [case.get("name") for case in ET.parse(folder / "junit.xml").getroot().iter("testcase")][2:] == [
        "C409, 2,998 more"
    ]


def test_what_is_wrong_with_a_capture_as_a_whole_has_no_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A member whom nobody ever told is missing in the file, not on a line of it."""
    write(folder, "a.ndjson", GOOD)
    write(folder, "members.csv", EXPORT + '"1610450763184","user-002"\n')
    call = ["check", "a.ndjson", "--sequence", "--members", "Power Users (abc123)=members.csv"]

    assert run(call) == 1
    assert capsys.readouterr().out.startswith("a.ndjson: error S711 every-enter-is-told at ")
    assert run([*call, "--json", "--junit", "junit.xml"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["line"], finding["column"]) == (None, None)
    (failure,) = ET.parse(folder / "junit.xml").getroot().iter("failure")
    assert (failure.text or "").startswith("a.ndjson /traits/")


def test_statistics_count_by_rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each rule, the most frequent first."""
    write(folder, "a.ndjson", BAD * 3_000 + "not json\n" + GOOD)

    assert run(["check", "a.ndjson", "--statistics"]) == 1

    first, second, third, summary = capsys.readouterr().out.splitlines()
    assert first.split() == ["3,000", "error", "C409", "membership-is-boolean"]
    assert {second.split()[2], third.split()[2]} == {"J001", "W602"}
    assert summary.startswith("3,001 payloads in 1 file: ")


@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        (["--select", "D2,C409"], {"C409"}),
        (["--select", "D2", "--select", " C4 , J"], {"C409"}),
        (["--ignore", "C4,W602,H3"], set()),
        (["--severity", "C409=note,W6=note", "--fail-on", "warning"], {"C409"}),
    ],
)
def test_codes_may_stand_side_by_side(
    folder: Path, choice: list[str], codes: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`--select`, `--ignore` and `--severity` take commas."""
    write(folder, "a.ndjson", BAD)

    run(["check", "a.ndjson", "--json", *choice])

    assert {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]} == codes


def test_a_baseline_tells_what_is_gone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the files that were looked at; the others may still hold theirs."""
    write(folder, "a.ndjson", BAD * 3)
    write(folder, "b.ndjson", BAD * 2)
    assert run(["check", "a.ndjson", "b.ndjson", "--write-baseline", "known.json"]) == 0
    write(folder, "a.ndjson", BAD)
    capsys.readouterr()

    assert run(["check", "a.ndjson", "--baseline", "known.json"]) == 0

    assert "1 known finding left out, 2 known findings gone (write the baseline anew)" in capsys.readouterr().out


def test_a_baseline_is_not_written_of_half_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What could not be read would be missing in it for ever."""
    write(folder, "a.ndjson", BAD)

    assert run(["check", "a.ndjson", "nowhere.json", "--write-baseline", "known.json"]) == 2

    assert "No baseline was written" in capsys.readouterr().err
    assert not (folder / "known.json").exists()


@pytest.mark.parametrize(
    ("setting", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)]
)
def test_colour_is_as_the_environment_wishes(
    folder: Path,
    setting: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """NO_COLOR and FORCE_COLOR are obeyed."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    write(folder, "a.ndjson", BAD)

    run(["check", "a.ndjson"])

    assert ("\x1b[31m" in capsys.readouterr().out) is coloured


def test_annotations_name_files_as_the_checkout_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub knows a file by its path in GITHUB_WORKSPACE, wherever the check ran."""
    (folder / "inside").mkdir()
    write(folder, "inside/a.ndjson", BAD)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "inside")

    run(["check", "a.ndjson", "--output", "github"])

    assert capsys.readouterr().out.startswith("::error file=inside/a.ndjson,line=1,col=50,")


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
    assert "bad.json:14:" in capsys.readouterr().out


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
