"""What came in as JSON can be written as JSON, however deep."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_core.deep_json import _pieces, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(value=VALUES)
def test_the_long_way_writes_what_orjson_writes(value: Any):
    """The same bytes, so that depth is the only difference."""
    assert b"".join(_pieces(value)) == orjson.dumps(value) == write_json(value)


@pytest.mark.parametrize("text", ["[" * 1000 + "]" * 1000, '{"a":' * 1000 + "[1,2]" + "}" * 1000])
def test_what_orjson_reads_can_be_written(text: str):
    """Up to the 1,024 levels that it reads."""
    assert write_json(orjson.loads(text)) == text.encode()
    assert write_json(orjson.loads(text), orjson.OPT_APPEND_NEWLINE).endswith(b"\n")
