"""Which scenarios a call means, and what becomes of a file that cannot be read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cohortlab.cli import run
from scenarios import BadScenario, read_scenario

GOOD = "scenario: {title}\nbehaviour: {about}\ncohorts: {{p: {{name: P, members: [ada]}}}}\nsteps: [{{sync: p}}]\n"
BAD = "scenario: Bad\nseeed: 1\ncohorts: {p: {name: P}}\nsteps: [{sync: q}, {advance: 1 hour}]\n"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.cohort.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run(["run", *arguments])
    return capsys.readouterr().out


def test_a_scenario_of_the_library_is_named(capsys: pytest.CaptureFixture[str]):
    """With its ending or without; a misspelt name is told the nearest."""
    assert "1 passed" in told(capsys, "an-outage")
    assert "1 passed" in told(capsys, "an-outage.cohort.yaml")
    assert run(["run", "an-outag"]) == 2
    assert "did you mean 'an-outage'?" in capsys.readouterr().err


def test_scenarios_are_listed_and_narrowed_down(capsys: pytest.CaptureFixture[str]):
    """By words of their names and titles, and by what they are about; nothing is run."""
    assert told(capsys, "--list", "-k", "OUTAGE").splitlines() == [
        "an-outage-of-some-seconds  retries     An outage of some seconds is outlasted",
        "an-outage                  retries     An outage longer than every retry fails the run and loses nothing",
    ]
    listed = json.loads(told(capsys, "--list", "--behaviour", "targets", "--json"))
    assert {each["behaviour"] for each in listed} == {"targets"}
    assert run(["run", "--list", "--behaviour", "target"]) == 2
    assert "did you mean 'targets'?" in capsys.readouterr().err
    assert run(["run", "-k", "no such word"]) == 2


def test_what_failed_last_is_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And everything once it passes; what was not run keeps its place."""
    good = write(tmp_path, "good", GOOD.format(title="Good", about="membership"))
    bad = write(tmp_path, "bad", GOOD.format(title="Mended", about="membership") + "expect: {identifies: 9}\n")

    assert "1 passed, 1 failed" in told(capsys, good, bad)
    assert "0 passed, 1 failed" in told(capsys, good, bad, "--last-failed")
    assert "1 passed, 0 failed" in told(capsys, good)
    write(tmp_path, "bad", GOOD.format(title="Mended", about="membership"))
    assert "1 passed, 0 failed" in told(capsys, good, bad, "--last-failed")
    assert "2 passed, 0 failed" in told(capsys, good, bad, "--last-failed")


def test_a_file_that_cannot_be_read_is_an_error_and_the_others_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """In every report; the exit status says that a file is wrong."""
    files = [write(tmp_path, "bad", BAD), write(tmp_path, "good", GOOD.format(title="Good", about="limits"))]
    junit, page = tmp_path / "x.xml", tmp_path / "x.html"

    status = run(["run", *files, "--junit", str(junit), "--html", str(page)])

    out = capsys.readouterr().out
    assert status == 2
    assert "1 passed, 1 failed" in out
    assert "did you mean 'seed'?" in out
    (suite,) = ElementTree.parse(junit).getroot()
    assert [case.find("error") is not None for case in suite] == [True, False]
    assert "did you mean &#39;seed&#39;?" in page.read_text(encoding="utf-8")


def test_reports_are_written_when_no_file_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """CI looks for them whatever happened; without one asked for, the mistakes are the error."""
    bad, junit = write(tmp_path, "bad", BAD), tmp_path / "x.xml"

    assert run(["run", bad, "--junit", str(junit)]) == 2
    assert ElementTree.parse(junit).getroot()[0].get("errors") == "1"
    capsys.readouterr()
    assert run(["run", bad]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2, "a line for each mistake"


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path):
    """Of its shape together, and of its names together: not one for every run."""
    shape = write(tmp_path, "shape", BAD)
    names = write(
        tmp_path,
        "names",
        "scenario: Names\nstart: noon\ncohorts: {p: {name: P, export: gone.csv}}\n"
        "steps: [{sync: q}, {lift: x}, {clear: nowhere}]\nexpect: {contracts: [H9], profiles: {ada: {r: true}}}\n",
    )

    with pytest.raises(BadScenario) as caught:
        read_scenario(Path(shape))
    assert [each.partition(": ")[0].rpartition("yaml:")[2] for each in caught.value.mistakes] == ["2:1", "4:30"]
    with pytest.raises(BadScenario) as caught:
        read_scenario(Path(names))
    assert [each.partition(": ")[0].rpartition("yaml:")[2] for each in caught.value.mistakes] == [
        *("2:8", "3:32", "4:16", "4:39", "5:22", "5:47"),
    ]


def test_a_misspelt_key_is_not_told_as_a_missing_one_too(tmp_path: Path):
    """One mistake is one line."""
    file = write(tmp_path, "x", "scenario: X\ncohort: {p: {name: P}}\nstep: [{sync: p}]\n")

    with pytest.raises(BadScenario) as caught:
        read_scenario(Path(file))

    assert len(caught.value.mistakes) == 2
    assert "lacks" not in str(caught.value)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_program_that_ends_before_its_first_call_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: str
):
    """It would in every scenario: the first is the trial, and the others are not run."""
    files = [write(tmp_path, f"s{each}", GOOD.format(title=f"S{each}", about="limits")) for each in range(4)]
    program = f"{sys.executable} -c \"raise SystemExit('no such setting')\""

    status = run(["run", *files, "--subject", program, "--jobs", jobs, "--junit", str(tmp_path / "x.xml")])

    out = capsys.readouterr().out
    assert status == 1
    assert "the program exited with status 1 before its first call." in out
    assert out.count("| no such setting") == 1
    assert "3 more were not run" in out
    assert "What holds" not in out
    assert ElementTree.parse(tmp_path / "x.xml").getroot()[0].get("tests") == "1"
