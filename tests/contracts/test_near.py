"""Near misses: a field under a name or in a place where nobody reads it is told, with the field that was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import contract
from contracts.explain import validator
from contracts.near import near_misses, plain
from contracts.publishing.vocabulary import describe_schema

IDENTIFY = {
    "type": "identify",
    "userId": "u-1",
    "messageId": "m-1",
    "timestamp": "2026-11-23T10:00:00Z",
    "traits": {"plan": "pro"},
}
TRACK = {**IDENTIFY, "type": "track", "event": "Opened", "properties": {"total": 5}}
del TRACK["traits"]


def without(event: dict[str, Any], *names: str, **fields: Any) -> dict[str, Any]:
    """Return an event without some fields, and with others."""
    return {name: value for name, value in event.items() if name not in names} | fields


def misses(event: dict[str, Any], call: str | None = None) -> list[tuple[str, str]]:
    """Return what was found and what was meant, for each near miss."""
    return [(miss.found, miss.meant) for miss in near_misses(event, call)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("user_id", "userId"),
        ("userid", "userId"),
        ("UserID", "userId"),
        ("user-id", "userId"),
        ("useId", "userId"),
        ("usreId", "userId"),
        ("anonymous_id", "anonymousId"),
        ("anonymusid", "anonymousId"),
        ("id", "userId"),
        ("userIdentifier", "userId"),
    ],
)
def test_an_id_under_another_name_is_found_when_the_event_names_nobody(name: str, meant: str) -> None:
    """Case, separators, a slip of a letter; and for what an event cannot do without, a word in common."""
    assert misses(without(IDENTIFY, "userId", **{name: "u-1"})) == [(f"/{name}", f"/{meant}")]


@pytest.mark.parametrize(
    ("event", "found", "meant"),
    [
        (without(IDENTIFY, "messageId", messageid="m"), "/messageid", "/messageId"),
        (without(IDENTIFY, "messageId", message_id="m"), "/message_id", "/messageId"),
        (without(IDENTIFY, "timestamp", time="2026-11-23"), "/time", "/timestamp"),
        (without(IDENTIFY, "timestamp", timestmap="2026-11-23"), "/timestmap", "/timestamp"),
        (without(IDENTIFY, sent_at="2026-11-23"), "/sent_at", "/sentAt"),
        (without(IDENTIFY, "traits", trait={"plan": "pro"}), "/trait", "/traits"),
        (without(IDENTIFY, "traits", user_traits={"plan": "pro"}), "/user_traits", "/traits"),
        (without(IDENTIFY, traits={}, Traits={"plan": "pro"}), "/Traits", "/traits"),
        (without(IDENTIFY, integration={"All": False}), "/integration", "/integrations"),
        (without(IDENTIFY, contxt={"ip": "::1"}), "/contxt", "/context"),
        (without(TRACK, "event", name="Opened"), "/name", "/event"),
        (without(TRACK, "event", eventName="Opened"), "/eventName", "/event"),
        (without(TRACK, "properties", props={"total": 5}), "/props", "/properties"),
        (without(TRACK, "properties", property={"total": 5}), "/property", "/properties"),
        ({"type": "page", "userId": "u", "event": "Pricing"}, "/event", "/name"),
        ({"type": "group", "userId": "u", "group_id": "g", "traits": {}}, "/group_id", "/groupId"),
        ({"type": "alias", "userId": "u", "previous_id": "p"}, "/previous_id", "/previousId"),
        (without(IDENTIFY, "type", Type="identify"), "/Type", "/type"),
        (without(IDENTIFY, context={"user_agent": "x"}), "/context/user_agent", "/context/userAgent"),
        (without(IDENTIFY, groupId="g"), "/groupId", "/context/groupId"),
        (without(IDENTIFY, "timestamp", originalTimestamp="2026-11-23"), "/originalTimestamp", "/timestamp"),
    ],
)
def test_a_field_under_nearly_its_name_is_found(event: dict[str, Any], found: str, meant: str) -> None:
    """By the vocabulary of the event's call: a track call's name is its `event`, a page's event its `name`."""
    assert misses(event) == [(found, meant)]


@pytest.mark.parametrize(
    ("event", "found", "meant"),
    [
        (without(IDENTIFY, "traits", context={"traits": {"plan": "pro"}}), "/context/traits", "/traits"),
        (without(IDENTIFY, traits={"traits": {"plan": "pro"}}), "/traits/traits", "/traits"),
        (without(IDENTIFY, traits={"properties": {"plan": "pro"}}), "/traits/properties", "/traits"),
        (without(IDENTIFY, "timestamp", traits={"a": 1, "timestamp": "x"}), "/traits/timestamp", "/timestamp"),
        (without(IDENTIFY, traits={"a": 1, "context": {"ip": "::1"}}), "/traits/context", "/context"),
        (without(TRACK, properties={"properties": {"total": 5}}), "/properties/properties", "/properties"),
        (without(TRACK, properties={"traits": {"plan": "pro"}}), "/properties/traits", "/context/traits"),
        (without(TRACK, "event", properties={"event": "Opened"}), "/properties/event", "/event"),
        (without(TRACK, "userId", properties={"userId": "u-1"}), "/properties/userId", "/userId"),
        (without(IDENTIFY, "userId", traits={"user_id": "u-1"}), "/traits/user_id", "/userId"),
        (without(IDENTIFY, "userId", context={"userId": "u-1"}), "/context/userId", "/userId"),
        (without(IDENTIFY, context={"integrations": {"All": False}}), "/context/integrations", "/integrations"),
        ({"payload": IDENTIFY}, "/payload", ""),
        ({"events": [IDENTIFY, TRACK]}, "/events", "/batch"),
        ({"batch": [IDENTIFY], "sent_at": "2026-11-23"}, "/sent_at", "/sentAt"),
    ],
)
def test_a_field_in_a_neighbours_place_is_found(event: dict[str, Any], found: str, meant: str) -> None:
    """One level too deep, in `context` instead of the event, a whole event in a wrapper, a batch under another name."""
    assert misses(event) == [(found, meant)]


@pytest.mark.parametrize(
    ("event", "found", "meant"),
    [
        (without(IDENTIFY, "timestamp", original_timestamp="2026-11-23"), "/original_timestamp", "/timestamp"),
        (without(IDENTIFY, "timestamp", occurredAt="2026-11-23"), "/occurredAt", "/timestamp"),
        (without(IDENTIFY, "messageId", insert_id="m"), "/insert_id", "/messageId"),
        (without(IDENTIFY, "traits", user_properties={"plan": "pro"}), "/user_properties", "/traits"),
        (without(IDENTIFY, "traits", userAttributes={"plan": "pro"}), "/userAttributes", "/traits"),
        (without(IDENTIFY, "traits", **{"$set": {"plan": "pro"}}), "/$set", "/traits"),
        (
            without(IDENTIFY, "traits", context={"user_properties": {"a": 1}}),
            "/context/user_properties",
            "/traits",
        ),
        (without(TRACK, "properties", params={"total": 5}), "/params", "/properties"),
        (without(TRACK, "event", action="Opened"), "/action", "/event"),
        (without(IDENTIFY, "userId", distinct_id="u-1"), "/distinct_id", "/userId"),
        (without(IDENTIFY, "userId", device_id="u-1"), "/device_id", "/anonymousId"),
        (without(IDENTIFY, "userId", user={"id": 7, "name": "Ada"}), "/user/id", "/userId"),
        (without(IDENTIFY, "userId", context={"user": {"id": "u-1"}}), "/context/user/id", "/userId"),
        (without(IDENTIFY, "userId", traits={"plan": "pro", "id": "u-1"}), "/traits/id", "/userId"),
        (without(IDENTIFY, "type", event_type="identify"), "/event_type", "/type"),
        ({"type": "group", "userId": "u", "company_id": "g", "traits": {"a": 1}}, "/company_id", "/groupId"),
        ({"type": "alias", "userId": "u", "alias": "p"}, "/alias", "/previousId"),
        ({"batch": [IDENTIFY], "api_key": "k"}, "/api_key", "/writeKey"),
    ],
)
def test_a_field_under_the_word_of_another_service_is_found(event: dict[str, Any], found: str, meant: str) -> None:
    """What a program that was moved from Amplitude, Mixpanel, Google, Braze or PostHog keeps on saying."""
    assert misses(event) == [(found, meant)]


@pytest.mark.parametrize(
    "event",
    [
        IDENTIFY,
        TRACK,
        without(IDENTIFY, user={"id": "x"}, email="x", distinct_id="x", user_properties={"a": 1}, insert_id="x"),
        without(IDENTIFY, "userId", anonymousId="a", user={"id": "x"}, external_id="x", traits={"id": "x"}),
        without(TRACK, "userId", anonymousId="a", properties={"id": "x", "user": {"id": "x"}}),
        without(TRACK, user_properties={"a": 1}, data="no object", created_at="2026"),
        without(TRACK, "properties", data="no object"),
        without(IDENTIFY, user_id="u-1", message="hello", _metadata={}, channel="server", version=1, tags=["a"]),
        without(TRACK, context={"traits": {"plan": "pro"}, "sessionId": 7, "custom": {"userId": "x"}}),
        without(TRACK, properties={"userId": "x", "messageId": "y", "timestamp": "z", "name": "n", "id": 5}),
        without(IDENTIFY, traits={"userId": "u-1", "user_id": "u-1", "event": "e", "name": "Ada"}),
        without(IDENTIFY, "timestamp", trait=None, originalTimestamp=None),
        without(IDENTIFY, originalTimestamp="2026-11-23", receivedAt="2026-11-23"),
        {"type": "group", "userId": "u", "groupId": "g", "context": {"traits": {"plan": "pro"}}},
        {"batch": [IDENTIFY], "writeKey": "k", "sentAt": "t", "context": {}, "integrations": {}, "sequence": 1},
        {"type": "page", "userId": "u", "properties": {"title": "x", "url": "y", "path": "/"}},
    ],
)
def test_what_is_there_under_its_own_name_has_no_near_miss(event: dict[str, Any]) -> None:
    """Nothing is lost when the field that was meant is there too, or the name is a trait's, a property's, an SDK's."""
    assert misses(event) == []


NAMES = st.sampled_from(["userId", "user_id", "type", "traits", "trait", "context", "properties", "event", "name", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["identify", "track", "page"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.sampled_from([None, "identify", "track", "page", "group"]))
def test_what_the_sieve_lets_through_has_no_near_miss(event: dict[str, Any], call: str | None) -> None:
    """The schema that spares the look is never wrong; whatever an event holds, looking at it ends."""
    found = misses(event, call)

    if event.get("type", call) == call and validator(plain(call)).is_valid(event):
        assert found == []


def test_every_field_that_the_schemas_describe_is_in_the_vocabulary() -> None:
    """A field that Segment reads is never taken for a near miss of another."""
    for call in ("identify", "track", "page", "screen", "group", "alias"):
        event = {"type": call, "userId": "u"}
        for name in describe_schema(call, "Power Users (abc123)")["properties"]:
            assert misses({**event, name: event.get(name, "x")}, call) == []


def test_a_near_miss_is_a_warning_that_names_both() -> None:
    """The field found, what stands in it, and the field meant."""
    event = without(IDENTIFY, "traits", trait={"plan": "pro"})

    (seen,) = contract("identify").violations(event)

    assert (seen.rule.code, seen.pointer, seen.expected) == ("H334", "/trait", "`traits`")
    assert seen.found == '`trait`, an object with "plan"'


def test_a_near_miss_says_itself_in_a_sentence() -> None:
    """For notes and causes."""
    assert [str(miss) for miss in near_misses({"type": "track", "user_id": "u", "event": "Opened"})] == [
        "`user_id` is read by nobody; `userId` is."
    ]
