"""What comes late, and in another order than its times; and sources whose names are the same in snake case."""

from __future__ import annotations

import pytest

from tests.downstream.warehouse.conftest import Desk

EARLY, LATE = "2023-11-14T10:00:00Z", "2023-11-14T20:00:00Z"


@pytest.mark.parametrize("across", [False, True], ids=["of one load", "of two loads"])
@pytest.mark.parametrize(("order", "kept"), [("delivery", False), ("received_at", False), ("timestamp", True)])
def test_what_is_dated_earlier_comes_later(desk: Desk, order: str, kept: bool, across: bool):
    """The true of the evening is delivered before the false of the morning: a setting says which one `users` keeps."""
    desk.warehouse.configure(users_order=order)
    desk.send({"type": "identify", "userId": "ada", "traits": {"power": True, "n": 1}, "timestamp": LATE})
    if across:
        desk.warehouse.load()
    desk.lab.clock.advance(60)
    desk.send({"type": "identify", "userId": "ada", "traits": {"power": False, "m": 2}, "timestamp": EARLY})
    desk.send({"type": "identify", "userId": "bob", "traits": {"power": False}, "timestamp": EARLY})

    assert desk.loaded("SELECT id, power, n, m FROM web.users ORDER BY id") == [
        ("ada", kept, 1, 2),
        ("bob", False, None, None),
    ]
    rows = desk.loaded("SELECT power FROM web.identifies WHERE user_id = 'ada' ORDER BY timestamp DESC")
    assert rows == [(True,), (False,)]


def test_a_call_that_is_delivered_late_is_loaded_late(desk: Desk):
    """Received first and delivered last: by delivery it wins, by the time of receipt it does not."""
    kept = {}
    for order, user in (("delivery", "ada"), ("received_at", "bob")):
        desk.warehouse.configure(users_order=order)
        desk.lab.segment.workspace.arm({"fault": "late", "seconds": 7200, "match": {"times": 1}})
        desk.identify(user, power=True)
        desk.lab.clock.advance(60)
        desk.identify(user, power=False)
        desk.warehouse.load()
        desk.lab.clock.advance(3 * 3600)
        kept[user] = desk.loaded(f"SELECT power FROM web.users WHERE id = '{user}'")
    assert kept == {"ada": [(True,)], "bob": [(False,)]}


def test_accounts_are_ordered_alike(desk: Desk):
    """Groups by their own key."""
    desk.warehouse.configure(users_order="timestamp")
    for plan, moment in (("gold", LATE), ("none", EARLY)):
        desk.send({"type": "group", "userId": "ada", "groupId": "g", "traits": {"plan": plan}, "timestamp": moment})
        desk.warehouse.load()

    assert desk.loaded("SELECT id, plan FROM web.accounts") == [("g", "gold")]


def test_two_sources_of_one_name(desk: Desk):
    """The second has a schema with a number, and a note says whose the other is."""
    for key, name in (("k2", "web!"), ("k3", "WEB"), ("k4", "pg_stat"), ("k5", "日本")):
        desk.lab.segment.put_source(key, name=name)
    desk.identify("ada", n=1)
    for number, key in enumerate(("k2", "k3", "k4", "k5"), 2):
        desk.identify("ada", key=key, n=number)
    desk.warehouse.load()

    schemas = ("web", "web_2", "web_3", "source_pg_stat", "source")
    for number, schema in enumerate(schemas, 1):
        assert desk.loaded(f"SELECT n FROM {schema}.users") == [(number,)]
    notes = [(note["trait_key"], note["words"]) for note in desk.warehouse.notes() if note["what"] == "schema"]
    assert notes == [
        ("web!", "web is that of another source: this source has web_2"),
        ("WEB", "web is that of another source: this source has web_3"),
        ("pg_stat", "pg_stat is no name for one here: this source has source_pg_stat"),
    ]
