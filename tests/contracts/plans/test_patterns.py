"""Patterns of plans: RE2 says what they are and what they match, as Go's regexp does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.plans import PlanJudge, plan, plan_faults
from contracts.plans.dialect import BadPattern, pattern
from contracts.trait_key import trait_key_format

SPELLING = trait_key_format("amplitude")
TAKEN = [
    *("(?i)^ruby$", "(?s)a.b", "(?m)^b$", "(?U)a+", "(?i:x)y", "\\A[a-f]+\\z", "^\\pL+$", "^\\p{Greek}$", "\\PN"),
    *("[[:digit:]]+", "[[:^space:]]", "(?P<day>[0-9]{2})", "\\x{e9}", "\\Q[x]*\\E", "[\\w-.]", "{{x}}", "x]", "}"),
    *("\\0", "\\141", "^D:\\\\2$", "[(?=)]", "\\(\\?<\\)", "(?:a{10}){100}", "a{,4}", "", "\\\\C", "[\\\\C]"),
]
REFUSED = [
    *("(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?P=n)", "(?>a)", "a++", "(?#c)", "(?x)a", "(?(1)a|b)"),
    *(".{0,1001}", "(a{50}){50}", "a{99999999999}", "\\u0061", "\\u{61}", "\\cB", "\\e", "\\h", "\\C", "\\Z"),
    *("\\p{Uppercase}", "\\p{Lowercase_Letter}", "\\p{Script=Latin}", "(?<word>a)", "(?P<wört>a)", "(", "[z-a]", "[^]"),
]


def track(schema: dict[str, Any], **properties: Any) -> list[str]:
    """Return what a plan says about an event whose property `x` it describes."""
    rule = {"type": "object", "properties": {"properties": {"type": "object", "properties": {"x": schema}}}}
    judge = PlanJudge(plan([{"type": "TRACK", "key": "Seen", "version": 1, "jsonSchema": rule}]))
    event = {"type": "track", "event": "Seen", "userId": "u1", "properties": properties}
    return [found.description for found in judge.judge(event).violations]


@pytest.mark.parametrize("text", TAKEN)
def test_what_go_takes_is_a_pattern(text: str) -> None:
    """Flags, classes by name, quotes and odd brackets are RE2; no fault, and events are judged by it."""
    pattern(text)

    assert track({"pattern": text}, x=1) == []


@pytest.mark.parametrize("text", REFUSED)
def test_what_go_refuses_is_told_with_the_engines_reason(text: str) -> None:
    """P813 and nothing else: the schema around it is fine."""
    schema = {"type": "object", "properties": {"properties": {"properties": {"x": {"pattern": text}}}}}

    (found,) = plan_faults([{"type": "TRACK", "key": "Seen", "version": 1, "jsonSchema": schema}], SPELLING)

    assert found.rule.code == "P813"
    assert found.pointer == "/0/jsonSchema/properties/properties/properties/x/pattern"
    with pytest.raises(BadPattern) as error:
        pattern(text)
    assert str(error.value) in found.found


MATCHES = [
    ("^ab$", "ab\n", False),
    ("^.+$", "a\rb", True),
    ("^.+$", "a\nb", False),
    ("^\\S+$", "a\u00a0b", True),
    ("\\s", "\u2003", False),
    ("\\s", "\v", False),
    ("^\\d+$", "\u0663", False),
    ("^\\w+$", "na\u00efve", False),
    ("(?i)^k$", "\u212a", True),
    ("(?i)^\u00df$", "\u1e9e", True),
    ("\\bx\\b", "\u00e9x", True),
    ("(?m)^b$", "a\nb\nc", True),
    ("^[^a]$", "\n", True),
    ("b", "abc", True),
]


@pytest.mark.parametrize(("text", "value", "holds"), MATCHES)
def test_a_pattern_matches_as_in_go(text: str, value: str, holds: bool) -> None:
    """`$` is the end, classes are ASCII, a dot is anything but a line feed, case folds as Unicode says."""
    assert pattern(text).found_in(value) is holds
    assert track({"pattern": text}, x=value) == ([] if holds else [f"Does not match pattern '{text}'"])


def test_names_are_held_to_patterns_in_the_same_dialect() -> None:
    """`patternProperties` and `propertyNames` too."""
    rule = {
        "properties": {
            "properties": {
                "patternProperties": {"(?i)^price": {"type": "number"}},
                "propertyNames": {"pattern": "^[[:alpha:]_]+\\z"},
            }
        }
    }
    judge = PlanJudge(plan([{"type": "TRACK", "key": "Seen", "version": 1, "jsonSchema": rule}]))

    found = judge.judge({"type": "track", "event": "Seen", "properties": {"Price_eur": "5", "a\n": 1}}).violations

    assert [(one.pointer, one.description) for one in found] == [
        ("/properties/Price_eur", "Invalid type. Expected: number, given: string"),
        ("/properties/a\n", 'Property name of "a\n" does not match'),
        ("/properties", "Does not match pattern '^[[:alpha:]_]+\\z'"),
    ]


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_a_reason(text: str) -> None:
    """Nothing else comes out of the engine."""
    try:
        compiled = pattern(text)
    except BadPattern as error:
        reason = str(error)
    else:
        reason = f"taken: {compiled.found_in(text)}"

    assert reason


def test_matching_takes_no_longer_than_the_text() -> None:
    """A pattern that backtracking engines never get done with is linear here."""
    assert not pattern("^(a+)+$").found_in("a" * 50_000 + "b")
