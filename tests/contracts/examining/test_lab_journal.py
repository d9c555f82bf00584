"""A lab's journal is a capture: what its Segment accepted can be held to the contracts over time."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import requests

from cohortlab.cli import run
from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter
from mock_segment import SegmentFake, create_app

URL = "http://127.0.0.1"


def told(value: bool, message_id: str) -> dict[str, object]:
    """Return a cohort identify."""
    traits = {"Power Users (abc123)": value}
    return {"type": "identify", "userId": "user-001", "traits": traits, "messageId": message_id}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Let a fake accept an enter, refuse something, and accept the enter again under another id."""
    clock = LabClock(1_767_603_600.0)
    fake = SegmentFake(clocks=Clocks(clock))
    session = requests.Session()
    session.mount(URL, InProcessAdapter(create_app(fake), clock))
    session.post(f"{URL}/v1/identify", json={"writeKey": "k", **told(True, "a")}, timeout=5)
    session.post(f"{URL}/v1/batch", data=b"not json", timeout=5)
    session.post(f"{URL}/v1/batch", json={"writeKey": "k", "batch": [told(True, "b"), told(False, "c")]}, timeout=5)
    fake.state.workspace.journal.save(tmp_path / "lab.db")
    fake.close()
    return tmp_path / "lab.db"


def test_accepted_calls_are_read_in_order(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line of a finding is the entry of the journal; what was refused is no part of the capture."""
    before = journal.read_bytes()

    assert run(["check", str(journal), "--sequence", "--json"]) == 1

    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["payloads"] == 2
    found = [(finding["code"], finding["line"], finding["pointer"]) for finding in report["findings"]]
    assert found == [
        ("S702", 3, "/batch/0/traits/Power Users (abc123)"),
        ("S703", 3, "/batch/0/messageId"),
        ("S712", 3, "/batch/1/traits/Power Users (abc123)"),
    ]
    assert journal.read_bytes() == before


def test_another_database_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, and what was expected."""
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("CREATE TABLE t(x)")
    database.close()

    assert run(["check", str(tmp_path / "other.db")]) == 2
    assert "is a database of another program, not a file of events" in capsys.readouterr().err
