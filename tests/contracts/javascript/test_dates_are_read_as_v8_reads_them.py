"""Dates in text: ISO 8601, and what people and libraries write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.javascript import date_ms

NOON = 1793534400000


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01T12:00:00.000Z",
        "2026-11-01T14:00:00+02:00",
        "2026-11-01T12:00",
        "2026-11-01 12:00:00 UTC",
        "Sun, 01 Nov 2026 12:00:00 GMT",
        "Sun Nov 01 2026 13:00:00 GMT+0100 (Central European Standard Time)",
        "11/1/2026 12:00",
        "1 Nov 2026 12:00 PM",
    ],
)
def test_forms_of_one_moment(text: str):
    """Each is noon of 1 November 2026 in UTC."""
    assert date_ms(text) == NOON


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-01T25:00:00Z", "2026-11-01T12", "12:00"])
def test_what_is_no_date(text: str):
    """V8 says Invalid Date."""
    assert date_ms(text) is None


@given(st.text())
def test_any_text_is_a_date_or_none(text: str):
    """Nothing is raised."""
    assert date_ms(text) is None or isinstance(date_ms(text), int)
