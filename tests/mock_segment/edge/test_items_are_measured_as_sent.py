"""The items of a batch are measured in the bytes they were sent in, however the JSON is spelt."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.limits import EVENT_BYTES
from contracts.reading import parse_json
from mock_segment.edge import oversize_places
from mock_segment.edge.sizes import sizes_as_sent, sizes_written_again

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab"\\[]{}:,é ', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["batch", "a", '"']), inner),
    max_leaves=8,
)
SPELLINGS = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 1]), "separators": st.just((" ,", ":  "))}
)


@given(items=st.lists(VALUES, max_size=5), before=VALUES, after=VALUES, spelling=SPELLINGS)
def test_every_span_is_found(items: list[Any], before: Any, after: Any, spelling: dict[str, Any]):
    """Of every item of the batch at the top, whatever stands before, behind and inside."""
    spelt = [json.dumps(item, **spelling) for item in items]
    around = [json.dumps(value, **spelling) for value in (before, after)]
    text = f'{{"a": {around[0]}, "batch" : [ {" , ".join(spelt)} ], "b": {around[1]}}}'

    assert list(sizes_as_sent(text.encode())) == [len(item.encode()) for item in spelt]


@given(items=st.lists(st.dictionaries(st.sampled_from(["a", '"', "},{"]), VALUES) | VALUES, min_size=1, max_size=6))
def test_written_at_once_items_measure_what_each_of_them_does(items: list[Any]):
    """Objects that hold objects, empty ones and text that looks like the end of one among them."""
    assert sizes_written_again(items) == [len(orjson.dumps(item)) for item in items]


@pytest.mark.parametrize("name", [b'"batch"', b'"b\\u0061tch"'])
def test_of_two_batches_the_last_one_counts(name: bytes):
    """As it does when it is parsed, however its name is spelt."""
    text = b'{"batch": [{"a": 1}, {}], ' + name + b": [[]]}"

    assert list(sizes_as_sent(text)) == [2]


def test_what_is_no_object_is_measured_too():
    """Each in its place."""
    large = {"pad": " " * EVENT_BYTES}
    items = [1, large, None, True, "x" * EVENT_BYTES, -2.5, []]

    assert oversize_places(json.dumps({"batch": items}).encode(), items) == {1, 4}


def test_nesting_as_deep_as_the_edge_takes_is_measured():
    """As written again where it is too deep to be read a second time."""
    deep = "[" * 1_000 + "]" * 1_000
    text = f'{{"batch": [{deep}, "{"x" * EVENT_BYTES}"]}}'.encode()

    assert oversize_places(text, parse_json(text)["batch"]) == {1}
