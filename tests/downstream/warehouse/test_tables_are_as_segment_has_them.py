"""Which tables, columns and values delivered events make, as Segment's documents have it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_core.errors import BadControl


def test_an_identify_is_a_row_and_a_user(desk):
    """Every identify is kept; `users` has the newest value of each trait, and no row for somebody without a userId."""
    desk.identify("ada", plan="free", visits=1)
    desk.identify("ada", plan="paid")
    desk.identify(None, plan="none")

    assert desk.loaded("SELECT user_id, plan, visits FROM web.identifies ORDER BY received_at, id") == [
        ("ada", "free", 1),
        ("ada", "paid", None),
        (None, "none", None),
    ]
    assert desk.loaded("SELECT id, plan, visits FROM web.users") == [("ada", "paid", 1)]


def test_a_track_has_two_rows(desk):
    """One in `tracks` without its properties, one in the table of its name with them."""
    desk.send({"type": "track", "userId": "ada", "event": "Order Done", "properties": {"total": 2.5, "sku": ["a", 1]}})

    assert desk.loaded("SELECT event, event_text FROM web.tracks") == [("order_done", "Order Done")]
    assert desk.loaded("SELECT user_id, total, sku FROM web.order_done") == [("ada", 2.5, '["a",1]')]


@pytest.mark.parametrize(
    ("event", "sql", "row"),
    [
        (
            {"type": "page", "name": "Home", "properties": {"url": "/"}},
            "SELECT name, url FROM web.pages",
            ("Home", "/"),
        ),
        ({"type": "screen", "name": "Main"}, "SELECT name FROM web.screens", ("Main",)),
        ({"type": "group", "groupId": "g1", "traits": {"size": 3}}, "SELECT group_id, size FROM web.groups", ("g1", 3)),
        ({"type": "group", "groupId": "g1", "traits": {"size": 3}}, "SELECT id, size FROM web.accounts", ("g1", 3)),
        ({"type": "alias", "previousId": "old"}, "SELECT previous_id, user_id FROM web.aliases", ("old", "ada")),
    ],
)
def test_other_calls_have_their_tables(desk, event, sql, row):
    """Pages, screens, groups with accounts, aliases."""
    desk.send({"userId": "ada", **event})

    assert desk.loaded(sql) == [row]


def test_context_and_objects_are_flattened_and_names_are_snake_case(desk):
    """A nested key becomes a column of its whole path; what starts with a digit gets `_`."""
    context = {"library": {"name": "mine"}, "ip": "1.2.3.4"}
    traits = {"[Amplitude] Power Users (aBc1)": True, "address": {"postCode": "N1"}, "2FA": True}
    desk.send({"type": "identify", "userId": "ada", "context": context, "traits": traits})

    sql = "SELECT context_library_name, context_ip, amplitude_power_users_a_bc1, address_post_code, _2fa FROM web.users"
    assert desk.loaded(sql) == [("mine", "1.2.3.4", True, "N1", True)]


def test_a_column_is_made_by_the_first_value_that_is_not_null(desk):
    """Its type is that value's, and a null makes none."""
    desk.identify("ada", since=None)
    desk.warehouse.load()
    assert not [each for each in desk.warehouse.columns() if each["trait_key"] == "since"]

    desk.identify("ada", since="2024-05-01T10:00:00+02:00")
    ((since,),) = desk.loaded("SELECT since FROM web.users")
    assert since.replace(tzinfo=UTC) == datetime(2024, 5, 1, 8, tzinfo=UTC)


def test_what_does_not_fit_the_type_is_cast_or_dropped_and_told(desk):
    """With the messageId of the event it came from; `users` keeps the last value that could be cast."""
    desk.send({"type": "identify", "userId": "ada", "messageId": "a", "traits": {"power": True}})
    desk.send({"type": "identify", "userId": "ada", "messageId": "b", "traits": {"power": "FALSE"}})
    desk.send({"type": "identify", "userId": "ada", "messageId": "c", "traits": {"power": 1}})

    assert desk.loaded("SELECT id, power FROM web.identifies ORDER BY id") == [("a", True), ("b", False), ("c", None)]
    assert desk.loaded("SELECT power FROM web.users") == [(False,)]
    told = [(note["what"], note["message_id"]) for note in desk.warehouse.notes()]
    assert told == [("cast", "b"), ("dropped", "c")]


def test_the_last_value_of_a_load_can_fix_the_type(desk):
    """Documents contradict each other about it, so that it is a setting."""
    desk.warehouse.configure(type_from="last_in_batch")
    desk.identify("ada", power="yes")
    desk.identify("ada", power=True)

    assert desk.loaded("SELECT power FROM web.identifies ORDER BY id") == [(None,), (True,)]


def test_reserved_names_have_no_column_and_are_told(desk):
    """A trait named as one of Segment's own columns is discarded, or kept with `_` before it."""
    desk.identify("ada", received_at="never", id=7)
    assert desk.loaded("SELECT id FROM web.identifies") == [("m1",)]
    assert {note["what"] for note in desk.warehouse.notes()} == {"reserved"}

    desk.warehouse.configure(reserved="prefix")
    desk.identify("bob", uuid="u")
    assert desk.loaded("SELECT _uuid FROM web.users WHERE id = 'bob'") == [("u",)]


def test_two_names_that_snake_case_makes_one_share_a_column(desk):
    """The last writer wins, without a sound at Segment and with a note here."""
    desk.identify("ada", **{"Power Users": True})
    desk.identify("ada", **{"power-users": False})

    assert desk.loaded("SELECT power_users FROM web.users") == [(False,)]
    (note,) = [note for note in desk.warehouse.notes() if note["what"] == "met"]
    assert note["trait_key"] == "power-users"
    assert "'Power Users'" in note["words"]


def test_an_id_that_comes_again_after_the_dedupe_window_is_one_row(desk):
    """Tables of rows deduplicate on id; `users` keeps the latest state of what was delivered, as the profile does."""
    same = {"type": "identify", "userId": "ada", "messageId": "same"}
    desk.send({**same, "traits": {"power": True}})
    desk.lab.clock.advance(3600)
    desk.identify("ada", power=False)
    desk.lab.clock.advance(25 * 3600)
    desk.send({**same, "traits": {"power": True}})

    assert desk.loaded("SELECT id, power FROM web.identifies ORDER BY received_at") == [("same", True), ("m2", False)]
    assert desk.loaded("SELECT power FROM web.users") == [(True,)]
    assert desk.lab.segment.profile("ada").traits == {"power": True}


def test_each_source_has_a_schema_of_its_own(desk):
    """Also two of one name."""
    desk.lab.segment.put_source("second", name="Web")
    desk.identify("ada", power=True)
    desk.identify("bob", key="second", power=True)

    assert desk.loaded("SELECT id FROM web.users UNION ALL SELECT id FROM web_2.users") == [("ada",), ("bob",)]


def test_a_query_changes_nothing(desk):
    """Only a SELECT is taken, one at a time; what is wrong is said in words."""
    desk.identify("ada", power=True)
    for sql in ("DROP TABLE web.users", "SELECT 1; DELETE FROM web.users", "SELECT nothing_here"):
        with pytest.raises(Exception, match=r"One SELECT|failed"):
            desk.loaded(sql)
    assert desk.loaded("SELECT count(*) FROM web.users") == [(1,)]
    with pytest.raises(BadControl, match="type_from"):
        desk.warehouse.configure(type_form="first")


def test_a_key_without_a_letter_is_told_once(plain_desk):
    """The empty key has no column in any load, and one note says why."""
    for _ in range(2):
        plain_desk.identify("ada", **{"": True})
        plain_desk.warehouse.load()

    assert [note["what"] for note in plain_desk.warehouse.notes()] == ["nameless"]
