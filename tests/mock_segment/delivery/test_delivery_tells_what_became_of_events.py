"""The plane Segment hides: a verdict for every event that was answered 200."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from contracts.catalogue import all_rules
from contracts.limits import BATCH_ITEMS
from mock_segment.delivery import read_capture

EVENT_RULES = [rule for rule in all_rules() if rule.discard_code and "batch" not in rule.contracts]
DAY = 24 * 3600


def codes(state: Any) -> list[str]:
    return [event.verdict.code for event in state.events()]


def verdicts(state: Any) -> list[str]:
    return [event.verdict.verdict for event in state.events()]


@pytest.mark.parametrize("rule", EVENT_RULES, ids=lambda rule: rule.code)
def test_every_rule_that_discards_discards_here(wire: Any, state: Any, rule: Any):
    """The rule's bad example is answered 200 and discarded with Segment's code; its twin is delivered."""
    reply = wire.batch({"messageId": "bad", **rule.bad}, {"messageId": "good", **rule.good})

    assert reply.status_code == 200
    bad, good = state.events()
    assert (bad.verdict.verdict, bad.verdict.code) == ("discarded", rule.discard_code)
    assert bad.verdict.reason == rule.message
    assert good.verdict.verdict == "delivered"


def test_the_codes_of_the_catalogue_are_all_seen_here():
    """The parametrised test above covers what an HTTP payload can cause."""
    assert {rule.discard_code for rule in EVENT_RULES} >= {
        "no_user_anon_id",
        "event_not_defined",
        "event_not_string",
        "properties_not_object",
        "traits_not_object",
        "name_not_string",
        "category_not_string",
        "id_not_string",
        "consent_categorypreferences_should_exist",
        "consent_categorypreferences_fields_should_be_object",
        "consent_categorypreferences_fields_should_be_bool",
        "consent_version_should_be_number",
        "device_advertisingid_should_be_string",
    }


@pytest.mark.parametrize("batch", [[], None, {}, "x", 5])
def test_a_batch_of_nothing_is_an_empty_batch(wire: Any, state: Any, batch: Any):
    """It is answered 200 and counted."""
    reply = wire.send("/v1/batch", {"batch": batch}, X_Lab="1")

    assert reply.status_code == 200
    assert state.tally() == {("wk", "", "discarded", "empty_batch"): 1}
    assert [batch["code"] for batch in state.batches()] == ["empty_batch"]
    (row,) = wire.lab("verdicts", code="empty_batch", write_key="wk").json()["verdicts"]
    assert (row["verdict"], row["index"], row["reason"]) == ("discarded", None, "the batch holds no events")


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([{"type": "track"}, {"type": "identify", "userId": "u"}], "multi_user_error"),
        ([{"type": "track"}, {"type": "track"}], "empty_batch_result"),
        ([{"type": "identify", "userId": "u"}], ""),
    ],
)
def test_a_batch_as_a_whole_has_a_code(wire: Any, state: Any, events: list[Any], code: str):
    """Some bad: only the good are published; all bad: nothing is left."""
    reply = wire.batch(*events, **{"X-Lab-Verdicts": "1"})

    assert reply.json()["batch"] == code
    assert [batch["code"] for batch in state.batches()] == [code]


@pytest.mark.parametrize("item", [None, 5, "x", [], [1], True])
def test_an_item_that_is_no_object_sinks_alone(wire: Any, state: Any, identify: Any, item: Any):
    """Later items of a batch survive a bad neighbour."""
    wire.batch(identify("a"), item, identify("b"))

    assert verdicts(state) == ["delivered", "discarded", "delivered"]
    assert set(state.profiles()) == {"a", "b"}


def test_the_surplus_beyond_2_500_is_discarded(wire: Any, state: Any):
    """Answered 200; the first 2,500 are kept."""
    events = [{"type": "identify", "userId": f"u{number}"} for number in range(BATCH_ITEMS + 2)]

    assert wire.batch(*events).status_code == 200
    assert state.tally() == {
        ("wk", "identify", "delivered", ""): BATCH_ITEMS,
        ("wk", "identify", "discarded", "bad_request"): 2,
    }
    assert verdicts(state)[-3:] == ["delivered", "discarded", "discarded"]


def test_exactly_2_500_are_fine(wire: Any, state: Any):
    """The limit itself is allowed."""
    wire.batch(*[{"type": "identify", "userId": f"u{number}"} for number in range(BATCH_ITEMS)])

    assert set(verdicts(state)) == {"delivered"}


def test_a_batch_too_long_can_be_made_to_sink_whole(wire: Any, state: Any):
    """The documents say "excess or all"; the other reading is a setting."""
    state.configure(surplus_items="discard-all")

    wire.batch(*[{"type": "identify", "userId": f"u{number}"} for number in range(BATCH_ITEMS + 1)])

    assert set(verdicts(state)) == {"discarded"}


def test_a_message_id_is_delivered_once(wire: Any, state: Any, identify: Any):
    """Content does not matter, only the messageId does."""
    wire.batch(identify(messageId="m1", traits={"a": 1}), identify(messageId="m1", traits={"a": 2}))
    wire.send("/v1/track", {"userId": "other", "event": "E", "messageId": "m1"})

    assert verdicts(state) == ["delivered", "duplicate", "duplicate"]
    assert state.profile("u1").traits == {"a": 1}


def test_message_ids_are_shared_by_all_sources(wire: Any, state: Any, identify: Any):
    """Two sources with one messageId lose an event, as they do at Segment."""
    wire.send("/v1/batch", {"writeKey": "one", "batch": [identify(messageId="m1")]})
    wire.send("/v1/batch", {"writeKey": "two", "batch": [identify(messageId="m1")]})

    assert verdicts(state) == ["delivered", "duplicate"]


@pytest.mark.parametrize(("later", "verdict"), [(DAY - 0.001, "duplicate"), (DAY, "delivered")])
def test_a_message_id_is_remembered_for_24_hours(
    wire: Any, state: Any, clock: Any, identify: Any, later: float, verdict: str
):
    """To the millisecond, on the lab's clock."""
    wire.batch(identify(messageId="m1"))
    clock.advance(later)
    wire.batch(identify(messageId="m1"))

    assert verdicts(state) == ["delivered", verdict]


def test_the_window_starts_with_the_delivery_and_not_with_a_duplicate(wire: Any, state: Any, clock: Any, identify: Any):
    """A duplicate does not prolong it; a delivery after it starts a new one."""
    for _ in range(4):
        wire.batch(identify(messageId="m1"))
        clock.advance(13 * 3600)

    assert verdicts(state) == ["delivered", "duplicate", "delivered", "duplicate"]


def test_a_changed_window_counts_from_then_on(wire: Any, state: Any, identify: Any):
    """What came before the change was judged by the old window, whenever one looks."""
    wire.batch(identify(messageId="m1"))
    wire.batch(identify(messageId="m1"))
    state.configure(dedupe_hours=0)
    wire.batch(identify(messageId="m1"))

    assert verdicts(state) == ["delivered", "duplicate", "delivered"]


def test_events_without_a_message_id_are_never_duplicates(wire: Any, state: Any, identify: Any):
    """Segment gives each its own."""
    wire.batch(*[identify(**given) for given in ({}, {"messageId": ""}, {"messageId": None}) for _ in range(2)])

    assert verdicts(state) == ["delivered"] * 6
    assert len({event.message_id for event in state.events()}) == 6


def test_a_discarded_event_does_not_use_up_its_message_id(wire: Any, state: Any, identify: Any):
    """A corrected resend with the same messageId is delivered."""
    wire.batch({"type": "identify", "messageId": "m1"})
    wire.batch(identify(messageId="m1"))

    assert verdicts(state) == ["discarded", "delivered"]


def test_a_whole_batch_sent_again_is_all_duplicates(wire: Any, state: Any, identify: Any):
    """What a retry after a lost reply does, at full size."""
    batch = [identify(f"u{number}", messageId=f"m{number}") for number in range(1000)]
    for _ in range(3):
        wire.batch(*batch)

    assert state.tally() == {
        ("wk", "identify", "delivered", ""): 1000,
        ("wk", "identify", "duplicate", ""): 2000,
    }


def test_everybody_is_known_as_long_as_nobody_is_registered(wire: Any, state: Any, identify: Any):
    """A lab works before anything is set up."""
    wire.send("/v1/batch", {"writeKey": "any", "batch": [identify()]})

    assert verdicts(state) == ["delivered"]


@pytest.mark.parametrize(
    ("source", "settings", "code"),
    [
        ({"write_key": "wk"}, {}, ""),
        ({"write_key": "other"}, {}, "unknown_source"),
        ({"write_key": "other"}, {"unknown_key": "accept"}, ""),
        (None, {"unknown_key": "discard"}, "unknown_source"),
        ({"write_key": "wk", "enabled": False}, {}, "source_disabled"),
        ({"write_key": "wk", "region": "eu"}, {}, "unknown_source"),
        ({"write_key": "wk", "region": "eu"}, {"region": "eu"}, ""),
    ],
)
def test_a_wrong_key_is_answered_200_and_dropped(
    wire: Any, state: Any, identify: Any, source: dict[str, Any] | None, settings: dict[str, Any], code: str
):
    """Unknown, disabled, or of the other region: the edge cannot tell, the verdict does."""
    if source:
        state.put_source(**source)
    if settings:
        state.configure(**settings)

    assert wire.batch(identify()).status_code == 200
    assert codes(state) == [code]


def test_a_key_of_another_region_is_told_from_one_that_nobody_knows(wire: Any, state: Any, identify: Any):
    """The same code, for want of another, and the true reason."""
    state.put_source("wk", region="eu")
    wire.batch(identify())
    wire.send("/v1/identify", {"writeKey": "nobody's", "userId": "u"})

    assert [event.verdict.reason for event in state.events()] == [
        "this write key is of region eu, and this fake stands for us",
        "no source has this write key",
    ]


def test_a_type_of_null_is_none_on_a_single_route(wire: Any, state: Any):
    """The route gives it; in a batch nothing does."""
    wire.send("/v1/track", {"userId": "u", "event": "E", "type": None})
    wire.batch({"userId": "u", "event": "E", "type": None})

    assert [(event.raw["type"], event.verdict.verdict) for event in state.events()] == [
        ("track", "delivered"),
        (None, "discarded"),
    ]


def test_a_key_of_another_region_can_be_refused(wire: Any, state: Any, identify: Any):
    """The documents say rejected, the observations say 200: a setting."""
    state.put_source("wk", region="eu")
    state.configure(wrong_region="refuse")

    reply = wire.batch(identify())

    assert (reply.status_code, reply.json()["message"]) == (400, "This write key belongs to another region")


def test_a_source_registered_later_does_not_change_older_verdicts(wire: Any, state: Any, identify: Any):
    """Each event is judged by what was known when it came, whenever one looks."""
    wire.batch(identify())
    state.put_source("other")
    wire.batch(identify())

    assert codes(state) == ["", "unknown_source"]


def test_unknown_types_and_odd_types_are_discarded(wire: Any, state: Any):
    """The type decides which rules count, and must itself be known."""
    wire.batch(*[{"type": kind, "userId": "u"} for kind in (None, 5, [], {}, "", "Identify")], {"userId": "u"})

    assert set(verdicts(state)) == {"discarded"}


def test_deep_nesting_is_delivered_and_shown(wire: Any, state: Any):
    """What parses is taken, however deep; the control plane can show it."""
    deep = b'{"writeKey":"wk","type":"identify","userId":"u","traits":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"

    assert wire.post("/v1/identify", deep).status_code == 200
    assert verdicts(state) == ["delivered"]
    assert wire.lab("events").status_code == 200
    assert wire.lab("profiles", user_id="u").text.count('{"a":') == 900


@pytest.mark.parametrize(("count", "limit", "strict_status"), [(298, True, 200), (300, True, 400), (301, False, 400)])
def test_unify_drops_events_with_300_traits(
    wire: Any, state: Any, identify: Any, count: int, limit: bool, strict_status: int
):
    """Delivered, but no profile changes beyond the limit; strict mode already refuses at it."""
    event = identify(traits={f"t{number}": 1 for number in range(count)})
    wire.batch(event)

    assert verdicts(state) == ["delivered"]
    assert bool(state.profile("u1").traits) is limit
    state.configure(mode="strict")
    assert wire.batch(event).status_code == strict_status


@pytest.mark.parametrize(("length", "changes"), [(100, True), (101, False)])
def test_unify_drops_message_ids_over_100_characters(wire: Any, state: Any, identify: Any, length: int, changes: bool):
    """The edge takes them; a setting turns the limit off."""
    wire.batch(identify(messageId="m" * length, traits={"a": 1}))

    assert bool(state.profile("u1").traits) is changes
    state.configure(unify_limits=False)
    assert state.profile("u1").traits == {"a": 1}


def test_an_upload_is_parsed_once_for_all_who_read_it(wire: Any, state: Any):
    """Whoever asks for captures gets the same ones, and after a reset those of the new recording."""
    wire.batch({"type": "identify", "userId": "u1", "messageId": "m1"})
    (first,) = state.captures()
    assert next(state.captures()) is first
    assert [each.seq for each in state.captures(after=first.seq)] == []

    state.workspace.reset()
    wire.batch({"type": "identify", "userId": "u2", "messageId": "m1"})

    assert [[item["userId"] for item in each.items] for each in state.captures()] == [["u2"]]
    assert [verdict.verdict for verdict in state.verdicts_of(next(state.captures()).seq)] == ["delivered"]


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_the_edge_parsed_is_what_the_journal_says(wire: Any, state: Any, is_packed: bool):
    """Spared the parsing, a reader finds nothing else than one who comes after a restart."""
    body = json.dumps(
        {"writeKey": "wk", "batch": [{"type": "identify", "userId": "u1", "messageId": "m1"}] * 3}
    ).encode()
    if is_packed:
        wire.post("/v1/batch", gzip.compress(body), Content_Encoding="gzip")
    else:
        wire.post("/v1/batch", body)

    (seen,) = state.captures()
    afresh = read_capture(state.workspace.journal.entry(seen.seq))

    assert seen == afresh
    assert seen.envelope is not afresh.envelope
    assert state.tally() == {("wk", "identify", "delivered", ""): 1, ("wk", "identify", "duplicate", ""): 2}
