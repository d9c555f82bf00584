from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run


def test_simulate_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs, syncs and seed as JSON; nothing is written when nothing fails."""
    status = run(f"simulate --seed 5 --runs 20 --users 40 --json --out {tmp_path / 'out'}".split())

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

    status = run(f"simulate --seed 5 --runs 20 --users 40 --most 1 --out {tmp_path / 'out'}".split())

    told = capsys.readouterr().out
    (file,) = (tmp_path / "out").glob("*.cohort.yaml")
    assert status == 1
    assert "profiles, after step" in told
    assert str(file) in told.replace("\n", "")
    assert "the two judges disagree" not in told
