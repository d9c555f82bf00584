"""A recorded run in the console: the same pages at any of its moments, and nothing to change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from console import create_past_app
from scenarios import read_scenario, run_scenario, subject_maker
from scenarios.recordings import Recorder, Recording

SCENARIO = """
scenario: One comes, one goes
why: To be looked at.
cohorts:
  power: {name: Power Users, id: abc12345, members: [ada, grace]}
steps:
  - sync: power
  - leave: {cohort: power, users: [ada]}
  - sync: power
expect:
  identifies: 3
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two syncs."""
    folder = tmp_path_factory.mktemp("recording")
    file = folder / "one.cohort.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    with Recorder(folder / "run.db") as recorder:
        run_scenario(read_scenario(file), subject_maker(None, 60), at_end=recorder.add)
    return folder / "run.db"


@pytest.fixture
def past(recording: Path) -> Iterator[FlaskClient]:
    """The console of that run."""
    app = create_past_app(recording, Recording(recording).runs()[0])
    with app.test_client() as client:
        client.environ_base["HTTP_HOST"] = "127.0.0.1:4800"
        yield client
    app.extensions["console"].close()


def test_the_slider_steps_from_moment_to_moment(past: FlaskClient):
    """Each page is that of its moment, and links stay there."""
    page = past.get("/cohorts/abc12345").text
    moments = re.search(r'max="(\d+)" value="(\d+)"', page)
    assert moments is not None
    assert moments[1] == moments[2]
    members = [past.get(f"/at/{place}/cohorts/abc12345").text for place in range(2, int(moments[1]) + 1)]
    assert "<dd>2</dd>" in members[2]
    assert "<dd>1</dd>" in members[-1]
    assert 'href="/at/4/people' in members[2]
    assert past.get(f"/at/{int(moments[1]) + 1}/").status_code == 404


def test_nothing_of_it_can_be_changed(past: FlaskClient):
    """It is said in words, and pages offer nothing."""
    token = past.application.extensions["console"].form_token
    refused = past.post("/cohorts/abc12345/enter", data={"users": "ken", "token": token})

    assert refused.status_code == 403
    assert "recording" in refused.text
    assert "<form method=post" not in past.get("/trouble").text
    assert "/stream" not in past.get("/").text
