"""Notes on events and profiles: names that nobody reads, keys that are none, values that arrive after later ones."""

from __future__ import annotations

from typing import Any

import pytest

TRAIT = "Power Users (a1)"


def notes(wire: Any, **filters: str) -> list[list[str]]:
    return [row["notes"] for row in wire.lab("events", **filters).json()["events"]]


@pytest.mark.parametrize(
    ("event", "found", "meant"),
    [
        ({"type": "identify", "user_id": "u", "traits": {TRAIT: True}}, "user_id", "userId"),
        ({"type": "identify", "userId": "u", "trait": {TRAIT: True}}, "trait", "traits"),
        ({"type": "identify", "userId": "u", "context": {"traits": {TRAIT: True}}}, "context.traits", "traits"),
        ({"type": "identify", "userId": "u", "traits": {"traits": {TRAIT: True}}}, "traits.traits", "traits"),
        ({"type": "track", "userId": "u", "name": "Opened", "properties": {}}, "name", "event"),
        ({"type": "identify", "userId": "u", "traits": {TRAIT: True}, "originalTimestamp": "2026-01-05T09:00:00Z"},
         "originalTimestamp", "timestamp"),
    ],
)  # fmt: skip
def test_a_field_that_nobody_reads_is_noted(wire: Any, event: dict[str, Any], found: str, meant: str):
    """With the field that was probably meant, in a batch and by itself."""
    wire.batch({"messageId": "m1", **event})
    wire.send(f"/v1/{event['type']}", {name: value for name, value in event.items() if name != "type"})

    for each in notes(wire):
        assert f"`{found}` is read by nobody; `{meant}` is." in each


def test_a_plain_event_has_no_notes(wire: Any, identify: Any):
    """What the SDKs send is nothing to speak of."""
    wire.batch(identify(messageId="m", timestamp="2026-01-05T09:00:00Z", traits={TRAIT: True}, context={"library": {}}))

    assert notes(wire) == [[]]


def test_a_time_without_a_zone_is_noted_in_the_context_too(wire: Any):
    """Engage does not save it from there either."""
    wire.batch({"type": "track", "userId": "u", "event": "e", "context": {"traits": {"seen": "2026-01-05T09:00:00"}}})

    assert notes(wire) == [["A time without a zone is not saved by Engage: 'seen'."]]


def test_a_write_key_that_is_none_is_noted(wire: Any, state: Any):
    """On what was delivered under it, and, once sources are registered, as the reason for which it is not."""
    wire.send("/v1/track", {"writeKey": "[object Object]", "userId": "u", "event": "e"})
    state.put_source("wk")
    wire.send("/v1/track", {"writeKey": "[object Object]", "userId": "u", "event": "e"})

    assert ["JavaScript makes of an object" in each[0] for each in notes(wire)] == [True, True]
    assert [("JavaScript" in event.verdict.reason) for event in state.events()] == [False, True]


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({"Authorization": "Bearer abc"}, {"userId": "u"}, "of the scheme 'Bearer'"),
        ({"X-Write-Key": "wk"}, {"userId": "u"}, "x-write-key is not looked at"),
        ({}, {"userId": "u", "write_key": "wk"}, "the body has 'write_key'"),
        ({}, {"userId": "u", "writeKey": 7}, "is no text"),
    ],
)
def test_an_upload_without_a_key_is_told_what_it_has_instead(
    wire: Any, headers: dict[str, str], body: dict[str, Any], words: str
):
    """The answer is Segment's to the byte; the account says the rest."""
    reply = wire.session.post(f"{wire.url}/v1/identify", json=body, headers=headers)

    assert (reply.status_code, reply.json()["message"]) == (400, "An invalid write key was provided")
    (row,) = wire.lab("verdicts").json()["verdicts"]
    assert words in row["reason"]


@pytest.mark.parametrize(
    ("sent", "words"), [("wk", "it is the write key itself"), ("abc", "access tokens of OAuth sources")]
)
def test_a_bearer_token_that_is_none_is_told(wire: Any, sent: str, words: str):
    """A key of another kind, or of another service."""
    assert wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {sent}").status_code == 401
    assert words in wire.lab("verdicts").json()["verdicts"][0]["reason"]


def tell(wire: Any, message_id: str, second: int, **traits: Any) -> None:
    stamp = f"2026-01-05T08:00:{second:02d}Z"
    wire.batch({"type": "identify", "userId": "u", "messageId": message_id, "timestamp": stamp, "traits": traits})


LATE = (
    "The value of 't' dated 2026-01-05T08:00:01.000Z arrived after a later-dated value of it, 2026-01-05T08:00:05.000Z."
)


def test_a_value_that_arrives_after_a_later_one_is_noted(wire: Any, state: Any):
    """On the event, and on the profile as long as it stands; of what says the same, or is newer, there is no word."""
    tell(wire, "m1", 5, t=False, same=1)
    tell(wire, "m2", 1, t=True, same=1)

    assert notes(wire) == notes(wire, user_id="u") == [[], [LATE]]
    assert state.profile("u").notes == state.profiles()["u"].notes == (LATE,)
    assert wire.lab("profiles").json()["profiles"][0]["notes"] == [LATE]
    tell(wire, "m3", 9, t=False)
    assert state.profile("u").notes == ()
    assert notes(wire) == [[], [LATE], []]


def test_a_profile_that_follows_timestamps_has_nothing_to_note(wire: Any, state: Any):
    """The older value came and changed nothing; the event still says when it came."""
    state.configure(profile_order="timestamp")
    tell(wire, "m1", 5, t=False)
    tell(wire, "m2", 1, t=True)

    assert state.profile("u").notes == ()
    assert notes(wire) == [[], [LATE]]


def test_the_order_that_counts_is_that_of_delivery(wire: Any, state: Any, clock: Any):
    """A call that was held back arrives when it is let go; what was dropped or not identify does not count."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    tell(wire, "m1", 1, t=True)
    tell(wire, "m2", 5, t=False)
    wire.batch(
        {"type": "group", "userId": "u", "groupId": "g", "timestamp": "2026-01-05T08:30:00Z", "traits": {"t": 9}}
    )
    before = notes(wire, user_id="u")
    clock.advance(61)

    assert before == [[], [], []]
    assert notes(wire, user_id="u") == [[LATE], [], []]


def test_a_user_that_is_not_known_is_told_what_came(wire: Any, state: Any):
    """Discarded, lost, or delivered and told nothing: never that nothing was sent."""
    wire.batch(
        {"type": "identify", "user_id": "ann", "traits": {TRAIT: True}},
        {"type": "identify", "user_id": "ann", "traits": {TRAIT: False}},
        {"type": "identify", "userId": 7, "traits": {TRAIT: True}},
        {"type": "identify", "userId": "bea", "context": {"traits": {TRAIT: True}}},
    )
    state.workspace.arm({"fault": "status", "status": 400})
    wire.batch({"type": "identify", "userId": "cal", "messageId": "m", "traits": {TRAIT: True}})

    assert state.profile("ann").notes == ("2 events came and were discarded: no_user_anon_id; they have `user_id`",)
    assert state.profile("bea").notes == tuple(state.unheard("bea"))
    assert wire.lab("profiles", user_id="bea").json()["profiles"][0]["notes"] == state.unheard("bea")
    assert state.unheard("7") == ["1 event came and was discarded: id_not_string"]
    assert state.unheard("bea") == ["1 event came and was delivered and told nothing; it has `context.traits`"]
    assert state.unheard("cal") == ["1 event came and was refused: 400"]
    assert state.unheard("dan") == []
    assert len(state.unheard()) == 4
