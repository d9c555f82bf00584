"""Numbers, text and JSON, as JavaScript writes them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.javascript import MISSING, cut_units, json_text, member, number_of, number_text, text_of, truthy


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000, "123456789012345680000"),
        (12345678901234567890, "12345678901234567000"),
        (0.000001, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (-2.50, "-2.5"),
        (2**53 + 1, "9007199254740992"),
        (5e-324, "5e-324"),
        (10**400, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_a_number_is_written_as_javascript_writes_it(number: float, text: str):
    """ECMA-262, Number::toString; whole numbers beyond 2^53 are doubles."""
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back(number: float):
    """What is written reads as the same double."""
    assert float(number_text(number)) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("", 0), (" 12 ", 12), ("0x1F", 31), ("0b2", math.nan), ("1_0", math.nan), ("1e3", 1000), ("5.", 5),
        ("inf", math.nan),
        (None, 0), (True, 1), ([], 0), (["7"], 7), ({}, math.nan),
    ],
)  # fmt: skip
def test_a_value_becomes_a_number(value: Any, number: float):
    """As `Number(value)` has it."""
    assert number_of(value) == number or math.isnan(number_of(value)) is math.isnan(number) is True


def test_text_of_lists_and_objects():
    """Lists are joined, null in them is nothing; an object says that it is one."""
    assert text_of([1, None, [True, "x"], {}]) == "1,,true,x,[object Object]"
    assert text_of(MISSING) == "undefined"


def test_json_has_whole_numbers_first_and_leaves_out_what_is_missing():
    """Keys that are indexes come first, rising; half a character is escaped."""
    value = {"b": 1.0, "10": MISSING, "2": [MISSING, math.nan], "01": "\ud83d", "é": "\u2028\x7f\x01"}
    assert json_text(value) == '{"2":[null,null],"b":1,"01":"\\ud83d","é":"\u2028\x7f\\u0001"}'


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_reads_back(value: Any):
    """It is JSON that says the same."""
    assert json.loads(json_text(value)) == value


def test_members_of_texts_lists_and_what_is_false():
    """A text has a length in units; below a value that counts as false lies that value."""
    assert (member("a\U0001f600", "length"), member([7], "0"), member(False, "x"), member(True, "x")) == (
        3,
        7,
        False,
        MISSING,
    )
    assert cut_units("\U0001f600x", 1) == "\ude00x"
    assert (truthy([]), truthy(0.0), truthy(math.nan), truthy("0")) == (True, False, False, True)
