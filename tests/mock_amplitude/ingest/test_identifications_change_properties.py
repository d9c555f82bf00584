"""What the operations of an identification do to the properties of a user (amplitude facts 5.3 [doc])."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude.ingest.properties import LONGEST_LIST, OPERATIONS, identified

CASES: list[tuple[Any, Any, Any]] = [
    ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    ({"a": 1}, {"$set": {"a": 2}}, {"a": 2}),
    ({"a": 1}, {"$setOnce": {"a": 2, "b": 3}}, {"a": 1, "b": 3}),
    ({"a": 1}, {"$add": {"a": 2, "b": 0.5}}, {"a": 3, "b": 0.5}),
    ({"a": "text"}, {"$add": {"a": 2}}, {"a": "text"}),
    ({"a": 1}, {"$append": {"a": 2, "b": [1, 1]}}, {"a": [1, 2], "b": [1, 1]}),
    ({"a": [1]}, {"$prepend": {"a": [2, 3]}}, {"a": [2, 3, 1]}),
    ({"a": [1]}, {"$preInsert": {"a": [1, 2]}}, {"a": [2, 1]}),
    ({"a": [1]}, {"$postInsert": {"a": [1, 2]}}, {"a": [1, 2]}),
    ({"a": [1, 2, 1]}, {"$remove": {"a": 1, "b": 1}}, {"a": [2]}),
    ({"a": 1, "b": 2}, {"$unset": {"a": "-"}}, {"b": 2}),
    ({"a": 1}, {"$clearAll": "-", "$set": {"b": 1}}, {"b": 1}),
    ({"a": 1}, {"$set": {"b": 1}, "plain": True}, {"a": 1, "b": 1, "plain": True}),
    ({"a": (1 << 63) - 1}, {"$add": {"a": 1}}, {"a": 2.0**63}),
]


@pytest.mark.parametrize(("held", "said", "after"), CASES)
def test_each_operation_does_its_work_and_leaves_what_was_held(held: Any, said: Any, after: Any):
    """The values before stay as they were, for events are stamped with them."""
    before = repr(held)

    assert identified(held, said) == after
    assert repr(held) == before


VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=3)
NAMES = st.sampled_from([*OPERATIONS, "a", "b"])
SAID = st.dictionaries(
    NAMES, VALUES | st.lists(VALUES) | st.dictionaries(st.sampled_from("ab"), VALUES | st.lists(VALUES))
)


@given(SAID, SAID)
def test_any_identification_can_be_taken(first: Any, second: Any):
    """Whatever type the values have."""
    assert isinstance(identified(identified({}, first), second), dict)


def test_a_list_that_is_appended_to_does_not_grow_for_ever():
    """10,000 letters (loop facts 1 [doc])."""
    held: Any = {}
    for _ in range(30):
        held = identified(held, {"$append": {"a": "x" * 1_000}})

    assert held["a"] == ["x" * 1_000] * (LONGEST_LIST // 1_000)
