"""What is known of Segment's filters holds without Node: answers of the published package, kept, and its oddities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fql import FilterBreaks, escaped_key, parse
from tests.contracts.fql.twin import twin, without_words

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))["vectors"]
KEY = r"traits.Power\ Users\ \(7abc12de\)"


def identify(value: Any) -> dict[str, Any]:
    """Return the identify of a sync."""
    return {"type": "identify", "userId": "u1", "traits": {"Power Users (7abc12de)": value}}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["query"] or "nothing")
def test_the_package_answered_the_same(vector: dict[str, Any]):
    """Tree, error, text and verdicts, as they were when the vectors were made."""
    assert twin(vector["query"], vector["events"]) == without_words(vector)


@pytest.mark.parametrize(
    ("query", "true", "false"),
    [
        (f"{KEY} = true", True, False),
        (f"{KEY} != true", True, True),
        (f"{KEY} = false", False, True),
        (f"type = 'identify' and {KEY} = true", False, False),
        (f'type = "track" or type = "identify" and {KEY} = true', False, False),
        (f'(type = "track" or type = "identify") and {KEY} = true', True, False),
        ("traits.Power Users (7abc12de) = true", False, False),
        (f"not {KEY} = true", True, False),
    ],
)
def test_what_a_filter_does_with_a_member_and_one_who_left(query: str, true: bool, false: bool):
    """The oddities that bite a cohort."""
    assert (parse(query).matches(identify(True)), parse(query).matches(identify(False))) == (true, false)


@pytest.mark.parametrize("query", ['() and type = "x"', r"traits.\. = true"])
def test_a_filter_that_breaks_says_so(query: str):
    """The package throws at every event; here that is one named exception."""
    with pytest.raises(FilterBreaks):
        parse(query).matches(identify(True))


@given(st.text(st.characters(exclude_characters="[].", exclude_categories=["Cs"]), min_size=1), st.booleans())
def test_an_escaped_key_is_found(key: str, value: bool):
    """Whatever is in it, but for dots and brackets, which no spelling reaches."""
    read = parse(f"traits.{escaped_key(key)} = true")
    assert read.matches({"traits": {key: value}}) is value


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.text(max_size=3)))
def test_no_text_is_too_much(query: str, traits: dict[str, Any]):
    """Any text is a filter, or has an error and matches nothing."""
    read = parse(query)
    try:
        assert not (read.matches({"traits": traits}) and read.error)
    except FilterBreaks:
        assert read.tree is not None
