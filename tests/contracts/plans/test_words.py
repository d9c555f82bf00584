"""Words of violations: those of the library that Segment's published messages are known from, complete."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.plans import ENFORCEMENTS, PlanJudge, plan, plan_violations
from contracts.trait_key import trait_key_format

X = "properties.x"


def violations(schema: Any, properties: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return type, field and description of what a plan has against properties."""
    found = judge(schema).judge({"type": "track", "event": "Seen", "properties": properties}).violations
    return [(one.type, one.field, one.description) for one in found]


def judge(schema: Any, enforcement: str = "allow") -> PlanJudge:
    """Return a judge of properties by a schema."""
    rule = {"type": "object", "properties": {"properties": schema}}
    return PlanJudge(
        plan([{"type": "TRACK", "key": "Seen", "version": 1, "jsonSchema": rule}]), ENFORCEMENTS[enforcement]
    )


TYPE = "Invalid Type"
VALUES: list[tuple[Any, Any, list[tuple[str, str]]]] = [
    ({"enum": ["red", 1, None]}, "blue", [("Enum", f'{X} must be one of the following: "red", 1, null')]),
    ({"enum": [1.0, 1e21]}, 2, [("Enum", f"{X} must be one of the following: 1, 1e+21")]),
    (
        {"enum": [{"b": "<é>", "a": [True]}]},
        2,
        [("Enum", X + ' must be one of the following: {"a":[true],"b":"\\u003cé\\u003e"}')],
    ),
    ({"const": "red"}, "blue", [("Const", f'{X} does not match: "red"')]),
    ({"pattern": "^r$"}, "b", [("Does Not Match Pattern", "Does not match pattern '^r$'")]),
    ({"format": "uuid"}, "b", [("Does Not Match Format", "Does not match format 'uuid'")]),
    ({"minLength": 3}, "é", [("String Gte", "String length must be greater than or equal to 3")]),
    ({"maxLength": 1}, "ab", [("String Lte", "String length must be less than or equal to 1")]),
    ({"minimum": 0.5}, 0, [("Number Gte", "Must be greater than or equal to 0.5")]),
    ({"maximum": 3}, 4, [("Number Lte", "Must be less than or equal to 3")]),
    ({"maximum": 2000000}, 1e9, [("Number Lte", "Must be less than or equal to 2e+06")]),
    ({"maximum": 123456}, 1e9, [("Number Lte", "Must be less than or equal to 123456")]),
    ({"exclusiveMinimum": 0.00001}, 0, [("Number Gt", "Must be greater than 1e-05")]),
    ({"exclusiveMaximum": -1}, 0, [("Number Lt", "Must be less than -1")]),
    ({"multipleOf": 0.05}, 0.07, [("Multiple Of", "Must be a multiple of 0.05")]),
    ({"type": ["number", "null"]}, "4", [(TYPE, "Invalid type. Expected: [number,null], given: string")]),
    ({"type": "string"}, 4.0, [(TYPE, "Invalid type. Expected: string, given: integer")]),
    ({"type": "integer"}, 4.5, [(TYPE, "Invalid type. Expected: integer, given: number")]),
    ({"type": "object"}, [], [(TYPE, "Invalid type. Expected: object, given: array")]),
    ({"minItems": 1}, [], [("Array Min Items", "Array must have at least 1 items")]),
    ({"maxItems": 0}, [1], [("Array Max Items", "Array must have at most 0 items")]),
    ({"uniqueItems": True}, ["a", 2, 2.0], [("Unique", "array items[1,2] must be unique")]),
    (
        {"items": [{}], "additionalItems": False},
        [1, 2],
        [("Array No Additional Items", "No additional items allowed on array")],
    ),
    (False, 1, [("False", "False always fails validation")]),
    ({"not": {"type": "null"}}, None, [("Number Not", "Must not validate the schema (not)")]),
    (
        {"allOf": [{"minLength": 3}, {"pattern": "b"}]},
        "a",
        [
            ("String Gte", "String length must be greater than or equal to 3"),
            ("Does Not Match Pattern", "Does not match pattern 'b'"),
            ("Number All Of", "Must validate all the schemas (allOf)"),
        ],
    ),
    (
        {"anyOf": [{"type": "boolean"}, {"type": "string", "minLength": 2, "pattern": "a"}]},
        "a",
        [
            ("Number Any Of", "Must validate at least one schema (anyOf)"),
            ("String Gte", "String length must be greater than or equal to 2"),
        ],
    ),
    (
        {"oneOf": [{"type": "string"}, {"minLength": 1}]},
        "a",
        [("Number One Of", "Must validate one and only one schema (oneOf)")],
    ),
    (
        {"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 1}},
        "ab",
        [
            ("Condition Then", 'Must validate "then" as "if" was valid'),
            ("String Lte", "String length must be less than or equal to 1"),
        ],
    ),
    (
        {"if": {"type": "string"}, "else": {"minimum": 1}},
        0,
        [
            ("Condition Else", 'Must validate "else" as "if" was not valid'),
            ("Number Gte", "Must be greater than or equal to 1"),
        ],
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), VALUES)
def test_each_keyword_has_its_words(schema: Any, value: Any, expected: list[tuple[str, str]]) -> None:
    """Outer and inner violations, in the library's order, with its spelling of values."""
    found = violations({"properties": {"x": schema}}, {"x": value})

    assert [(title, said) for title, _, said in found] == expected
    assert {field for _, field, _ in found} == {X}


OBJECTS: list[tuple[Any, dict[str, Any], list[tuple[str, str, str]]]] = [
    ({"required": ["x"]}, {}, [("Required", X, f"{X} is required")]),
    (
        {"additionalProperties": False, "properties": {"a": {}}},
        {"b": 1, "a": 1, "c": 2},
        [
            ("Additional Property Not Allowed", "properties", "Additional property b is not allowed"),
            ("Additional Property Not Allowed", "properties", "Additional property c is not allowed"),
        ],
    ),
    (
        {"propertyNames": {"maxLength": 1}},
        {"ab": 1},
        [
            ("Invalid Property Name", "properties", 'Property name of "ab" does not match'),
            ("String Lte", "properties", "String length must be less than or equal to 1"),
        ],
    ),
    (
        {"dependencies": {"a": ["b", "c"]}},
        {"a": 1, "b": 1},
        [("Missing Dependency", "properties", "Has a dependency on c")],
    ),
    ({"minProperties": 1}, {}, [("Array Min Properties", "properties", "Must have at least 1 properties")]),
    (
        {"maxProperties": 1},
        {"a": 1, "b": 1},
        [("Array Max Properties", "properties", "Must have at most 1 properties")],
    ),
    (
        {"properties": {"x": {"contains": {"type": "string"}}}},
        {"x": [1]},
        [
            ("Contains", X, "At least one of the items must match"),
            (TYPE, f"{X}.0", "Invalid type. Expected: string, given: integer"),
        ],
    ),
]


@pytest.mark.parametrize(("schema", "properties", "expected"), OBJECTS)
def test_what_is_said_of_names_says_them(schema: Any, properties: Any, expected: list[tuple[str, str, str]]) -> None:
    """One violation for each name, with the name in it."""
    assert violations(schema, properties) == expected


def test_a_name_that_violates_is_named_where_it_stands_and_omitted() -> None:
    """The pointer leads to the member, and what omits violations takes it away."""
    extra = judge({"properties": {"a": {}}, "additionalProperties": False}, "omit")
    event = {"type": "track", "event": "Seen", "userId": "u1", "properties": {"a": 1, "b": 2}}

    verdict = extra.judge(event)
    found = list(plan_violations(extra, event, trait_key_format("amplitude")))

    assert [one.pointer for one in verdict.violations] == ["/properties/b"]
    assert verdict.delivered is not None
    assert verdict.delivered["properties"] == {"a": 1}
    assert ("P807", "/properties/b") in [(one.rule.code, one.pointer) for one in found]
