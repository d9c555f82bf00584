"""A definition in words is read strictly: what does not fit is shown where it stands, with what was expected."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.definitions import NotUnderstood, read_words

WRONG = [
    ("performed Order at least 2 tmes in 30 days", "tmes", "did you mean 'times'?"),
    ("performed Order in 30 dais", "dais", "did you mean 'days'?"),
    ("preformed Order", "preformed", "did you mean 'performed'?"),
    ('performed "Order', '"Order', "a quoted text without its end"),
    (
        "performed x in 30 days and performed y",
        "and performed y",
        "expected 'shifted back', 'where', ',', ';', the end",
    ),
    ("performed x where tier is", "", "a value"),
    ("performed", "", "an event's name"),
    ("performed x where amount at least much", "much", "no number"),
    ("performed x in 0 days", "0", "expected from 1 to 10,000"),
    ("performed x in 99999 days", "99999", "expected from 1 to 10,000"),
    ("performed x in 7 minutes", "7", "a multiple of 5"),
    ("performed x in each 8 days of 7 days", "8", "expected from 1 to the days of the window"),
    ("performed x with sum of amount at least 3 in each 7 days of 28 days", "7 days of", "periods count events"),
    ("active since 2026-02-30", "2026-02-30", "is no date"),
    ("active since 1960-01-01", "1960-01-01", "before 1970"),
    ("performed where where x is y", "where where", "an event's name"),
    ("active in 7 days; active in 8 days", "active in 8", "expected 'or'"),
    ("active in 7 days!", "!", "no part of a definition"),
    ("", "", "expected 'not', '('"),
]


@pytest.mark.parametrize(("said", "at", "told"), WRONG)
def test_the_word_is_shown_with_what_was_expected(said: str, at: str, told: str):
    """By its line and column, and with a picture."""
    with pytest.raises(NotUnderstood) as raised:
        read_words(said)

    assert said[raised.value.start :].startswith(at)
    assert told in str(raised.value)


def test_a_place_on_a_later_line_is_counted_from_it():
    """Definitions in files are broken into lines."""
    with pytest.raises(NotUnderstood) as raised:
        read_words("performed x in 30 days,\nand not performd y")

    assert (raised.value.line, raised.value.column) == (2, 9)
    assert str(raised.value).splitlines()[1:] == ["and not performd y", "        ^^^^^^^^"]


@given(st.text(alphabet='performed not in 30 days where is "x" , ; ( ) at least', max_size=60))
def test_anything_is_read_or_refused_in_words(said: str):
    """Never with another error than ours."""
    with suppress(NotUnderstood):
        assert read_words(said).groups


def test_a_sentence_of_a_million_letters_is_refused_at_once():
    """Nobody writes one."""
    with pytest.raises(NotUnderstood, match="1,000,000 letters"):
        read_words("x" * 1_000_000)
