"""When loads happen, and that nothing is lost or doubled between them."""

from __future__ import annotations

import pytest

from downstream.warehouse import warehouse_of
from mock_core.errors import BadControl
from mock_segment import create_app
from scenarios.lab import Lab
from tests.downstream.warehouse.conftest import KEY, START, Desk


def counted(desk):
    return [(load["load"], load["events"]) for load in desk.warehouse.loads()]


def test_loads_are_at_full_hours(desk):
    """Each takes what was delivered until then; a move over many hours makes only those that have something to load."""
    desk.warehouse.configure(loads="hourly")
    desk.identify("ada", power=True)
    assert desk.warehouse.loads() == []

    desk.lab.clock.advance(3600)
    desk.identify("ada", power=False)
    desk.lab.clock.advance(48 * 3600)

    assert counted(desk) == [(1, 1), (2, 1)]
    hours = [load["at"].isoformat()[:19] for load in desk.warehouse.loads()]
    assert hours == ["2023-11-14T23:00:00", "2023-11-15T00:00:00"]


def test_loads_at_once_come_when_somebody_looks(desk):
    """With the setting `loads`."""
    desk.warehouse.configure(loads="at once")
    desk.identify("ada", power=True)

    assert desk.warehouse.rows("SELECT id, power FROM web.users") == [{"id": "ada", "power": True}]


def test_a_lab_goes_on_where_it_was(tmp_path, into):
    """A journal and a warehouse in files: what was loaded is not loaded again by the next lab."""
    for number in (1, 2):
        with Lab(start=START + number, folder=tmp_path / "lab", warehouse=into) as lab:
            desk = Desk(lab)
            desk.send({"type": "identify", "userId": "ada", "messageId": f"of {number}", "traits": {"n": number}})
            rows = desk.loaded("SELECT id, n FROM web.identifies ORDER BY n")
    assert rows == [("of 1", 1), ("of 2", 2)]


def test_what_a_lab_was_told_is_known_when_it_begins_again(tmp_path):
    """Settings stand in its journal; a load that was due before a change is made with those before."""
    folder = tmp_path / "lab"
    with Lab(start=START, folder=folder) as lab:
        desk = Desk(lab)
        desk.identify("ada", visits=1.5)
        lab.clock.advance(3600)
        desk.identify("ada", plan="gold-and-more")
        desk.warehouse.configure(text_width=4)
        with pytest.raises(BadControl, match="did you mean 'text_width'"):
            desk.warehouse.configure(text_widht=5)
        lab.clock.advance(3600)
        desk.warehouse.configure(text_width=2)
        lab.clock.advance(3600)
    with Lab(start=START + 3 * 3600, folder=folder, warehouse=f"duckdb:{tmp_path / 'w.duckdb'}") as lab:
        warehouse = warehouse_of(lab.segment)
        assert warehouse.settings.text_width == 2
        warehouse.settle()
        assert warehouse.rows("SELECT id, visits, plan FROM web.users") == [
            {"id": "ada", "visits": 1.5, "plan": "gold"}
        ]

        warehouse.begin_with(loads="at once")
        lab.segment.workspace.reset()
        assert (warehouse.settings.loads, warehouse.settings.text_width) == ("at once", 512)


def test_a_reset_lab_has_an_empty_warehouse(desk):
    """What was loaded goes with the journal it came from."""
    desk.identify("ada", power=True)
    desk.warehouse.load()
    desk.lab.segment.workspace.reset()
    desk.lab.segment.put_source(KEY, name="Web")
    desk.identify("bob", power="text now")

    assert desk.loaded("SELECT id, power FROM web.users") == [("bob", "text now")]


def test_the_control_plane_shows_it(desk):
    """Loads, columns and notes are views; a load and a query are operations."""
    desk.identify("ada", **{"Power Users (a1)": True, "id": 1})
    client = create_app(desk.lab.segment_fake).test_client()

    assert client.post("/__lab/warehouse/load").json[0]["rows"] == {"web.identifies": 1, "web.users": 1}
    found = client.post("/__lab/warehouse/query", json={"sql": "SELECT id, power_users_a1 FROM web.users"}).json
    assert (found["columns"], found["rows"]) == (["id", "power_users_a1"], [["ada", True]])
    columns = client.get("/__lab/warehouse-columns?table_name=users").json["warehouse-columns"]
    assert [(each["column_name"], each["trait_key"], each["type"]) for each in columns] == [
        ("power_users_a1", "Power Users (a1)", "boolean")
    ]
    assert client.get("/__lab/warehouse-notes").json["warehouse-notes"][0]["what"] == "reserved"
    assert client.post("/__lab/warehouse/query", json={"sql": "SELECT nothing"}).status_code == 400
