"""Delivery: which events Segment keeps, and the code under which it discards the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.delivery import are_deliverable, discard_reason, is_deliverable
from contracts.judging import CALLS

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "userId",
    "anonymousId",
    "event",
    "name",
    "category",
    "properties",
    "traits",
    "context",
    "groupId",
    "messageId",
)
EVENTS = st.builds(
    lambda kind, fields: {"type": kind, **fields},
    st.sampled_from((*CALLS, "Identify", None, 7)) | ANYTHING,
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["", "x", None, {}, {"a": 1}]) | ANYTHING),
)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "identify", "traits": {}}, "no_user_anon_id"),
        ({"type": "identify", "userId": None, "anonymousId": None}, "no_user_anon_id"),
        ({"type": "identify", "userId": 7}, "id_not_string"),
        ({"type": "identify", "userId": ""}, "id_not_string"),
        ({"type": "identify", "userId": "u", "anonymousId": ""}, "id_not_string"),
        ({"type": "track", "userId": "u"}, "event_not_defined"),
        ({"type": "track", "userId": "u", "event": None}, "event_not_defined"),
        ({"type": "track", "userId": "u", "event": ""}, "event_not_defined"),
        ({"type": "track", "userId": "u", "event": 7}, "event_not_string"),
        ({"type": "track", "userId": "u", "event": "E", "properties": []}, "properties_not_object"),
        ({"type": "identify", "userId": "u", "traits": "x"}, "traits_not_object"),
        ({"type": "group", "userId": "u", "groupId": "g", "traits": []}, "traits_not_object"),
        ({"type": "page", "userId": "u", "name": ""}, "name_not_string"),
        ({"type": "screen", "userId": "u", "name": 7}, "name_not_string"),
        ({"type": "page", "userId": "u", "category": []}, "category_not_string"),
        (
            {"type": "identify", "userId": "u", "context": {"device": {"advertisingId": 1}}},
            "device_advertisingid_should_be_string",
        ),
        ({"type": "nope", "userId": "u"}, "invalid_type"),
        ({"type": [], "userId": "u"}, "invalid_type"),
        ({"userId": "u"}, "missing_type"),
        ({"type": None, "userId": "u"}, "missing_type"),
    ],
)
def test_a_discarded_event_has_segments_own_code(event: dict[str, Any], code: str) -> None:
    """Each documented discard that a payload can cause has its code."""
    reason = discard_reason(event)

    assert not is_deliverable(event)
    assert reason is not None
    assert reason.rule.discard_code == code


def test_the_first_reason_is_about_the_ids() -> None:
    """An event that breaks several rules is counted under one code: type, then ids, then fields."""
    reason = discard_reason({"type": "track", "userId": 7})

    assert reason is not None
    assert reason.rule.discard_code == "id_not_string"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "identify", "userId": "u", "anonymousId": None, "integrations": {}, "traits": {}},
        {"type": "identify", "userId": None, "anonymousId": "a", "traits": None},
        {"type": "page", "userId": "u", "name": None, "category": "", "properties": None, "context": "lost"},
        {"type": "alias", "userId": "u", "previousId": None},
        {"type": "group", "userId": "u"},
        {"type": "track", "userId": "u", "event": "E", "messageId": "x" * 101},
    ],
)
def test_what_segment_keeps_is_deliverable(event: dict[str, Any]) -> None:
    """Null counts as absent, and what is only harmful is kept."""
    assert is_deliverable(event)
    assert discard_reason(event) is None


@given(EVENTS)
def test_deliverable_means_that_there_is_no_reason(event: dict[str, Any]) -> None:
    """The quick answer and the explained one agree on any event."""
    assert is_deliverable(event) == (discard_reason(event) is None)


@given(st.lists(EVENTS, max_size=5))
def test_a_batch_is_deliverable_when_each_event_is(events: list[dict[str, Any]]) -> None:
    """One call for the batch says what one call for each event would."""
    assert are_deliverable(events) == all(is_deliverable(event) for event in events)
