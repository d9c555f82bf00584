"""Strict JSON: what it refuses, and where it says the fault is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import MalformedJSON
from contracts.reading import parse_json
from contracts.reading.strict_json import duplicate_key

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_writes_is_read(value: object) -> None:
    """Everything the standard library writes without NaN is JSON, and has no repeated keys."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    try:
        parsed = parse_json(text)
    except MalformedJSON as error:
        assert error.code in {"J007", "J008"}  # a lone surrogate is no character  # noqa: PT017
    else:
        assert parsed == value
        assert duplicate_key(text, parsed) is None


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    """Nothing but `MalformedJSON` comes out, and its place lies in the text."""
    try:
        parse_json(data)
    except MalformedJSON as error:
        assert 1 <= error.line <= data.count(b"\n") + 1  # noqa: PT017
        assert 1 <= error.column <= len(data) + 1  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b'{"a":NaN}', "J002", 1, 6),
        (b'{"a":-Infinity}', "J002", 1, 7),
        (b'{"a":1e999}', "J002", 1, 6),
        (b"\xef\xbb\xbf{}", "J003", 1, 1),
        (b'{"a":1,\n "b":', "J004", 2, 6),
        (b'{"a":"caf\xe9"}', "J007", 1, 10),
        (b'{"a":"\\ud800"}', "J008", 1, 7),
        (b'{"a":[1,]}', "J009", 1, 8),
        (b"[,1]", "J009", 1, 2),
        (b'{"a":1}\x00\x00', "J010", 1, 8),
        (b'{"a":1}{"a":2}', "J011", 1, 8),
        (b"  \n", "J012", 1, 1),
        (b"{'a':1}", "J014", 1, 2),
        (b'{"a":None}', "J014", 1, 6),
        (b'{"a" 1}', "J001", 1, 6),
        ('{"é":é}'.encode(), "J001", 1, 6),
        (b"[" * 2000 + b"]" * 2000, "J006", 1, 1026),
    ],
)
def test_a_fault_has_its_reason_and_its_place(data: bytes, code: str, line: int, column: int) -> None:
    """Line and column count from 1, in characters."""
    with pytest.raises(MalformedJSON) as caught:
        parse_json(data)

    assert (caught.value.code, caught.value.line, caught.value.column) == (code, line, column)


@pytest.mark.parametrize(
    ("data", "column"),
    [
        (b'{"a":1,"a":2}', 8),
        (b'{"a":{"b":1,"b":2}}', 13),
        (b'{"a" :1, "a" :2}', 10),
        (b'{"a":1,"\\u0061":2}', 8),
        (b'{"x":"\\":","a":1,"a":2}', 18),
        (b'[{"a":1},{"a":1,"a":1}]', 17),
        (b'{"a\\"\\u003a":1,"b":1,"b":2}', 22),
    ],
)
def test_a_repeated_key_is_found_where_it_stands_again(data: bytes, column: int) -> None:
    """However it is spaced or escaped."""
    fault = duplicate_key(data, parse_json(data))

    assert fault is not None
    assert (fault.code, fault.column) == ("J005", column)


@pytest.mark.parametrize(
    "data", [b'{"a":{"a":1}}', b'[{"a":1},{"a":1}]', b'{"a":"\\"a\\":"}', b'{"a":"a\\u0022:"}', b'{"a":["a","a"]}']
)
def test_the_same_key_in_different_objects_is_fine(data: bytes) -> None:
    """Only one object must not hold it twice; strings that look like keys do not count."""
    assert duplicate_key(data, parse_json(data)) is None
