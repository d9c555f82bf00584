"""The pure parts: the integrations object, filters, back-off, and what a request carries."""

from __future__ import annotations

import json
from random import Random
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downstream.destination import Request
from downstream.routing.backoff import due_again
from downstream.routing.carried import Content, carried
from downstream.routing.filters import apply_filters, read_filters
from downstream.routing.integrations import switch
from downstream.routing.settings import RoutingSettings
from mock_core.errors import BadControl

KEY = "Power Users (7abc12de)"
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("integrations", "is_on"),
    [
        (None, True),
        ([], True),
        ({}, True),
        ({"All": True}, True),
        ({"All": False}, False),
        ({"All": False, "Vendor": True}, True),
        ({"All": False, "Vendor": {}}, True),
        ({"All": True, "Vendor": False}, False),
        ({"All": False, "vendor": True}, False),
        ({"all": False}, True),
        ({"Vendor": None}, False),
        ({"Vendor": 0}, False),
        ({"Vendor": ""}, False),
        ({"Vendor": "false"}, True),
        ({"Warehouses": False, "Segment.io": False}, True),
    ],
)
def test_an_explicit_entry_beats_all(integrations, is_on):
    """Names to the letter; what is neither true, false nor an object is read as JavaScript reads it."""
    assert switch(integrations, "Vendor").is_on == is_on


def test_odd_values_can_be_left_out_of_account():
    """Then they are as if they were not there."""
    assert switch({"Vendor": 0, "All": False}, "Vendor", reads_odd_values=False).is_on is False
    assert switch({"Vendor": 0}, "Vendor", reads_odd_values=False).is_on is True


def test_salesforce_is_on_only_where_it_is_named():
    """`All` does not reach it."""
    assert not switch({"All": True}, "Salesforce", not_by_all={"Salesforce"}).is_on
    assert switch({"Salesforce": True}, "Salesforce", not_by_all={"Salesforce"}).is_on


@given(st.dictionaries(st.sampled_from(["All", "Vendor", "Other", "VENDOR"]), st.booleans() | st.just({})))
def test_all_counts_where_there_is_no_entry(integrations):
    """For every object: the entry, or else All, or else on."""
    assert switch(integrations, "Vendor").is_on == (
        integrations.get("Vendor", integrations.get("All", True)) is not False
    )


@given(st.integers(0, 1 << 32), st.floats(0, 1), st.floats(1, 4), st.floats(1, 600))
def test_back_off_ends_after_four_hours_and_not_before(seed, jitter, factor, first):
    """The last attempt is at four hours exactly, each comes after the one before, and waits grow on average."""
    settings = RoutingSettings(retry_jitter=jitter, retry_factor=max(factor, 1.2), retry_first_seconds=first)
    random, now, moments = Random(seed), 1_000, []
    while (due := due_again(settings, attempts=len(moments) + 1, first_at=1_000, now=now, random=random)) is not None:
        assert due > now
        moments.append(due)
        now = due

    assert moments[-1] == 1_000 + 4 * HOUR


def test_by_default_nine_attempts_or_so_are_made():
    """As a partner was told once (segment facts 5.3 [obs])."""
    for seed in range(50):
        now, attempts, random = 0, 1, Random(seed)
        while (due := due_again(RoutingSettings(), attempts=attempts, first_at=0, now=now, random=random)) is not None:
            now, attempts = due, attempts + 1
        assert 8 <= attempts <= 11


EVENT = {"type": "identify", "userId": "ada", "traits": {KEY: True, "email": "a@b.c", "plan": "pro"}, "messageId": "m1"}


def left(*specs, event=EVENT):
    return apply_filters(read_filters(specs), event, seed=7)


def test_filters_are_applied_in_segments_order():
    """Sample before drop before dropping before allowing, wherever they stand."""
    allow = {"if": "all", "actions": [{"type": "ALLOW_PROPERTIES", "fields": {"traits": [KEY, "email"]}}]}
    drop = {"if": "all", "actions": [{"type": "DROP_PROPERTIES", "fields": {"traits": ["email"], "": ["userId"]}}]}
    found = left(allow, drop)

    assert found.event == {"type": "identify", "traits": {KEY: True}, "messageId": "m1"}
    assert EVENT["traits"]["email"] == "a@b.c"  # what came stays as it is
    assert left(allow, 'type = "identify"').event is None


@pytest.mark.parametrize(
    ("fql", "is_kept"),
    [
        (r"traits.Power\ Users\ \(7abc12de\) = true", False),
        ("traits.Power Users (7abc12de) = true", True),  # never matches, and nobody says so
        (r"traits.Power\ Users\ \(7abc12de\) != true", False),  # holds for true, too
        ('traits["Power Users (7abc12de)"] = true', False),  # cannot be read: nothing is delivered
    ],
)
def test_filters_read_fql_as_segment_does(fql, is_kept):
    """Its oddities are what one rehearses for (destination facts 4)."""
    assert (left(fql).event is not None) == is_kept


def test_a_filter_that_is_switched_off_does_nothing():
    """Also one that could not be read."""
    assert left({"if": "traits[", "enabled": False, "actions": [{"type": "DROP"}]}).event == EVENT


def test_sampling_lets_about_its_share_pass_and_goes_by_the_path():
    """All events of one user go the same way."""
    half = {"if": "all", "actions": [{"type": "SAMPLE", "percent": 0.5, "path": "userId"}]}
    passed = [left(half, event={**EVENT, "userId": f"user-{number}", "messageId": "x"}).event for number in range(400)]

    assert 140 < sum(event is not None for event in passed) < 260
    assert left(half, event={**EVENT, "messageId": "y"}).event == left(half).event or left(half).event is not None


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"if": "all", "actions": [{"type": "DORP"}]}, "DROP"),
        ({"iff": "all", "actions": []}, "if"),
        ({"if": "all", "actions": []}, "actions"),
        ({"if": "x" * 6000, "actions": [{"type": "DROP"}]}, "5120"),
        ({"if": "all", "actions": [{"type": "SAMPLE", "percent": 5}]}, "0 to 1"),
        ({"if": "all", "actions": [{"type": "DROP_PROPERTIES"}]}, "fields"),
        (3, "FQL"),
    ],
)
def test_a_filter_that_is_none_is_told_in_words(spec, told):
    """What, where, what was expected."""
    with pytest.raises(BadControl, match=told):
        read_filters([spec])


def post(body: bytes | str, url: str = "https://vendor.example/x") -> Content:
    return Content(Request("POST", url, {}, body.encode() if isinstance(body, str) else body))


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        (json.dumps({"attributes": [{"external_id": "ada", KEY: True}]}), KEY, True),
        (json.dumps({"properties": {KEY: "true"}}), KEY, "true"),
        (
            urlencode({"identification": json.dumps({"user_properties": {KEY: True}}), "options": "undefined"}),
            KEY,
            True,
        ),
        (json.dumps({"properties": {"PowerUsers7abc12de": True}}), "PowerUsers7abc12de", True),
        (json.dumps({"properties": {"powerUsers7Abc12De_bool": True}}), "powerUsers7Abc12De_bool", True),
        (json.dumps({"records": [{"Data": json.dumps({"traits": {KEY: False}})}]}), KEY, False),
    ],
)
def test_a_trait_is_found_wherever_a_vendor_has_it(body, key, value):
    """In lists, in JSON within forms, renamed, as another type."""
    assert carried(post(body), EVENT) == {KEY: {"key": key, "value": value}}


def test_what_is_not_there_is_not_found():
    """Another cohort's key is no renaming."""
    assert carried(post(json.dumps({"traits": {"Power Users (zzz)": True}})), EVENT) == {}
    assert carried(post("<xml/>"), EVENT) == {}
    assert carried(post(b"\xff\xfe"), EVENT) == {}


@given(st.lists(st.tuples(st.sampled_from(["ada", "grace", "joan"]), st.booleans()), min_size=2, max_size=8))
def test_in_a_batch_each_event_finds_its_own_value(changes):
    """By the user beside it, and the n-th for a user's n-th event."""
    events = [{"type": "identify", "userId": user, "traits": {KEY: value}} for user, value in changes]
    content = post(json.dumps([{"id": event["userId"], "attributes": event["traits"]} for event in events]))

    found = [carried(content, event, index=index, events=events) for index, event in enumerate(events)]
    assert [each[KEY]["value"] for each in found] == [value for _, value in changes]


def test_in_one_of_two_calls_for_a_batch_the_others_are_not_found():
    """A destination may split what it was given."""
    events = [{"type": "identify", "userId": user, "traits": {KEY: user == "ada"}} for user in ("ada", "grace")]
    content = post(json.dumps([{"id": "grace", KEY: False}]))

    assert carried(content, events[0], index=0, events=events) == {}
    assert carried(content, events[1], index=1, events=events)[KEY]["value"] is False
