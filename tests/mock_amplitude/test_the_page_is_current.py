"""docs/amplitude-fake.md says what the code does: its tables are those of the code, its example runs."""

from __future__ import annotations

import re

import requests

from mock_amplitude import AmplitudeClient, AmplitudeFake, AmplitudeSettings, create_app
from mock_amplitude.exports.jobs import diagram
from mock_amplitude.people import deletion_diagram
from mock_core import Clocks, LabClock
from mock_core.control.reference import reference, refreshed
from mock_core.inprocess import InProcessAdapter
from tests.repository import ROOT

PAGE = ROOT / "docs" / "amplitude-fake.md"
EVENTS = ROOT / "docs" / "amplitude-events.md"


def test_every_table_of_the_page_is_current():
    """Routes, settings, faults, operations, views and the life of a job, as written from the code's own tables."""
    page = PAGE.read_text(encoding="utf-8")
    tables = {**reference(AmplitudeFake, AmplitudeSettings()), "job": diagram()}

    assert set(re.findall(r"<!-- table: ([a-z-]+) -->", page)) == set(tables)
    assert page == refreshed(page, tables), "run: make docs"


def test_the_page_of_events_is_current():
    """The life of a deletion job."""
    page = EVENTS.read_text(encoding="utf-8")

    assert page == refreshed(page, {"deletion": deletion_diagram()}), "run: make docs"


def test_the_example_of_the_page_runs():
    """The Python example, word for word, against a fake in this process."""
    clock = LabClock(1_767_603_600.0)
    fake = AmplitudeFake(clocks=Clocks(clock))
    session = requests.Session()
    session.mount("http://127.0.0.1:4801", InProcessAdapter(create_app(fake), clock))
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, AmplitudeClient] = {}

    exec(example.replace('workspace="ci-7"', 'workspace="ci-7", session=SESSION'), {"SESSION": session}, names)

    assert [member.user_id for member in names["lab"].membership("7abc12de")] == ["u2", None, "u3"]
    fake.close()
