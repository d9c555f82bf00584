"""The warehouse of a lab in another process: the same methods over HTTP, with rows that have types."""

from __future__ import annotations

import pytest

from downstream.warehouse import WarehouseClient, WarehouseColumn, WarehouseNote
from mock_core.errors import BadControl
from scenarios.lab import Lab
from tests.downstream.warehouse.conftest import START, Desk


def test_everything_of_it_can_be_asked(tmp_path):
    """Loads, columns, notes, rows, the way of a value, and settings; what is wrong is told in the lab's words."""
    with Lab(start=START, warehouse=f"duckdb:{tmp_path / 'w.duckdb'}") as lab, lab.serve() as address:
        desk = Desk(lab)
        client = WarehouseClient(address.segment)
        desk.identify("ada", **{"Power Users (a1)": True, "when": "2026-01-02T03:04:05Z"})
        desk.identify("bob", **{"Power Users (a1)": "perhaps"})

        (load,) = client.load()
        assert (load.load, load.status, load.events, load.rows["web.users"]) == (1, "Success", 2, 2)
        (listed,) = client.loads()
        assert (listed.load, listed.rows, listed.notes) == (1, load.rows, load.notes)
        assert client.load() == []
        assert client.status()["loads"] == 1

        first, second = client.columns(trait_key="Power Users (a1)")
        assert isinstance(first, WarehouseColumn)
        assert (first.table_name, second.table_name, first.column_name) == ("identifies", "users", "power_users_a1")
        (note,) = client.notes(what="dropped")
        assert isinstance(note, WarehouseNote)
        assert (note.message_id, note.trait_key) == ("m2", "Power Users (a1)")

        assert client.query("SELECT id FROM web.users ORDER BY id") == (["id"], [("ada",), ("bob",)])
        assert client.rows("SELECT power_users_a1 AS p FROM web.users WHERE id = 'ada'") == [{"p": True}]
        assert client.trace("bob", "Power Users (a1)") == desk.warehouse.trace("bob", ["Power Users (a1)"])
        assert len(client.trace("ada")) == 4

        assert client.configure(text_width=7)["text_width"] == 7
        assert client.settings() == client.configure()
        with pytest.raises(BadControl, match="One SELECT is expected"):
            client.query("DROP TABLE web.users")


def test_a_lab_cuts_no_answer_silently(monkeypatch):
    """More rows than it answers with over HTTP are an error here."""
    monkeypatch.setattr("downstream.warehouse.annexe.MOST_ROWS", 2)
    with Lab(start=START) as lab, lab.serve() as address, pytest.raises(BadControl, match="finds 3 rows"):
        WarehouseClient(address.segment).query("SELECT * FROM range(3)")
