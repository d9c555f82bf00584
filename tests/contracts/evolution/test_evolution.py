"""Evolution: every break has a witness that was judged by both versions, and nothing is invented."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.evolution import compare, comparison_text
from contracts.evolution.breaks import Comparison, compare_schemas
from contracts.plans import PlanJudge, plan
from contracts.publishing.schemas import schema

BASE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "plan": {"type": "string", "enum": ["free", "pro", "team"]},
                "age": {"type": "integer", "minimum": 0, "maximum": 150},
                "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            },
            "required": ["plan"],
        }
    },
    "required": ["traits"],
}


def changed(*path: str, **keywords: Any) -> dict[str, Any]:
    """Return the base with keywords of one part replaced; None removes a keyword."""
    version = copy.deepcopy(BASE)
    part = version
    for name in path:
        part = part["properties"][name] if name != "*" else part["items"]
    for keyword, value in keywords.items():
        part[keyword] = value
        if value is None:
            del part[keyword]
    return version


def breaks(comparison: Comparison) -> set[tuple[str, str]]:
    """Return who breaks, and where."""
    return {(found.who, found.where) for found in comparison.breaks}


CHANGES = [
    (("traits", "plan"), {"enum": ["free", "pro"]}, {("producers", "/traits/plan")}),
    (("traits", "plan"), {"enum": ["free", "pro", "team", "x"]}, {("consumers", "/traits/plan")}),
    (("traits", "plan"), {"enum": None}, {("consumers", "/traits/plan")}),
    (("traits", "age"), {"minimum": 18}, {("producers", "/traits/age")}),
    (("traits", "age"), {"maximum": 200}, {("consumers", "/traits/age")}),
    (("traits", "age"), {"type": "number"}, {("consumers", "/traits/age")}),
    (("traits", "code"), {"pattern": "^[A-Z]{2}$"}, {("producers", "/traits/code"), ("consumers", "/traits/code")}),
    (("traits", "code"), {"maxLength": 2}, {("producers", "/traits/code")}),
    (("traits", "tags"), {"maxItems": 2}, {("producers", "/traits/tags")}),
    (("traits", "tags"), {"minItems": 1}, {("producers", "/traits/tags")}),
    (("traits", "tags"), {"uniqueItems": True}, {("producers", "/traits/tags")}),
    (("traits", "tags", "*"), {"type": ["string", "null"]}, {("consumers", "/traits/tags/*")}),
    (("traits",), {"required": ["plan", "age"]}, {("producers", "/traits")}),
    (("traits",), {"required": []}, {("consumers", "/traits")}),
    (("traits",), {"additionalProperties": False}, {("producers", "/traits")}),
    (("traits",), {"maxProperties": 1}, {("producers", "/traits")}),
    ((), {"required": ["traits", "userId"]}, {("producers", "/")}),
    ((), {"title": "only words"}, set()),
]


@pytest.mark.parametrize(("path", "keywords", "expected"), CHANGES)
def test_each_change_breaks_whom_it_breaks(path: tuple[str, ...], keywords: dict[str, Any], expected: set[Any]) -> None:
    """Narrower breaks producers, wider breaks consumers, words break nobody."""
    assert breaks(compare_schemas(BASE, changed(*path, **keywords))) == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4), st.booleans())
def test_a_witness_is_judged_alike_by_an_independent_validator(changes: list[Any], backwards: bool) -> None:
    """Valid under one version, invalid under the other, says jsonschema too."""
    other = copy.deepcopy(BASE)
    for path, keywords, _ in changes:
        part = other
        for name in path:
            part = part["properties"][name] if name != "*" else part["items"]
        part.update({keyword: value for keyword, value in keywords.items() if value is not None})
    old, new = (other, BASE) if backwards else (BASE, other)
    before, after = jsonschema.Draft202012Validator(old), jsonschema.Draft202012Validator(new)

    for found in compare_schemas(old, new).breaks:
        assert before.is_valid(found.witness) is (found.who == "producers")
        assert after.is_valid(found.witness) is (found.who == "consumers")


def test_a_version_compared_with_itself_is_proven_the_same() -> None:
    """Nothing breaks, and it is known that nothing does."""
    comparison = compare_schemas(BASE, copy.deepcopy(BASE))

    assert comparison.breaks == ()
    assert comparison.proven == {"producers": True, "consumers": True}


def test_the_cohort_contract_is_stricter_than_identify() -> None:
    """Every rule it adds breaks producers of plain identifies; its consumers are proven safe."""
    comparison = compare(schema("identify"), schema("cohort-identify"))

    assert {found.who for found in comparison.breaks} == {"producers"}
    assert {"/", "/traits", "/traits/*"} <= {found.where for found in comparison.breaks}
    assert comparison.proven == {"producers": False, "consumers": True}


def rules(*entries: tuple[str, str | None, dict[str, Any], list[str]]) -> dict[str, Any]:
    """Return a plan."""
    made = []
    for kind, key, properties, required in entries:
        part = "traits" if kind == "IDENTIFY" else "properties"
        inner = {"type": "object", "properties": properties, "required": required}
        made.append(
            {"type": kind, "key": key, "version": 1, "jsonSchema": {"type": "object", "properties": {part: inner}}}
        )
    return {"rules": made}


def test_plans_are_compared_event_by_event() -> None:
    """A witness is an event that the one plan keeps whole and the other does not."""
    number, text, flag = {"type": "number"}, {"type": "string"}, {"type": "boolean"}
    old = rules(
        ("TRACK", "Order", {"total": number}, []), ("TRACK", "Gone", {}, []), ("IDENTIFY", None, {"plan": text}, [])
    )
    new = rules(
        ("TRACK", "Order", {"total": {"type": "integer"}, "coupon": text}, ["total"]),
        ("TRACK", "New", {}, []),
        ("IDENTIFY", None, {"Power Users (abc123)": flag}, []),
    )

    comparison = compare(old, new)

    assert breaks(comparison) == {
        ("producers", "TRACK Gone"),
        ("consumers", "TRACK New"),
        ("producers", "TRACK Order /properties"),
        ("producers", "TRACK Order /properties/total"),
        ("consumers", "TRACK Order /properties/coupon"),
        ("producers", "IDENTIFY /traits/plan"),
        ("consumers", "IDENTIFY /traits/Power Users (abc123)"),
    }
    judges = {"producers": PlanJudge(plan(new)), "consumers": PlanJudge(plan(old))}
    for found in comparison.breaks:
        verdict = judges[found.who].judge(found.witness)
        assert verdict.violations or verdict.unplanned or not verdict.is_planned


def test_two_kinds_are_not_compared() -> None:
    """A plan and a schema say nothing about each other."""
    with pytest.raises(BadInput, match="one version is a tracking plan"):
        compare({"rules": []}, BASE)


def test_what_is_no_schema_is_refused() -> None:
    """The error says which version, and why."""
    with pytest.raises(BadInput, match="the new version is not a JSON Schema"):
        compare(BASE, {"type": "nonsense"})


def test_plans_are_read_as_draft_07_without_a_schema_line() -> None:
    """Formats, arrays of schemas and dependencies are assertions in a plan, in both commands alike."""
    old = rules(("TRACK", "Seen", {"mail": {"type": "string"}, "ids": {}, "a": {}, "b": {}}, []))
    new = copy.deepcopy(old)
    properties = new["rules"][0]["jsonSchema"]["properties"]["properties"]
    properties["properties"] |= {"mail": {"type": "string", "format": "email"}, "ids": {"items": [{"type": "string"}]}}
    properties["dependencies"] = {"a": ["b"]}

    comparison = compare(old, new)

    assert breaks(comparison) == {
        ("producers", "TRACK Seen /properties"),
        ("producers", "TRACK Seen /properties/mail"),
        ("producers", "TRACK Seen /properties/ids/0"),
    }
    for found in comparison.breaks:
        assert PlanJudge(plan(old)).judge(found.witness).violations == []
        assert PlanJudge(plan(new)).judge(found.witness).violations != []


@pytest.mark.parametrize(
    ("old", "new", "who"),
    [
        ({"items": [{"type": "string"}]}, {"items": [{"type": "number"}]}, {"producers", "consumers"}),
        ({}, {"dependencies": {"a": ["b"]}}, {"producers"}),
        ({"type": "string"}, {"type": "string", "format": "date"}, {"producers"}),
        ({"prefixItems": [{"format": "date"}]}, {"prefixItems": [{"type": "string", "format": "date"}]}, {"producers"}),
        (True, False, {"producers"}),
    ],
)
def test_a_schema_without_a_draft_is_of_draft_07_unless_it_cannot_be(old: Any, new: Any, who: set[str]) -> None:
    """As the schemas in plans; a word of later drafts says that it is of a later one."""
    assert {found.who for found in compare_schemas(old, new).breaks} == who


def test_a_rule_that_cannot_be_read_hides_no_other() -> None:
    """It is told with its place, and nothing is called proven."""
    old = rules(("TRACK", "A", {"x": {"type": "any"}}, []), ("TRACK", "B", {"y": {"type": "string"}}, []))
    new = rules(("TRACK", "A", {"x": {"type": "string"}}, []), ("TRACK", "B", {"y": {"type": "number"}}, []))

    comparison = compare(old, new)

    assert {found.where for found in comparison.breaks} == {"TRACK B /properties/y"}
    assert len(comparison.skipped) == 1
    assert "/rules/0/jsonSchema/properties/properties/properties/x/type" in comparison.skipped[0]
    assert comparison.proven == {"producers": False, "consumers": False}


def test_a_page_that_is_missing_breaks_nobody() -> None:
    """What stands on the other page is not gone."""
    whole = rules(("TRACK", "A", {}, []), ("TRACK", "B", {}, []))
    page = {"data": {"rules": whole["rules"][:1], "pagination": {"next": "MTA="}}}

    comparison = compare(whole, page)

    assert comparison.breaks == ()
    assert "cursor" in comparison.skipped[0]


ODD = [
    ({"minLength": 3.0}, {"minLength": 4.0}, True),
    ({"maxProperties": 2.0, "minItems": 1.0}, {"maxProperties": 1.0}, True),
    ({"pattern": "^[0-9a-f]{128}$"}, {"pattern": "^[0-9a-f]{64}$"}, True),
    ({"const": {"patternProperties": 5}}, {"const": {"pattern": 7}}, True),
    ({"enum": [{"type": "any", "$ref": 3}]}, {"enum": [{"properties": True}]}, True),
    ({"properties": {"a": True}}, {"properties": {"a": False}}, True),
    ({"items": True, "contains": False}, {"items": False}, True),
    ({"not": {"pattern": "(?i)a"}}, {"not": {}}, False),
    ({"type": ["string"]}, {"type": "string"}, False),
]


@pytest.mark.parametrize(("old", "new", "differ"), ODD)
def test_every_valid_form_is_compared(old: Any, new: Any, differ: bool) -> None:
    """Lengths with a point, many repeats, booleans for schemas, data that look like schemas."""
    versions = [rules(("TRACK", "Seen", {"x": schema}, [])) for schema in (old, new)]

    comparison = compare(*versions)

    assert comparison.skipped == ()
    assert bool(comparison.breaks) >= differ


LARGE: list[tuple[Any, Any]] = [
    ({"minLength": 1}, {"minLength": 10**9}),
    ({"type": "array", "minItems": 10**9}, {"type": "array"}),
    ({"maxItems": 2**53}, {"maxItems": 2**53 - 1}),
    ({"maxProperties": 2**53}, {"minProperties": 10**9}),
    ({"pattern": "^((a+)+)+$"}, {"pattern": "^((((a+)+)+)+)+b$"}),
    ({"required": [f"name{number}" for number in range(20_000)]}, {"type": "object"}),
    (
        {"anyOf": [{"const": number} for number in range(1_000)]},
        {"anyOf": [{"const": -number} for number in range(1_000)]},
    ),
]


@pytest.mark.parametrize(("old", "new"), LARGE)
def test_what_a_search_may_cost_is_bounded(old: Any, new: Any) -> None:
    """Whatever the schema asks for, payloads stay small; what is not found is not called proven."""
    comparison = compare({"$schema": BASE["$schema"], **old}, {"$schema": BASE["$schema"], **new})

    for found in comparison.breaks:
        assert len(json.dumps(found.witness)) < 1_000_000
    for who, is_proven in comparison.proven.items():
        assert is_proven or any(found.who == who for found in comparison.breaks) or "not proven" in shown(comparison)


def shown(comparison: Comparison) -> str:
    """Return the report."""
    return comparison_text(comparison, "old.json", "new.json")


def test_a_version_that_nests_without_end_is_refused() -> None:
    """In words, before anything follows it down."""
    deep: Any = {}
    for _ in range(2_000):
        deep = {"not": deep}

    with pytest.raises(BadInput, match="nests more than"):
        compare(BASE, deep)


def test_references_that_multiply_are_followed_once_on_the_way_down() -> None:
    """A schema that holds itself three times has no end otherwise."""
    tree = {"$schema": BASE["$schema"], "type": "object", "properties": {name: {"$ref": "#"} for name in "abc"}}

    comparison = compare(tree, {**tree, "required": ["a"]})

    assert ("producers", "/") in breaks(comparison)


def test_references_that_unfold_without_end_are_refused() -> None:
    """Ten times ten times ten schemas for one value are looked at by nobody."""
    parts = {f"p{at}": {"allOf": [{"$ref": f"#/definitions/p{at + 1}"}] * 10} for at in range(6)}
    schema = {"definitions": {**parts, "p6": {"minLength": 2}}, "$ref": "#/definitions/p0"}

    with pytest.raises(BadInput, match="unfolds into more than"):
        compare_schemas(schema, {})
    assert (
        "unfold"
        in compare(
            {"rules": [{"type": "TRACK", "key": "A", "jsonSchema": schema}]},
            [{"type": "TRACK", "key": "A", "jsonSchema": {}}],
        ).skipped[0]
    )
