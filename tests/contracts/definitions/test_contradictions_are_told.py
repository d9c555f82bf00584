"""A definition that nobody can meet is computed like any other, and told of: an empty cohort says nothing of why."""

from __future__ import annotations

import pytest

from contracts.definitions import contradictions, read_words

AGAINST_ITSELF = [
    ("performed x exactly 0 times in 7 days", "operator_value", "nobody's"),
    ("performed x fewer than 1 time", "operator_value", "nobody's"),
    ("performed x at most 0 times", "operator_value", "nobody's"),
    ("performed x exactly 2.5 times", "operator_value", "nobody's"),
    ("active from 2026-02-01 to 2026-01-01", "time_value", "ends before it begins"),
    ("performed x where tier is gold and tier is silver", "event_props", "no single value of 'tier'"),
    ("performed x where tier is gold and tier is not gold", "event_props", "no single value of 'tier'"),
    ("performed x where amount more than 5 and amount less than 3", "event_props", "above 5 and below 3"),
    ("active in 7 days, and not active in 7 days", "orClauses[0][0]", "excludes"),
    ("performed x at least 5 times in 7 days, and performed x at most 2 times in 7 days", "orClauses[0]", "0 and 1"),
]
FINE = [
    "performed x at least 1 time",
    "performed x at most 1 time",
    "performed x at least 2 times in 7 days, and performed x at most 5 times in 7 days",
    "performed x at least 5 times in 7 days, and performed x at most 2 times in 3 days",
    "active in 8 days, and not active in 7 days",
    "performed x where amount at least 5 and amount at most 5",
    "performed x where tier is (gold, silver) and tier is not gold",
]


@pytest.mark.parametrize(("said", "path", "words"), AGAINST_ITSELF)
def test_what_nobody_can_meet_is_told(said: str, path: str, words: str):
    """With the place, and why."""
    found = contradictions(read_words(said))

    assert len(found) == 1, found
    assert found[0].path.endswith(path)
    assert words in found[0].words


@pytest.mark.parametrize("said", FINE)
def test_what_somebody_can_meet_is_not(said: str):
    """Ranges that meet, windows that differ."""
    assert contradictions(read_words(said)) == []
