"""A definition in words, and the same as the vendor's JSON: what is written is read back as it was."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.definitions import in_words, read_definition, read_words, write_definition
from contracts.definitions.model import (
    Definition,
    Doing,
    Element,
    Filter,
    Held,
    Performed,
    Window,
)
from tests.contracts.definitions import generated
from tests.generating import EXAMPLES

SAID = (
    'performed "Order Completed" at least 2 times in 30 days where tier is gold, '
    'and not performed "Refund Requested" since 2026-01-01'
)


@settings(max_examples=100 * EXAMPLES)
@given(st.integers(0, 2**32), st.sampled_from(generated.ZONES))
def test_what_is_said_is_read_as_the_same_definition(seed: int, zone: str):
    """For any definition, in any zone."""
    definition = generated.definition(Random(seed))

    assert read_words(in_words(definition, zone), zone) == definition


@settings(max_examples=100 * EXAMPLES)
@given(st.integers(0, 2**32))
def test_what_is_written_is_read_as_the_same_definition(seed: int):
    """Every clause has its JSON."""
    definition = generated.definition(Random(seed))

    assert read_definition(write_definition(definition)) == (definition, [])


@given(st.text())
def test_any_name_can_be_said(name: str):
    """Whatever letters it has: a name is quoted when it must be."""
    demand = Filter(name or "x", "=", ("a",))
    definition = Definition(((Element((Performed(Doing(name or "x", (demand,))),)),),))

    assert read_words(in_words(definition)) == definition


def test_a_sentence_is_the_definition_it_says():
    """The example of the documentation, clause by clause."""
    bought = Performed(
        Doing("Order Completed", (Filter("tier", "=", ("gold",)),)), ">=", 2, Window("rolling", value=30)
    )
    refunded = Performed(Doing("Refund Requested"), ">=", 1, Window("since", start=1_767_225_600))

    assert read_words(SAID) == Definition(((Element((bought,)), Element((refunded,), negated=True)),))
    assert in_words(read_words(SAID)) == SAID


@pytest.mark.parametrize(
    ("zone", "second"),
    [("UTC", 1_767_225_600), ("America/Los_Angeles", 1_767_254_400), ("Asia/Kolkata", 1_767_205_800)],
)
def test_a_day_without_a_time_is_that_of_the_zone(zone: str, second: int):
    """1 January begins at another moment in each."""
    definition = read_words("active since 2026-01-01", zone)

    assert definition.clauses()[0].window.start == second  # type: ignore[union-attr]


def test_a_last_day_is_in_the_window_to_its_last_second():
    """As recordings have the ends of absolute times."""
    window = read_words("active from 2026-01-01 to 2026-01-31").clauses()[0].window  # type: ignore[union-attr]

    assert (window.start, window.end) == (1_767_225_600, 1_769_903_999)


def test_unset_is_a_word():
    """`(none)` in JSON."""
    said = "last had gp:plan is (pro, unset) in 90 days, and not ever had gp:plan is set"
    definition = read_words(said)

    assert in_words(definition) == said
    held = definition.clauses()
    assert [each.property.values for each in held if isinstance(each, Held)] == [("pro", "(none)"), ("(none)",)]
