"""Whatever file a command is given: it is read where that makes sense, or named with the command that reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run
from scenarios import Lab
from scenarios.lab import SEGMENT_URL

SCENARIO = """\
scenario: One enters
cohorts:
  power: {name: Power Users, id: power000, members: [ada, grace]}
steps:
- sync: power
- leave: {cohort: power, users: [grace]}
- sync: power
"""
EVENT = {"type": "identify", "userId": "user-001", "traits": {"Power Users (abc123)": True}}
CALL = {"method": "POST", "url": "https://api.segment.io/v1/identify", "postData": {"text": json.dumps(EVENT)}}
FILES = {
    "har": json.dumps({"log": {"entries": [{"request": CALL}]}}).encode(),
    "postman": json.dumps({"info": {}, "item": [{"request": {"url": CALL["url"], "body": {"raw": "{}"}}}]}).encode(),
    "nock": json.dumps([{"scope": "https://x.example", "method": "POST", "path": "/v1/batch", "body": {}}]).encode(),
    "events": json.dumps(EVENT).encode() + b"\n" + json.dumps(EVENT).encode(),
    "export": b'"amplitude_id","user_id"\n"1610450763183","user-001"\n',
    "history": b"Amplitude_id,Operation,user_id,Skip_detected\n1,added,u,false\n",
    "list": b"user-001\nuser-002\n",
    "plan": b'{"rules": []}',
    "zip": b"PK\x03\x04\x14\x00\x00",
    "parquet": b"PAR1\x15\x04\x15",
    "utf-16": '{"type": "identify", "userId": "user-001"}'.encode("utf-16-le"),
}
READS = {"har": "cohortlab check", "postman": "cohortlab check", "nock": "cohortlab check", "events": "cohortlab check"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a scenario in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.cohort.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (["run"], "not a scenario"),
        (["replay"], "not a recording of runs"),
        (["trace", "u", "t"], "not a scenario, journals or a recording"),
    ],
)
@pytest.mark.parametrize("name", ["file", "odd.cohort.yaml"])
def test_another_form_is_refused_by_name(
    folder: Path, form: str, call: list[str], wanted: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, what the file is, and what reads it; the file's own name says nothing."""
    (folder / name).write_bytes(FILES[form])

    assert run([*call, name]) == 2

    told = capsys.readouterr().err
    assert wanted in told
    assert READS.get(form, "") in told
    assert "itself broke" not in told


def test_a_recording_is_read_by_all_and_is_no_scenario(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Replay shows it, trace follows a user in it, check judges what was sent."""
    assert run(["run", "one.cohort.yaml", "--record", "it.rec"]) == 0
    capsys.readouterr()

    assert run(["trace", "grace", "power000", "it.rec"]) == 0
    assert "false" in capsys.readouterr().out
    assert run(["trace", "grace", "power000", "it.rec", "--run", "2"]) == 2
    assert "There is no run 2" in capsys.readouterr().err
    assert run(["check", "it.rec", "--sequence"]) == 0
    assert "2 payloads in 1 file: nothing found" in capsys.readouterr().out
    assert run(["run", "it.rec"]) == 2
    assert "is a recording of runs, not a scenario; `cohortlab replay it.rec`" in capsys.readouterr().err


def test_a_journal_is_read_by_check_and_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Trace takes one of a folder's two journals for the folder."""
    with Lab(folder=folder / "kept") as lab, lab.session() as session:
        session.post(f"{SEGMENT_URL}/v1/identify", json={"writeKey": "k", **EVENT}, timeout=5)
    journal = "kept/segment.db"

    for call, wanted in ((["run", journal], "a scenario"), (["replay", journal], "a recording of runs")):
        assert run(call) == 2
        assert f"is the journal of a lab, not {wanted}; `cohortlab check {journal}`" in capsys.readouterr().err
    assert run(["check", journal]) == 0
    assert run(["trace", "nobody", "power", journal]) == 2
    assert "is the journal" not in capsys.readouterr().err
