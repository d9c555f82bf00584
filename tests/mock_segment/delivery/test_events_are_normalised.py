"""What Segment stores of an event: merged, stamped, corrected (facts 1.10 to 1.12)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_segment.delivery import merged
from mock_segment.delivery.normalise import corrected, parse_time

NOW = "2026-01-05T09:00:00.000Z"


def stored(state: Any) -> list[dict[str, Any]]:
    return [event.as_dict(merge_depth=state.merge_depth)["event"] for event in state.events()]


def test_server_fields_are_added(wire: Any, state: Any):
    """receivedAt, timestamps, a messageId, a version and a channel; the write key is taken off."""
    wire.send("/v1/identify", {"userId": "u1"})

    (event,) = stored(state)
    assert event == {
        "type": "identify",
        "userId": "u1",
        "messageId": event["messageId"],
        "receivedAt": NOW,
        "originalTimestamp": NOW,
        "timestamp": NOW,
        "version": 2,
        "projectId": event["projectId"],
        "channel": "server",
    }
    assert len(event["messageId"]) == 36


def test_events_of_one_source_have_one_project(wire: Any, state: Any):
    """And those of another one another; the write key cannot be read off it."""
    for key in ("wk-1", "wk-1", "wk-2"):
        wire.send("/v1/identify", {"writeKey": key, "userId": "u"})

    first, again, other = (event["projectId"] for event in stored(state))
    assert first == again != other
    assert "wk-1" not in first


def test_the_version_can_be_another(wire: Any, state: Any):
    """The documents show several."""
    state.configure(event_version=1)
    wire.send("/v1/identify", {"userId": "u"})

    assert wire.lab("events").json()["events"][0]["event"]["version"] == 1


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "identify", "properties": {"a": 1}}, "properties and no traits"),
        ({"type": "identify", "properties": {"a": 1}, "traits": {}}, "properties and no traits"),
        ({"type": "identify", "properties": {"a": 1}, "traits": {"a": 1}}, None),
        ({"type": "identify", "traits": {"at": "2026-01-01T00:00:00", "on": "2026-01-01"}}, "zone"),
        ({"type": "identify", "traits": {"at": "2026-01-01T00:00:00Z", "then": "2026-01-01T00:00:00+01:00"}}, None),
        ({"type": "track", "event": "E", "properties": {"at": "2026-01-01T00:00:00"}}, None),
        ({"type": "identify", "timestamp": "1969-12-31T23:59:59Z"}, "before 1970"),
        ({"type": "identify", "timestamp": "1970-01-01T00:00:00Z"}, None),
        ({"type": "identify", "sentAt": "soon"}, "sentAt cannot be read"),
        ({"type": "identify", "sentAt": 5}, "sentAt cannot be read"),
        ({"type": "identify", "sentAt": None}, None),
        ({"type": "alias"}, "without a previousId"),
        ({"type": "alias", "previousId": "p"}, None),
        ({"type": "group"}, "without a groupId"),
        ({"type": "group", "groupId": "g"}, None),
        ({"type": "identify", "messageId": 5}, "messageId is no string"),
        ({"type": "identify", "messageId": []}, "messageId is no string"),
        ({"type": "identify", "messageId": ""}, None),
    ],
)
def test_what_is_taken_and_odd_is_noted(wire: Any, state: Any, event: dict[str, Any], words: str | None):
    """Delivered without a word by Segment, and worth one here."""
    wire.batch({"userId": "u", **event})

    (row,) = wire.lab("events").json()["events"]
    assert row["verdict"] == "delivered"
    assert len(row["notes"]) == (words is not None)
    assert (words or "") in "".join(row["notes"])


def test_a_sent_at_of_the_envelope_is_noted_on_each_event(wire: Any, state: Any):
    """It is theirs."""
    wire.send("/v1/batch", {"sentAt": "soon", "batch": [{"type": "identify", "userId": u} for u in "ab"]})

    assert [len(event.as_dict()["notes"]) for event in state.events()] == [1, 1]


def test_the_documented_example_comes_out(wire: Any, state: Any, clock: Any):
    """A client an hour slow, sent five seconds late: the formula of facts 1.11."""
    clock.freeze(1_767_610_805.1)  # 11:00:05.100
    wire.send(
        "/v1/batch",
        {
            "batch": [{"type": "identify", "userId": "u", "timestamp": "2026-01-05T10:00:00.000Z"}],
            "sentAt": "2026-01-05T10:00:05.000Z",
        },
    )

    (event,) = stored(state)
    assert (event["originalTimestamp"], event["timestamp"], event["receivedAt"]) == (
        "2026-01-05T10:00:00.000Z",
        "2026-01-05T11:00:00.100Z",
        "2026-01-05T11:00:05.100Z",
    )


def test_an_import_whose_sent_at_is_old_lands_at_now(wire: Any, state: Any):
    """The trap of facts 1.11: sentAt set to the old time too."""
    old = "2020-01-01T00:00:00.000Z"
    wire.send("/v1/identify", {"userId": "u", "timestamp": old, "sentAt": old})

    (event,) = stored(state)
    assert (event["originalTimestamp"], event["timestamp"]) == (old, NOW)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-11-23T10:22:18.249+00:00", 249),
        ("2026-11-23T10:22:18Z", 0),
        ("2026-11-23T10:22:18.249999Z", 249),
        ("2026-11-23T10:22:18.1234567Z", 123),
        ("2026-11-23T10:22:18.123456789Z", 123),
        ("2026-11-23T12:22:18.5+02:00", 500),
        ("2026-11-23T10:22:18", 0),
    ],
)
def test_every_sdks_spelling_of_time_is_read(text: str, milliseconds: int):
    """0 to 9 decimals and any offset (facts 1.11)."""
    assert parse_time(text) == 1_795_429_338_000 + milliseconds


@pytest.mark.parametrize("value", ["yesterday", "", 5, None, {}, "2026-13-01T00:00:00Z"])
def test_an_unreadable_timestamp_becomes_the_time_it_came(wire: Any, state: Any, value: Any):
    """And is noted, unless there was none."""
    wire.send("/v1/identify", {"userId": "u", "timestamp": value})

    (event,) = state.events()
    said = event.as_dict()
    assert said["event"]["timestamp"] == NOW
    assert bool(said["notes"]) is (value is not None)


@pytest.mark.parametrize("original", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"])
def test_times_at_the_ends_of_the_calendar_break_nothing(wire: Any, original: str, sent: str):
    """A correction beyond the calendar falls back to the time it came."""
    wire.send("/v1/identify", {"userId": "u", "timestamp": original, "sentAt": sent})

    assert wire.lab("events").status_code == 200


@given(received=st.integers(0, 10**13), skew=st.integers(-(10**10), 10**10), age=st.integers(0, 10**9))
def test_a_wrong_clock_does_not_matter(received: int, skew: int, age: int):
    """Whatever a client's clock says, an event `age` before sending is stored `age` before receipt."""
    sent = received + skew

    assert corrected(received, sent, sent - age) == received - age


def test_the_batch_context_is_merged_into_each_event(wire: Any, state: Any):
    """Go and Java put the library there alone; what the event says itself wins."""
    wire.send(
        "/v1/batch",
        {
            "context": {"library": {"name": "analytics-go", "version": "3.0.0"}, "ip": "1.2.3.4"},
            "integrations": {"All": False},
            "batch": [
                {"type": "identify", "userId": "a"},
                {
                    "type": "identify",
                    "userId": "b",
                    "context": {"library": {"version": "9"}},
                    "integrations": {"X": True},
                },
            ],
        },
    )

    first, second = stored(state)
    assert first["context"] == {"library": {"name": "analytics-go", "version": "3.0.0"}, "ip": "1.2.3.4"}
    assert second["context"] == {"library": {"name": "analytics-go", "version": "9"}, "ip": "1.2.3.4"}
    assert second["integrations"] == {"All": False, "X": True}
    state.configure(batch_merge="shallow")
    assert stored(state)[1]["context"] == {"library": {"version": "9"}, "ip": "1.2.3.4"}


@pytest.mark.parametrize("shared", ["context", "integrations"])
def test_an_event_whose_context_is_null_still_gets_the_batchs(wire: Any, state: Any, shared: str):
    """As one without any does; one that is no object stays as it is."""
    common = {"library": {"name": "analytics-go"}}
    events = [{"type": "identify", "userId": "u", **own} for own in ({}, {shared: None}, {shared: 5})]
    wire.send("/v1/batch", {shared: common, "batch": events})

    assert [event[shared] for event in stored(state)] == [common, common, 5]


@pytest.mark.parametrize("given", [{}, {"messageId": None}, {"messageId": ""}])
def test_an_event_without_a_message_id_is_found_by_the_one_it_was_given(wire: Any, state: Any, given: dict[str, Any]):
    """Every view shows it, and takes it as a filter."""
    wire.batch({"type": "identify", "userId": "u", "traits": {"a": 1}, **given}, {"type": "track", "userId": "u"})

    (assigned, _) = (event["messageId"] for event in stored(state))

    assert len(assigned) == 36
    for view in ("events", "verdicts"):
        (row,) = wire.lab(view, message_id=assigned).json()[view]
        assert (row["index"], row["message_id"]) == (0, assigned)
    assert state.trait_history("u", "a")[0]["message_id"] == assigned


JSON_OBJECTS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(), max_size=3),
    max_leaves=8,
)


@given(shared=JSON_OBJECTS, own=JSON_OBJECTS)
def test_merging_keeps_everything_the_event_says(shared: dict[str, Any], own: dict[str, Any]):
    """Merging again changes nothing, and the event's own values are all there."""
    result = merged(shared, own)

    assert merged(result, own) == result
    assert set(result) == set(shared) | set(own)
    assert all(result[name] == value for name, value in own.items() if not isinstance(value, dict))


def test_deep_context_on_both_sides_is_merged_without_a_crash(wire: Any):
    """Recursion is bounded; beyond it the event's own wins whole."""
    deep = '{"a":' * 800 + "1" + "}" * 800
    body = f'{{"writeKey":"wk","context":{deep},"batch":[{{"type":"identify","userId":"u","context":{deep}}}]}}'

    assert wire.post("/v1/batch", body.encode()).status_code == 200
    assert wire.lab("events").status_code == 200


@pytest.mark.parametrize(
    ("library", "direct", "channel", "ip"),
    [
        ("analytics-python", None, "server", None),
        ("analytics-python", True, "server", "127.0.0.1"),
        ("analytics.js", None, "browser", "127.0.0.1"),
        ("analytics-kotlin", None, "mobile", "127.0.0.1"),
        ("Analytics-CSharp", None, "mobile", "127.0.0.1"),
        (["x"], None, "server", None),
    ],
)
def test_the_address_is_filled_in_for_client_side_sources(
    wire: Any, state: Any, library: Any, direct: bool | None, channel: str, ip: str | None
):
    """Servers are not the user; browsers and phones are."""
    wire.send("/v1/identify", {"userId": "u", "context": {"library": {"name": library}, "direct": direct}})

    (event,) = stored(state)
    assert (event["channel"], event["context"].get("ip")) == (channel, ip)


def test_a_name_is_made_of_first_and_last(wire: Any, state: Any):
    """For destinations; the profile keeps what was sent."""
    wire.send("/v1/identify", {"userId": "u", "traits": {"firstName": "Ada", "lastName": "Lovelace"}})

    assert stored(state)[0]["traits"]["name"] == "Ada Lovelace"
    assert "name" not in state.profile("u").traits


@pytest.mark.parametrize(("setting", "kind"), [("item", "track"), ("route", "identify")])
def test_which_type_counts_when_the_route_says_another(wire: Any, state: Any, setting: str, kind: str):
    """Unknown, so a setting; the contradiction is noted."""
    state.configure(type_precedence=setting)
    wire.send("/v1/identify", {"userId": "u", "type": "track", "event": "E"})

    (event,) = state.events()
    assert event.raw["type"] == kind
    assert bool(event.as_dict()["notes"]) is (setting == "item")
