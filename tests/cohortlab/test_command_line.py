from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cohortlab.cli import COMMANDS, run
from tests.repository import ROOT


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]):
    """--help works on each command and says what it is for."""
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
        assert len(capsys.readouterr().out.splitlines()) > 3


def test_every_command_is_in_the_readme():
    """A command nobody documents does not exist for a newcomer."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for name in COMMANDS:
        assert f"`cohortlab {name}" in readme


def test_a_misspelt_command_names_the_nearest(capsys: pytest.CaptureFixture[str]):
    """Exit status 2 and the word that was meant."""
    assert run(["dmeo"]) == 2
    assert "did you mean 'demo'?" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    """The front door opens without the libraries of the rooms behind it."""
    program = (
        "import sys; from cohortlab.cli import run; run(['--help']);"
        "print(sorted({'flask', 'requests', 'duckdb', 'faker', 'jsonschema', 'rich', 'yaml'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["run", "gone.cohort.yaml"], 2, "There is no file 'gone.cohort.yaml'"),
        (["run", "."], 2, "no *.cohort.yaml"),
        (["check", "gone.json"], 2, "does not exist"),
        (["rule", "X999"], 2, "did you mean"),
        (["demo", "gone.csv"], 2, "gone.csv"),
        (["up", "--port", "80"], 2, "cannot share a port"),
        (["up", "--host", "256.1.1.1", "--port", "0"], 2, "cannot be listened on"),
    ],
)
def test_a_wrong_call_is_words_and_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    words: str,
):
    """One message on stderr, no traceback."""
    monkeypatch.chdir(tmp_path)

    assert run(arguments) == status

    shown = capsys.readouterr()
    assert words in shown.err
    assert "Traceback" not in shown.err


def test_a_malformed_export_is_words_and_nothing_half_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A CSV that is not one names the line."""
    bad = tmp_path / "bad.csv"
    bad.write_text('"amplitude_id","user_id"\n"1","a"\n"2"\n')

    assert run(["demo", str(bad)]) == 2
    assert "bad.csv: Line 3" in capsys.readouterr().err


def test_a_bug_of_ours_is_status_3_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """When the lab itself breaks the user is told so, and how to see more."""
    monkeypatch.delenv("COHORTLAB_DEBUG", raising=False)
    monkeypatch.setattr("scenarios.shipped", lambda: 1 / 0)

    assert run(["run"]) == 3
    shown = capsys.readouterr().err
    assert "cohortlab itself broke: ZeroDivisionError" in shown
    assert "Traceback" not in shown


def test_check_reads_standard_input():
    """A pipe of payloads is checked like a file."""
    payload = {"type": "identify", "userId": "u1", "traits": {"Power Users (7abc12de)": "true"}}

    done = subprocess.run(
        [sys.executable, "-m", "cohortlab", "check", "-", "--json"],
        input=json.dumps(payload),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "membership-is-boolean" in done.stdout


def test_a_polite_end_leaves_nothing_behind(tmp_path: Path):
    """SIGTERM in the middle of a run removes its temporary folders and kills the program under test."""
    scenario = tmp_path / "x.cohort.yaml"
    scenario.write_text("scenario: x\ncohorts:\n  power: {name: P, members: [ada]}\nsteps:\n  - sync: power\n")
    marker = tmp_path / "started"
    program = f"{sys.executable} -c \"import pathlib, time; pathlib.Path('{marker}').touch(); time.sleep(600)\""

    with subprocess.Popen(
        [sys.executable, "-m", "cohortlab", "run", "--subject", program, str(scenario)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        while not marker.exists() and process.poll() is None:
            os.sched_yield()
        process.terminate()
        status = process.wait(60)

    assert status == 143
    assert list(tmp_path.glob("cohortlab-*")) == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_name_that_the_terminal_cannot_show_is_written_with_escapes(tmp_path: Path, encoding: str):
    """Nothing breaks off for want of a character."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text("scenario: 遠藤 é\ncohorts: {p: {name: P}}\nsteps: [{sync: p}]\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "cohortlab", "run", str(file)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )

    assert done.returncode == 0
    assert b"\\u9060\\u85e4" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device without room")
@pytest.mark.parametrize("arguments", [["--help"], ["rule", "--list"], ["docs", "scenarios"]])
def test_an_output_without_room_is_told_in_words(arguments: list[str]):
    """Once, and with the status of a call that cannot be carried out; nothing of ours broke."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cohortlab", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (ended.returncode, ended.stderr) == (
        2,
        "Error: standard output cannot be written: No space left on device.\n",
    )
