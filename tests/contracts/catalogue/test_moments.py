"""Moments: the epoch, seconds taken for milliseconds, and dates of traits that are none to a machine."""

from __future__ import annotations

import pytest

from contracts import contract

IDENTIFY = {"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}


def found(**fields: object) -> list[tuple[str, str, str]]:
    """Return code, place and words of what is wrong with an identify."""
    return [(seen.rule.code, seen.pointer, seen.found) for seen in contract("event").violations({**IDENTIFY, **fields})]


@pytest.mark.parametrize("field", ["timestamp", "sentAt", "originalTimestamp"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1970-01-01T00:00:00Z", "the epoch itself"),
        ("1970-01-01T01:00:00+01:00", "the epoch itself"),
        ("1970-01-01", "the epoch itself"),
        ("1970-01-21T16:11:24.249Z", "which is 2026-08-09, were milliseconds"),
        ("1970-01-12T13:46:41Z", "which is 2001-"),
        ("1970-03-01T00:00:00Z", ""),
        ("1969-12-31T23:59:59Z", ""),
        ("0001-01-01T00:00:00Z", ""),
    ],
)
def test_a_moment_of_long_ago_is_told_with_what_it_was(field: str, text: str, words: str) -> None:
    """In each of the three fields: the epoch, a number of seconds read as milliseconds, any earlier date."""
    whole = {"timestamp": text, field: text}

    told = {place: said for code, place, said in found(**whole) if code == "H352"}

    assert words in told[f"/{field}"]


@pytest.mark.parametrize("text", ["1971-01-01T00:00:00Z", "2026-11-23T10:00:00Z", "2026-11-23"])
def test_a_moment_since_then_is_fine(text: str) -> None:
    """An import of old events may have old moments."""
    assert [code for code, _, _ in found(timestamp=text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "11/20/2025",
        "20.11.2025",
        "20-11-2025 10:00",
        "2025/11/20",
        "2025.11.20 10:00:00",
        "Thu, 20 Nov 2025 10:00:00 GMT",
        "20 Nov 2025",
        "20-NOV-2025",
        "November 20, 2025",
        "Nov 20th, 2025 at 10:00",
        "Thu Nov 20 2025 10:00:00 GMT+0100 (Central European Standard Time)",
        "Thu Nov 20 10:00:00 2025",
        "2025-11-20 10:00:00 +0000",
        "2025-11-20 10:00:00 UTC",
        "2025-11-20T20:36:48.6527521Z",
        "2025-11-20T10:00:00+01:00[Europe/Berlin]",
        "0000-00-00 00:00:00",
        "2025-13-20T10:00:00Z",
        "2025-11-32",
        "/Date(1763632800000)/",
    ],
)
def test_a_date_that_no_machine_takes_for_one_is_a_note(text: str) -> None:
    """As people write it, and as the usual languages print it when nobody asks for ISO 8601."""
    assert ("H355", "/traits/last_login") in [found[:2] for found in found(traits={"last_login": text})]


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-20T20:36:48.652752Z",
        "2025-11-20T20:36:48Z",
        "2025-11-20",
        "1.2.3",
        "10/12",
        "May I help you 2025",
        "Version 2025.11",
        "+49 30 1234567",
        "192.168.10.2025x",
        "2025",
    ],
)
def test_what_is_a_date_or_no_date_at_all_is_not(text: str) -> None:
    """Versions, numbers and sentences are left alone."""
    assert "H355" not in [code for code, _, _ in found(traits={"last_login": text})]


@pytest.mark.parametrize("word", ["None", "null", "nil", "nan"])
def test_a_word_that_may_be_meant_is_a_note_in_a_property(word: str) -> None:
    """The same in a trait is a warning; what no language has for a word is one in both."""
    track = {"type": "track", "userId": "user-001", "event": "Opened"}

    def severities(event: dict[str, object]) -> list[str]:
        return [str(seen.rule.severity) for seen in contract("event").violations(event)]

    assert severities({**track, "properties": {"referrer": word}}) == ["note"]
    assert severities({**IDENTIFY, "traits": {"referrer": word}}) == ["warning"]
    assert severities({**track, "properties": {"referrer": "undefined"}}) == ["warning"]
