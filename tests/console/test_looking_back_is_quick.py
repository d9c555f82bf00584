"""What a filter asks for is found without reading what cannot be it, and all the same completely."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from console.desk import Desk
from console.live import Filters, end_of, look_back
from scenarios.lab import Lab
from tests.console.asking import Asking


@pytest.fixture
def desk(lab: Lab) -> Desk:
    return Desk("default", lab.amplitude, lab.segment)


def test_what_is_discarded_is_found_among_many(told: Asking, desk: Desk):
    """Only calls that hold some are looked at."""
    told.batch({"type": "track", "userId": "grace"})
    for number in range(300):
        told.identify(f"u{number}")
    told.batch({"type": "identify", "userId": "ada"}, {"type": "identify"})

    found = look_back(desk, Filters(verdict="discarded"), end_of(desk, "x"))

    assert [[line.code for line in row.events] for row in found.rows] == [["no_user_anon_id"], ["event_not_defined"]]
    assert found.looked_at == 2
    assert look_back(desk, Filters(verdict="discarded", code="no_user_anon_id"), end_of(desk, "x")).looked_at == 1


def test_a_span_of_time_is_found_at_once(lab: Lab, told: Asking, desk: Desk):
    """Where the clock was never moved, entries stand in the order of time; else all are read."""
    journal = lab.segment.workspace.journal
    for number in range(3_000):
        data = {"method": "GET", "path": "/v1/x", "query": "", "headers": {}, "status": 404}
        journal.append(1_780_000_000_000 + number * 1_000, "request", data)
    asked = Filters(since="1780000010000", until="1780000020000")

    found = look_back(desk, asked, end_of(desk, "x"), most=10, patience=60)

    assert len(found.rows) == 10
    assert found.looked_at < 400
    lab.clock.advance(1)
    assert len(look_back(desk, asked, end_of(desk, "x"), most=10, patience=60).rows) == 10


def test_pages_that_fill_no_page_say_how_far_they_looked(told: Asking, desk: Desk):
    """And where to go on."""
    for number in range(80):
        told.identify(f"u{number}")

    found = look_back(desk, Filters(user="u3"), end_of(desk, "x"), patience=0)

    assert found.before is not None
    assert found.looked_at == 50
    assert [row.events[0].user for row in look_back(desk, Filters(user="u3"), found.before).rows] == ["u3"]


def test_a_kept_scenario_is_offered(told: Asking, lab: Lab, pages: FlaskClient):
    """With its exports, packed."""
    lab.amplitude.create_cohort("Power Users", members=["ada"])
    told.identify("ada")

    reply = pages.get("/keep/scenario.zip")

    assert reply.data.startswith(b"PK")
    assert b".cohort.yaml" in reply.data
