from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cohortlab.cli import run


def test_simulate_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs, syncs and seed as JSON; nothing is written when nothing fails."""
    status = run(f"simulate --seed 5 --runs 20 --users 40 --exactly --json --out {tmp_path / 'out'}".split())

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (told["seed"], told["runs"], told["failures"], told["found"]) == (5, 20, 0, [])
    assert told["syncs"] > 20
    assert not (tmp_path / "out").exists()


def test_a_failure_is_told_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Exit status 1, the kind, the step, and the file to replay."""
    from scenarios.oracle import Oracle

    monkeypatch.setattr(Oracle, "synced", lambda *_: None)  # an oracle that expects nothing accuses everybody

    out = tmp_path / "an out"
    status = run(["simulate", "--seed", "5", "--runs", "20", "--users", "40", "--most", "1", "--out", str(out)])

    told = capsys.readouterr().out
    (file,) = out.glob("*.cohort.yaml")
    assert status == 1
    assert "profiles, after step" in told
    assert f"`cohortlab run '{file}'` fails" in told
    assert "the two judges disagree" not in told


def test_a_folder_that_cannot_be_is_told_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Not when hours have gone by and something failed."""
    (tmp_path / "file").write_text("x", encoding="utf-8")

    assert run(["simulate", "--runs", "1000000", "--out", str(tmp_path / "file" / "in")]) == 2

    assert "cannot be written to" in capsys.readouterr().err


# As a terminal starts it: whoever runs the tests may ignore the signal, as what a shell starts in the background does.
TELLING = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from cohortlab.cli import run
from scenarios.simulation import Tally
Tally.count = lambda *_: print("tried", flush=True)
sys.exit(run(sys.argv[1:]))
"""


def test_an_interrupt_of_several_processes_ends_quietly(tmp_path: Path):
    """Ctrl-C reaches them all; one word is said of it, and the folder that was made for nothing is gone."""
    out = tmp_path / "a" / "b"
    call = ["simulate", "--runs", "1000000", "--users", "40", "--jobs", "2", "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", TELLING, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"tried\n"
        assert out.is_dir()
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)

    assert (process.returncode, told.decode().strip()) == (130, "Interrupted.")
    assert list(tmp_path.iterdir()) == []
