"""Evolution: every break has a witness that was judged by both versions, and nothing is invented."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.evolution import compare
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
