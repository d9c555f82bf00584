"""Whatever one scenario or a signal does, the others are judged and the reports are written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cohortlab.cli import run

GOOD = "scenario: {title}\ncohorts: {{p: {{name: P, members: [ada]}}}}\nsteps: [{{sync: p}}]\n"
STRANGER = "scenario: Stranger\ncohorts: {p: {name: P}}\nsteps: [{leave: {cohort: p, users: [ada]}}]\n"
# The command line as a terminal starts it: whoever runs the tests may have had signals ignored, as nohup does.
LISTENING = (
    "import signal as s; s.signal(s.SIGHUP, s.SIG_DFL); s.signal(s.SIGINT, s.default_int_handler); "
    "from cohortlab.cli import main; main()"
)
HANGS = "print('here', flush=True); import time; time.sleep(600)"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.cohort.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_scenario_that_cannot_be_run_fails_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: str):
    """With its place and its reason; those after it are judged, and the reports hold all of them."""
    files = [
        write(tmp_path, "first", GOOD.format(title="First")),
        write(tmp_path, "second", STRANGER),
        write(tmp_path, "third", GOOD.format(title="Third")),
    ]

    status = run(["run", *files, "--jobs", jobs, "--junit", str(tmp_path / "junit.xml")])

    shown = capsys.readouterr().out
    assert status == 2
    assert "second.cohort.yaml:3:" in shown
    assert "2 passed, 1 failed" in shown
    (suite,) = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "errors", "failures")} == {
        "tests": "3",
        "errors": "1",
        "failures": "0",
    }
    assert [case.find("error") is not None for case in suite] == [False, True, False]
    assert all(float(case.get("time", "0")) > 0 for case in suite)


def test_a_run_can_stop_at_the_first_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """When what is wrong with a program is the same everywhere."""
    files = [write(tmp_path, f"s{number}", GOOD.format(title=f"S{number}")) for number in range(4)]

    status = run(["run", *files, "--subject", f"{sys.executable} -c pass", "--jobs", "1", "--maxfail", "2"])

    assert status == 1
    assert "0 passed, 2 failed" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", ["1", "3"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals, jobs: str):
    """However often it is told to end: no process, no folder, and a report of what was done."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    files = [write(tmp_path, f"s{place}", GOOD.format(title=f"S{place}")) for place in range(3)]
    program = tmp_path / "program.py"
    os.mkfifo(tmp_path / "ready")
    program.write_text(f"open({str(tmp_path / 'ready')!r}, 'w').write('x')\n{HANGS}\n")
    command = [sys.executable, "-c", LISTENING, "run", *files, "--jobs", jobs, "--html", str(tmp_path / "r.html")]
    process = subprocess.Popen(
        [*command, "--subject", f"{sys.executable} {program}"],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with (tmp_path / "ready").open() as ready:
        ready.read(1)

    process.send_signal(number)
    process.send_signal(number)
    process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert list(scratch.iterdir()) == []
    assert (tmp_path / "r.html").exists()
