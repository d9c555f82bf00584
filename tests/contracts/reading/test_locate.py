"""Locating: many pointers into one text are found by going through it once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.explain import pointer
from contracts.reading import Lines, Spans, line_and_column, locate

NAMES = st.sampled_from(["a", "b/", "~c", 'q"', "", "\u00e9", "0"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", 'x\n"{[,:', "\u2028"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def pointers(value: Any, path: tuple[str | int, ...] = ()) -> list[str]:
    """Return the pointers to everything in a value."""
    inner = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [pointer(list(path)), *(each for name, held in inner for each in pointers(held, (*path, name)))]


@given(JSON, st.sampled_from([None, 1]), st.data())
def test_many_pointers_are_found_as_each_alone(document: object, indent: int | None, data: st.DataObject) -> None:
    """In any order, with some that lead nowhere; what leads nowhere is the nearest thing around it."""
    text = json.dumps(document, indent=indent)
    every = pointers(document)
    wanted = [*data.draw(st.lists(st.sampled_from(every), min_size=1)), f"{data.draw(st.sampled_from(every))}/nowhere"]

    spans, lines = Spans(text, wanted), Lines(text)

    for each in wanted:
        assert spans[each] == locate(text, each)
        assert lines.place(spans[each].start) == line_and_column(text, spans[each].start)
    assert spans[wanted[-1]] == locate(text, wanted[-1].rpartition("/")[0])


def test_of_a_name_that_is_there_twice_the_last_counts() -> None:
    """As for whoever reads the document."""
    text = '{"a": {"b": 1}, "c": 2, "a": {"d": 3}}'

    spans = Spans(text, ["/a/b", "/a/d"])

    assert text[spans["/a/d"].start : spans["/a/d"].end] == '"d": 3'
    assert text[spans["/a/b"].start : spans["/a/b"].end] == '"a": {"d": 3}'


@pytest.mark.parametrize("items", [10, 1_000])
def test_no_part_of_a_text_is_gone_through_twice(items: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hundred times as many broken items cost is a hundred times as much."""
    text = json.dumps({"batch": [{"userId": number, "traits": {"x": "y" * 50}} for number in range(items)]})
    stepped_over = 0

    def counted(text: str, start: int) -> int:
        nonlocal stepped_over
        end = value_end(text, start)
        stepped_over += end - start
        return end

    module = Spans.__init__.__globals__
    value_end = module["value_end"]
    monkeypatch.setitem(module, "value_end", counted)
    Spans(text, [f"/batch/{number}/{name}" for number in range(items) for name in ("userId", "traits/x", "traits")])

    assert stepped_over <= len(text)
