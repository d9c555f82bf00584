"""A row for any trait and value: the request that would be sent, or a word that nobody knows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downstream.table import UnknownDestinationName, Unmeasured, layer_of, row_named, taken_apart
from tests.generating import EXAMPLES

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
VALUES = st.booleans() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.integers(-(2**53), 2**53)


def _body(slug: str, key: str, value: object) -> Any:
    request = row_named(slug).sent(key, value)
    assert request is not None
    text = request.body.decode()
    layer = layer_of(text, request.headers.get("content-type", ""), request.url)
    assert layer is not None
    return taken_apart(layer, text)


@settings(max_examples=50 * EXAMPLES)
@given(key=KEYS, value=VALUES)
def test_name_and_value_stand_where_the_row_says(key: str, value: object) -> None:
    """Plain JSON, JSON in a form, text for a boolean, a name without what is no letter."""
    as_text = value if isinstance(value, str) else json.dumps(value)

    assert _body("braze", key, value)["attributes"][0][key] == value or key in ("external_id", "_update_existing_only")
    assert json.loads(_body("amplitude", key, value)["identification"])["user_properties"] == {key: value}
    assert _body("heap", key, value)["properties"] == {key: as_text}
    kept = "".join(letter for letter in key if letter.isascii() and (letter.isalnum() or letter == "_"))
    assert _body("fullstory", key, value)["properties"] == {kept: value}


def test_a_form_stays_a_form() -> None:
    """What is text within a form is written as the form has it."""
    request = row_named("mixpanel").sent("a & b=c (x)", value=False)

    assert request is not None
    fields = parse_qs(request.body.decode())
    assert '"a & b=c (x)":false' in fields["data"][0]


def test_what_was_not_measured_is_not_guessed() -> None:
    """A list as a value has no rule."""
    with pytest.raises(Unmeasured, match="a list was not measured"):
        row_named("braze").sent("k", [1])


def test_a_destination_is_found_by_both_its_names() -> None:
    """What people type, and what Segment shows."""
    assert row_named("Actions Amplitude").slug == row_named("amplitude").slug == row_named("AMPLITUDE").slug
    with pytest.raises(UnknownDestinationName, match="did you mean 'mixpanel'"):
        row_named("mixpanle")
