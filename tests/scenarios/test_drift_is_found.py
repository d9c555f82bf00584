"""Drift: recorded answers against what the lab answers to the same calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from recording.proxy import Recorder, Upstreams
from scenarios import Lab
from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY
from syncer import Engine, MemoryState, Settings, Source, Sync, Target


def recorded(folder: Path, **settings: Any) -> Path:
    """Record a sync with a lab that has these settings, as the real side."""
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.configure(job_seconds=0, **settings)
        lab.segment.put_source(WRITE_KEY, name="lab")
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada", "grace", None])
        lab.segment.workspace.arm({"fault": "status", "status": 503})
        recorder = Recorder(Upstreams(address.amplitude, address.segment), folder)
        with recorder, MemoryState() as state:
            source, target = (
                Source(API_KEY, SECRET_KEY, recorder.amplitude_url),
                Target(WRITE_KEY, recorder.segment_url),
            )
            assert Engine(state).run(Sync("7abc12de", source, target, Settings(parallel=1))).is_complete
        recorder.finish()
    return folder


def drift(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = run(["drift", str(folder), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, told


def test_a_service_that_is_as_the_lab_has_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And the 503 is trouble, which says nothing of it."""
    status, told = drift(recorded(tmp_path / "rec"), capsys)

    assert (status, told["drifts"]) == (0, [])
    assert told["troubles"] == 1
    assert told["compared"] >= 5


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({"inline_rows": 0}, "status"),
        ({"gzip": "off"}, "header content-encoding"),
    ],
    ids=["redirect", "gzip"],
)
def test_what_is_unlike_is_told_with_the_setting_that_follows(
    setting: dict[str, Any], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """It was tried: with it, the lab answers like that."""
    status, told = drift(recorded(tmp_path / "rec", **setting), capsys)

    assert status == 1
    (found,) = [each for each in told["drifts"] if each["what"] == what]
    ((name, value),) = setting.items()
    assert found["setting"] == f"{name}: {json.dumps(value)}"
    assert found["rests_on"].startswith("amplitude facts 1.2 E")
    assert found["entry"] > 0


def test_a_folder_without_answers_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A lab's own journals keep none: there is nothing to hold against it."""
    with Lab(folder=tmp_path / "lab"):
        pass

    assert drift(tmp_path / "lab", capsys)[0] == 2
