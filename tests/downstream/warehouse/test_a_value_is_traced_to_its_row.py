"""Where a value ended: its row and its column, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from downstream.warehouse import Stop
from mock_segment import create_app
from tests.downstream.warehouse.conftest import Desk

LONG = "Customers who bought twice in the last ninety days and opened a mail ({})"


def rows(desk: Desk, user: str, key: str | None = None) -> list[Stop]:
    return desk.warehouse.trace(user, None if key is None else [key])


def test_a_row_and_the_users_cell(desk: Desk):
    """With the column, the value as stored, and when it was loaded."""
    desk.identify("o'hara", **{"Power Users (a1)": True})
    desk.lab.clock.advance(3600)
    desk.identify("o'hara", **{"Power Users (a1)": False})
    desk.warehouse.load()

    first, second, cell = rows(desk, "o'hara", "Power Users (a1)")
    assert (first.table, first.column, first.stored) == ("web.identifies", "power_users_a1", True)
    assert first.words == "web.identifies, row 'm1': power_users_a1 is true; loaded 2023-11-14T23:00:00.000Z"
    assert (second.stored, second.loaded_at) == (False, 1_700_003_600_000)
    assert (cell.table, cell.stored, cell.message_id) == ("web.users", False, "m2")
    assert cell.words.startswith('web.users, row "o\'hara": power_users_a1 is false; last loaded 2023-11-14T23:13:20')


def test_what_is_not_loaded_waits(desk: Desk):
    """For the next full hour, or for whoever looks."""
    desk.warehouse.configure(loads="hourly")
    desk.identify("ada", power=True)

    (stop,) = rows(desk, "ada")
    assert (stop.table, stop.loaded_at) == (None, None)
    assert stop.words == "not loaded yet: it waits for the load of 2023-11-14T23:00:00.000Z"
    desk.lab.clock.advance(3600)
    assert [each.stored for each in rows(desk, "ada")] == [True, True]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([("power", True), ("power", "yes")], "power is null, 'yes' in a column of type boolean: dropped"),
        ([("n", 1), ("n", 2.5)], "n is 2, 2.5 in a column of type integer: cast to 2"),
        ([("n", 1), ("n", None)], "n is null; loaded"),
        ([("n", None)], "no column, and none until somebody tells it a value other than null"),
        ([("received_at", True)], "no column, received_at is a column of Segment's own"),
        ([("日本", True)], "no column, nothing of the name is left"),
        ([("Power Users", True), ("PowerUsers", False)], "is false; the column is also that of 'Power Users'"),
        ([("when", "2026-01-02T03:04:05Z")], "when is 2026-01-02T03:04:05Z; loaded"),
        ([("plan", "it's \x1b[31m")], 'plan is the text "it\'s \\x1b[31m"'),
        ([("home", {"city": "Oslo"})], "it is an object, and its members have columns: 'home.city'"),
    ],
)
def test_why_a_value_is_not_there_or_another(desk: Desk, sent: list[tuple[str, Any]], words: str):
    """Names that met, values cast and dropped, names without a column."""
    for key, value in sent:
        desk.identify("ada", **{key: value})
    desk.warehouse.load()

    told = [stop for stop in rows(desk, "ada", sent[-1][0]) if stop.table != "web.users"]
    assert words in told[-1].words


def test_a_name_that_was_cut(desk: Desk):
    """As PostgreSQL cuts it: the other one's name is told."""
    desk.warehouse.configure(names="postgres")
    desk.identify("ada", **{LONG.format("7abc12de"): True})
    desk.identify("ada", **{LONG.format("9def34ab"): False})
    desk.warehouse.load()

    row, _ = rows(desk, "ada", LONG.format("7abc12de"))
    assert "the engine keeps 63 of 77 bytes" in row.words
    assert "the column is also that of 'Customers who bought twice in the last ninety days" in row.words


def test_an_id_that_comes_again(desk: Desk):
    """A second event of the same id has no row of its own; a row that somebody took away is told."""
    desk.send({"type": "identify", "userId": "ada", "messageId": "m", "traits": {"n": 1}})
    desk.lab.clock.advance(48 * 3600)
    desk.send({"type": "identify", "userId": "ada", "messageId": "m", "traits": {"n": 2}})
    desk.warehouse.load()

    _, second, cell = rows(desk, "ada", "n")
    assert "n is 1, told by the first event of this id; this one is left out" in second.words
    assert cell.stored == 2


def test_two_sources_have_rows_of_their_own(desk: Desk):
    """Each in its schema."""
    desk.lab.segment.put_source("other-key", name="Shop")
    desk.identify("ada", n=1)
    desk.identify("ada", key="other-key", n=2)
    desk.warehouse.load()

    tables = [(stop.table, stop.stored) for stop in rows(desk, "ada")]
    assert tables == [("web.identifies", 1), ("web.users", 1), ("shop.identifies", 2), ("shop.users", 2)]


def test_the_control_plane_shows_it(desk: Desk):
    """As a view by user and trait."""
    desk.identify("ada", power=True, when="2026-01-02T03:04:05Z")
    desk.warehouse.load()
    client = create_app(desk.lab.segment_fake).test_client()

    found = client.get("/__lab/warehouse-trace?user_id=ada&trait=power").json["warehouse-trace"]
    assert [(row["table"], row["column"], row["stored"]) for row in found] == [
        ("web.identifies", "power", True),
        ("web.users", "power", True),
    ]
    every = client.get("/__lab/warehouse-trace?user_id=ada").json["warehouse-trace"]
    assert [row["stored"] for row in every] == [True, "2026-01-02T03:04:05Z"] * 2
    assert client.get("/__lab/warehouse-trace?user_id=nobody").json["warehouse-trace"] == []
