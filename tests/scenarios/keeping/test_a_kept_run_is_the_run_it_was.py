"""Keeping: what was recorded, run again, gives the same profiles and verdicts, by the recorded program and by ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from downstream.warehouse import warehouse_of
from scenarios import Bench, Lab, read_scenario, run_scenario, shipped, subject_maker
from scenarios.errors import FileUnusable
from scenarios.keeping import draft, keep, opened, shrunk, story_of, write
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, WRITE_KEY
from scenarios.recordings import Recorder

LIBRARY = {path.name.removesuffix(".cohort.yaml"): path for path in shipped()}
# One for each verb and each kind of trouble; `make soak` goes through the whole library.
SOME = (
    *("a-leave", "a-rename", "a-forgotten-user", "an-anonymous-member-identifies", "a-target-is-cleared", "throttled"),
    *("an-uploaded-list-is-replaced", "killed-in-the-middle", "killed-during-the-export", "reply-lost-after-commit"),
    *("a-cohort-that-moves-by-itself", "two-targets", "an-export-job-fails", "half-a-batch-is-stored", "odd-names"),
    *("from-track-to-trait", "a-filter-stops-the-trait-that-comes-back", "a-definition-is-edited-between-two-syncs"),
)
POWER = "Power Users (7abc12de)"


@pytest.mark.parametrize("name", SOME)
def test_a_scenario_that_is_recorded_and_kept_gives_the_same(name: str, tmp_path: Path):
    """Profiles and verdict: with the calls that were recorded, and with our engine facing the same."""
    assert_kept_gives_the_same(LIBRARY[name], tmp_path)


def assert_kept_gives_the_same(path: Path, folder: Path) -> None:
    seen: list[Any] = []

    def look(bench: Bench) -> None:
        seen.append(bench.profiles())

    with Recorder(folder / "x.rec") as recorder:
        first = run_scenario(
            read_scenario(path), subject_maker(), at_end=lambda bench: (recorder.add(bench), look(bench))
        )
    with opened(folder / "x.rec") as story:
        kept = keep(story, folder / "kept")
    scenario = read_scenario(kept.file)
    recorded = run_scenario(scenario, subject_maker(), at_end=look)
    ours = run_scenario(scenario, subject_maker("engine"), at_end=look)

    assert [each.passed for each in (recorded, ours)] == [first.passed] * 2
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]
    assert kept.syncs == len(first.syncs)


class Program:
    """A sync program with two bugs: what is refused is dropped, and nobody is told of a leave."""

    def __init__(self, lab: Lab, batch: int = 5) -> None:
        self._session, self._batch, self._sent = lab.session(), batch, 0

    def sync(self, cohort_id: str) -> None:
        ask = f"{AMPLITUDE_URL}/api/5/cohorts/request"
        auth = (API_KEY, SECRET_KEY)
        request = self._session.get(f"{ask}/{cohort_id}", auth=auth).json()["request_id"]
        lines = self._session.get(f"{ask}/{request}/file", auth=auth).text.splitlines()
        users = [line.split(",")[1].strip('"') for line in lines[1:]]
        for start in range(0, len(users), self._batch):
            batch = [self._event(user) for user in users[start : start + self._batch]]
            self._session.post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": WRITE_KEY, "batch": batch})

    def _event(self, user: str) -> dict[str, Any]:
        self._sent += 1
        return {"type": "identify", "userId": user, "messageId": f"{user}-{self._sent}", "traits": {POWER: True}}


def staging(folder: Path) -> Path:
    """Let the program run in a lab that keeps its journals: an hour apart, with a 429 and a leave."""
    with Lab(folder=folder) as lab:
        lab.amplitude.configure(job_seconds=0)
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=[f"user-{n:02}" for n in range(50)])
        lab.amplitude.create_cohort("Others", cohort_id="8abc12de", members=["zoe"])
        program = Program(lab)
        lab.segment.workspace.arm({"fault": "status", "status": 429, "match": {"skip": 2}})
        program.sync("7abc12de")
        lab.clock.advance(3600)
        lab.amplitude.leave("7abc12de", ["user-03", "user-07"])
        program.sync("7abc12de")
    return folder


def test_the_bug_of_a_recorded_program_is_seen_without_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And a program without it, facing the same 429 and the same leave, passes."""
    folder = staging(tmp_path / "staging")

    assert run(["keep", str(folder), "-o", str(tmp_path / "kept"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert (told["syncs"], told["faults"], told["exports"]) == (2, 1, ["exports/power-users-1.csv"])
    assert run(["run", told["file"]]) == 1
    shown = capsys.readouterr().out
    assert "'user-03' has 'Power Users (7abc12de)' true, must be false" in shown
    assert "answered 429" in shown
    assert run(["run", told["file"], "--subject", "engine"]) == 0


def test_shrinking_leaves_one_user_for_each_kind_of_wrong(tmp_path: Path):
    """The dropped batch and the leave, each with somebody who shows it; nobody else, and no other cohort."""
    with opened(staging(tmp_path / "staging")) as story:
        kept = write(shrunk(draft(story), subject_maker()), tmp_path / "kept")

    scenario = read_scenario(kept.file)
    outcome = run_scenario(scenario, subject_maker())
    users = {user for plan in scenario.cohorts.values() for user in plan.members}
    assert not outcome.passed
    assert (len(scenario.cohorts), len(users), kept.exports) == (1, 2, ())
    assert any(step.verb == "fault" for step in scenario.steps)
    assert outcome.went_wrong is not None
    assert {(each.expected, each.found) for each in outcome.went_wrong.differences} == {(True, None)}
    assert any("true, must be false" in check.reason for check in outcome.checks)


def test_what_is_right_cannot_be_reduced(tmp_path: Path):
    """Said in words, and nothing is written."""
    with Recorder(tmp_path / "x.rec") as recorder:
        run_scenario(read_scenario(LIBRARY["a-leave"]), subject_maker(), at_end=recorder.add)

    with opened(tmp_path / "x.rec") as story, pytest.raises(FileUnusable, match="every profile is right"):
        shrunk(draft(story), subject_maker())
    assert run(["keep", str(tmp_path / "x.rec"), "-o", str(tmp_path / "kept"), "--shrink"]) == 2
    assert not (tmp_path / "kept").exists()


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Whole or not at all."""
    folder = staging(tmp_path / "staging")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")

    assert run(["keep", str(folder), "-o", str(tmp_path / "kept")]) == 2

    assert "is there already" in capsys.readouterr().err
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["mine.txt"]


def test_a_lab_that_runs_is_kept_as_it_is(tmp_path: Path):
    """By its address, or in Python, from a moment on."""
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.configure(job_seconds=0)
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada"])
        Program(lab).sync("7abc12de")
        lab.clock.advance(3600)
        moment = lab.clock.now_ms()
        Program(lab).sync("7abc12de")
        place = ["--lab", address.amplitude, "--segment-url", address.segment]

        assert run(["keep", *place, "-o", str(tmp_path / "all")]) == 0
        kept = keep(story_of(lab, "By hand", since=moment), tmp_path / "late")

    assert len([step for step in read_scenario(tmp_path / "all" / "all.cohort.yaml").steps if step.verb == "sync"]) == 2
    assert kept.syncs == 1
    assert read_scenario(kept.file).title == "By hand"


def test_lines_that_are_no_calls_are_told_with_their_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A file of recorded calls that somebody cut."""
    assert run(["keep", str(staging(tmp_path / "staging")), "-o", str(tmp_path / "kept")]) == 0
    calls = tmp_path / "kept" / "recorded.calls.ndjson"
    calls.write_bytes(calls.read_bytes()[:-40])

    run(["run", str(tmp_path / "kept")])

    assert f"{calls.name}:" in "".join(capsys.readouterr())


def test_the_settings_of_a_warehouse_are_kept(tmp_path: Path):
    """What a lab was told of its warehouse, the scenario's has, too."""
    with Lab(folder=tmp_path / "staging") as lab:
        lab.amplitude.configure(job_seconds=0)
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada"])
        warehouse_of(lab.segment).configure(null_trait="keeps")
        Program(lab).sync("7abc12de")

    with opened(tmp_path / "staging") as story:
        kept = keep(story, tmp_path / "kept")

    assert read_scenario(kept.file).warehouse == {"null_trait": "keeps"}
    assert kept.notes == ()
