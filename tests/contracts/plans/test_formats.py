"""Formats of plans: as loose and as strict as Segment's validator is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.plans.draft import read_schema
from contracts.plans.formats import FORMATS
from contracts.plans.looking import refusals

TAKEN: dict[str, list[str]] = {
    "date": ["2024-02-29", "0000-02-29", "2000-02-29"],
    "time": ["08:30:00", "8:30:00Z", "08:30:00.125+02:00", "08:30:00,5Z"],
    "date-time": [
        *("2024-02-29T23:59:59Z", "2024-02-29T8:30:00+05:30", "2024-02-29", "08:30:00", "08:30:00Z", "8:30:00.5"),
        *("2024-02-29T23:59:59.123456789Z", "2024-02-29T23:59:59,5+99:99"),
    ],
    "email": ["bo@ex_ample.org", "Bo <bo@example.org>", '"b o"@x', " <bo@x> ", "bo@x (home)", "team: bo@x;", "bö@é"],
    "idn-email": ["bö@exämple.org"],
    "hostname": ["example.org", "a", "1.2", "a" * 63],
    "ipv4": ["10.0.0.1", "::ffff:10.0.0.1"],
    "ipv6": ["::", "fe80::1", "00001::2", "::ffff:10.0.0.1"],
    "uri": ["https://example.org/a b|c", "https://example.org/?q={x}", "urn:x", "mailto:bo@x", "http:", "x://%C3%A9/"],
    "uri-reference": ["", "/a/b", "a?b#c", "//x/y", "*"],
    "iri": ["https://é.org/ü"],
    "iri-reference": ["ü"],
    "uri-template": ["https://x/{id}/{a{b}", "}"],
    "uuid": ["00000000-0000-0000-0000-00000000000a"],
    "regex": ["", "(?i)a", "[[:alpha:]]"],
    "json-pointer": ["", "/a~1b", "/"],
    "relative-json-pointer": ["0", "1/a", "2#"],
}
REFUSED: dict[str, list[str]] = {
    "date": ["2023-02-29", "1900-02-29", "2024-2-1", "2024-02-01\n", "\u0662024-01-01"],
    "time": ["24:00:00Z", "23:59:60Z", "08:30Z", "08:30:00.5", "8:30:00", "08:30:00z"],
    "date-time": ["2016-12-31T23:59:60Z", "2024-02-29T08:30:00", "2024-02-29 08:30:00Z", "2023-02-29T08:30:00Z", ""],
    "email": ["bo", "bo@", "@x", "b..o@x", "bo@x.", '""@x', "bo@x, di@x", "Bo bo@x", "bo@[10.0.0.1]", "bo @x", "g:;"],
    "idn-email": ["bö"],
    "hostname": ["my_host", "-a", "a.", "a" * 64, "é.org", ".".join(["a" * 63] * 4) + "a"],
    "ipv4": ["010.0.0.1", "10.0.0", "10.0.0.256", "::1"],
    "ipv6": ["fe80::1%eth0", "1::2::3", "10.0.0.1", "12345::"],
    "uri": [
        "example.org",
        "https://x\\y",
        "https://x/%zz",
        "https://x:y/",
        "https://[::1",
        "x://a b/",
        "h\tp://x",
        ":x",
    ],
    "uri-reference": ["\\", "%", "1:b", "//x y"],
    "iri": ["é"],
    "iri-reference": ["\\"],
    "uri-template": ["https://x/{id", "/{x", "/%7Bx"],
    "uuid": ["00000000-0000-0000-0000-00000000000A", "no", "00000000-0000-0000-0000-00000000000a\n"],
    "regex": ["(?=a)", "["],
    "json-pointer": ["a", "/~2", "#/a"],
    "relative-json-pointer": ["", "01", "-1", "0#x"],
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the table as pairs."""
    return [(name, text) for name, texts in table.items() for text in texts]


def said(schema: Any, value: Any) -> list[str]:
    """Return the keywords that refuse a value."""
    return [found.keyword for found in refusals(read_schema(schema)[0], value)]


def test_every_format_is_tried_both_ways() -> None:
    """The tables above have a line for each."""
    assert TAKEN.keys() == REFUSED.keys() == FORMATS.keys()


@pytest.mark.parametrize(("name", "text"), cases(TAKEN))
def test_what_segment_takes_for_a_format_holds(name: str, text: str) -> None:
    """Layouts, spaces and names that a strict reader refuses."""
    assert said({"format": name}, text) == []


@pytest.mark.parametrize(("name", "text"), cases(REFUSED))
def test_what_segment_refuses_for_a_format_does_not_hold(name: str, text: str) -> None:
    """Leap seconds, capital UUIDs, leading zeros, half an address."""
    assert said({"format": name}, text) == ["format"]


def test_a_number_is_never_of_a_known_format() -> None:
    """Segment's validator asks its formats about numbers too, and they say no; other types are not asked."""
    assert said({"format": "date"}, 20240229) == ["format"]
    assert said({"format": "date"}, None) == said({"format": "date"}, [1]) == said({"format": "date"}, True) == []
    assert said({"format": "duration"}, "no duration") == said({"format": "duration"}, 5) == []


def test_encodings_and_media_types_only_describe() -> None:
    """Segment's validator does not know the words."""
    assert said({"contentEncoding": "base64", "contentMediaType": "application/json"}, "{no") == []


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=40))
def test_every_text_is_of_a_format_or_not(name: str, text: str) -> None:
    """The readers end with a verdict, whatever they read."""
    assert FORMATS[name](text) in (True, False)
