"""What happened in a lab becomes a scenario that can be run against any program."""

from __future__ import annotations

from pathlib import Path

from cohortlab.cli import run
from scenarios import Lab, read_scenario, run_scenario, shipped, subject_maker
from scenarios.lab import AMPLITUDE_URL


def steps(file: Path) -> list[tuple[str, object]]:
    return [(step.verb, step.data) for step in read_scenario(file).steps]


def test_the_journals_of_a_lab_become_a_scenario(tmp_path: Path):
    """Members by name, moves, names, states, faults and time; an export is a sync; and it runs."""
    with Lab(folder=tmp_path / "kept", start=1_767_603_600.0) as lab:
        lab.amplitude.configure(job_seconds=0)
        lab.amplitude.create_cohort("Power: Users", cohort_id="power001", members=["ada", 'o\'hara, "x"'])
        ask = f"{AMPLITUDE_URL}/api/5/cohorts/request/power001"
        assert lab.session().get(ask, auth=("lab-api-key", "lab-secret-key")).status_code == 202
        lab.clock.advance(3600)
        lab.amplitude.leave("power001", ["ada"])
        lab.amplitude.enter("power001", ["grace", None])
        lab.amplitude.rename("power001", "Super Users")
        lab.segment.workspace.arm({"fault": "status", "status": 503, "match": {"times": 2}})
        assert lab.session().get(ask, auth=("lab-api-key", "lab-secret-key")).status_code == 202
        lab.segment.workspace.lift()
        lab.amplitude.archive("power001")
    file = tmp_path / "x.cohort.yaml"

    assert run(["new", str(file), "--from", str(tmp_path / "kept")]) == 0

    assert read_scenario(file).cohorts["power-users"].members == ("ada", 'o\'hara, "x"')
    verbs = [verb for verb, _ in steps(file)]
    assert sorted(verbs) == sorted(["sync", "advance", "leave", "enter", "rename", "fault", "sync", "lift", "archive"])
    assert verbs[:2] == ["sync", "advance"]
    assert ("advance", "1h") in steps(file)
    assert ("leave", {"cohort": "power-users", "users": ["ada"]}) in steps(file)
    assert ("enter", {"cohort": "power-users", "users": ["grace"], "anonymous": 1}) in steps(file)
    assert ("rename", {"cohort": "power-users", "to": "Super Users"}) in steps(file)
    assert run_scenario(read_scenario(file), subject_maker()).syncs


def test_a_recorded_run_becomes_the_scenario_it_was(tmp_path: Path):
    """Of any program: handed to somebody else as a file."""
    (leave,) = [path for path in shipped() if path.name == "a-leave.cohort.yaml"]
    assert run(["run", str(leave), "--record", str(tmp_path / "x.rec")]) == 0

    assert run(["new", str(tmp_path / "x.cohort.yaml"), "--from", str(tmp_path / "x.rec")]) == 0

    assert [verb for verb, _ in steps(tmp_path / "x.cohort.yaml")] == [
        *("enter", "sync", "advance", "leave", "enter", "sync"),
    ]
    assert run_scenario(read_scenario(tmp_path / "x.cohort.yaml"), subject_maker()).passed


def test_what_no_step_does_is_a_comment(tmp_path: Path):
    """Nothing is left out without a word."""
    with Lab(folder=tmp_path / "kept") as lab:
        lab.amplitude.create_cohort("P", cohort_id="p0000001", members=["ada"])
        lab.amplitude.populate("p0000001", 3)
    file = tmp_path / "x.cohort.yaml"

    assert run(["new", str(file), "--from", str(tmp_path / "kept")]) == 0

    assert "# of p, which no step does:" in file.read_text(encoding="utf-8")
    assert steps(file) == [("sync", "p")], "a scenario has a step"
