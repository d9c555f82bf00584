"""What became of events is a fold of the journal: the same after the lab was closed, and after a reset it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mock_amplitude import AmplitudeFake, create_app
from mock_core import Clocks, LabClock

T0 = 1_767_603_600.0
EVENT = {"event_type": "x", "user_id": "user-1", "insert_id": "i-1"}


def opened(path: Path) -> tuple[AmplitudeFake, Any]:
    fake = AmplitudeFake(clocks=Clocks(LabClock(T0)), path=path)
    return fake, create_app(fake).test_client()


def test_a_lab_that_is_opened_again_knows_what_it_took(tmp_path: Path):
    """Repetitions and the pace of users, too."""
    body = {"api_key": "lab-api-key", "events": [EVENT] * 900}
    fake, client = opened(tmp_path / "amplitude.db")
    assert client.post("/2/httpapi", json=body).status_code == 200
    before = list(fake.state.ingested())
    fake.close()

    fake, client = opened(tmp_path / "amplitude.db")
    assert list(fake.state.ingested()) == before
    assert client.post("/2/httpapi", json={**body, "events": [EVENT]}).status_code == 429
    assert client.post("/batch", json={**body, "events": [EVENT]}).status_code == 200
    assert [each.fate.verdict for each in fake.state.ingested()].count("kept") == 1
    assert fake.state.ingest_tally()[100001, "/batch", "duplicate", "insert_id"] == 1
    fake.close()


def test_a_reset_of_captures_forgets_them(tmp_path: Path):
    """The same insert_id is new again."""
    fake, client = opened(tmp_path / "amplitude.db")
    for _ in range(2):
        client.post("/2/httpapi", json={"api_key": "lab-api-key", "events": [EVENT]})
        fake.state.workspace.reset(captures_only=True)

    assert list(fake.state.ingested()) == []
    client.post("/2/httpapi", json={"api_key": "lab-api-key", "events": [EVENT]})
    assert [each.fate.verdict for each in fake.state.ingested()] == ["kept"]
    fake.close()
