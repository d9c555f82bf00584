"""Schemas of plans: read as draft-07, every fault at its place, judged as an independent validator judges."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ContractsError
from contracts.evolution import compare, comparison_text
from contracts.plans.draft import DEEPEST, read_schema
from contracts.plans.formats import FORMATS
from contracts.plans.gate import gate
from contracts.plans.looking import refusals
from contracts.plans.spelling import json_text
from tests.generating import EXAMPLES

NAMES = st.sampled_from(("a", "b", "Sku", "x-y"))
NUMBERS = st.sampled_from((0, 1, -1, 2, 1.0, 1.5, 1e9, 0.001, 100, 123456.5))
TEXTS = st.sampled_from(("", "a", "ab", "Sku", "é", "a\nb", "2024-02-29", "bo@x.org", "10.0.0.1", "https://x/y z"))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
PATTERNS = st.sampled_from(("^a", "[b-y]", "^[a-z]+", "S", "x-y|a"))
TYPES = st.sampled_from(("array", "boolean", "integer", "null", "number", "object", "string"))


@st.composite
def keywords(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw a schema of a few keywords, whose parts are drawn from `inner`."""
    parts = st.lists(inner, min_size=1, max_size=3)
    lists_of_names = st.lists(NAMES, max_size=2, unique=True)
    fields: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3, unique_by=json_text),
        "const": VALUES,
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBERS),
        "multipleOf": st.sampled_from((1, 2, 0.5)),
        **dict.fromkeys(("minLength", "minItems", "minProperties"), st.integers(0, 2)),
        **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), st.integers(2, 4)),
        "pattern": PATTERNS,
        "format": st.sampled_from((*sorted(FORMATS), "duration", "nonsense")),
        "uniqueItems": st.booleans(),
        "items": inner | parts,
        "required": lists_of_names,
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "dependencies": st.dictionaries(NAMES, lists_of_names | inner, max_size=2),
        **dict.fromkeys(("additionalItems", "additionalProperties", "propertyNames", "contains"), inner),
        **dict.fromkeys(("not", "if", "then", "else"), inner),
        **dict.fromkeys(("anyOf", "oneOf", "allOf"), parts),
        "labels": st.just({"enum": 5, "pattern": "(?!"}),
        "contentEncoding": st.just("base64"),
        "default": VALUES,
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True))
    schema = {name: draw(fields[name]) for name in chosen}
    if not isinstance(schema.get("items"), list):
        schema.pop("additionalItems", None)  # says nothing then
    return schema


SCHEMAS = st.recursive(st.booleans() | keywords(st.booleans()), keywords, max_leaves=4)


def reference(schema: Any) -> jsonschema.Draft7Validator:
    """Return jsonschema with the formats of plans; everything else is its own."""
    checker = jsonschema.FormatChecker(formats=())
    for name, holds in FORMATS.items():
        checker.checks(name)(lambda value, holds=holds: _of_format(value, holds))
    return jsonschema.Draft7Validator(schema, format_checker=checker)


def _of_format(value: Any, holds: Any) -> bool:
    if isinstance(value, str):
        return bool(holds(value))
    return isinstance(value, bool) or not isinstance(value, int | float)


@settings(max_examples=400 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=4))
def test_plans_are_judged_as_an_independent_validator_judges(schema: Any, values: list[Any]) -> None:
    """jsonschema and the close look agree on every value, and so does the gate before it."""
    node, faults = read_schema(schema)
    assert faults == ()
    judge, quick = reference(schema), gate(schema)

    for value in values:
        taken = refusals(node, value) == []
        assert taken is judge.is_valid(value)
        assert quick is None or quick(value) is taken


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    """Take a schema and put something else in places of it."""
    schema = draw(keywords(SCHEMAS))
    for _ in range(draw(st.integers(1, 3))):
        spot: Any = schema
        while isinstance(spot, dict | list) and spot:
            key = draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else list(range(len(spot)))))
            if draw(st.booleans()) or not isinstance(spot[key], dict | list):
                spot[key] = draw(ANY_JSON | st.sampled_from((3.0, "any", ["any"], [], {}, "(?!", 5, {"$ref": "#"})))
                break
            spot = spot[key]
    return json.loads(json.dumps(schema))


@settings(max_examples=400 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutations(), VALUES)
def test_no_schema_is_too_odd_to_be_read(schema: Any, value: Any) -> None:
    """Faults have a place that exists, and the rest still judges."""
    node, faults = read_schema(schema)

    for fault in faults:
        spot = schema
        for part in fault.path:
            spot = spot[part]
        assert fault.found
        assert fault.expected
    assert isinstance(refusals(node, value), list)


@settings(max_examples=100 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(keywords(SCHEMAS), mutations(), st.booleans())
def test_no_two_schemas_are_too_odd_to_be_compared(old: Any, new: Any, in_plans: bool) -> None:
    """As rules of plans or alone: breaks, or words that say what is wrong with which version."""
    if in_plans:
        old, new = ([{"type": "TRACK", "key": "A", "jsonSchema": schema}] for schema in (old, new))
    try:
        said = comparison_text(compare(old, new), "old.json", "new.json")
    except ContractsError as error:
        said = str(error)

    assert said


FAULTS: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"type": "any"}, ("type",), "leave `type` out"),
    ({"type": ["string", "decimal"]}, ("type",), "array, boolean"),
    ({"type": []}, ("type",), "array, boolean"),
    ({"type": ["null", "null"]}, ("type",), "each type once"),
    ({"enum": ["x", "y", "x"]}, ("enum",), "each value once"),
    ({"enum": [1, 1.0]}, ("enum",), "each value once"),
    ({"enum": []}, ("enum",), "one value at least"),
    ({"minLength": 2.0}, ("minLength",), "2 in digits only"),
    ({"minItems": -1}, ("minItems",), "an integer, 0 or more"),
    ({"minLength": 3, "maxLength": 2}, ("minLength",), "at most 2"),
    ({"minimum": "1"}, ("minimum",), "a number"),
    ({"exclusiveMaximum": True}, ("exclusiveMaximum",), "a number"),
    ({"multipleOf": 0}, ("multipleOf",), "above 0"),
    ({"required": True}, ("required",), "an array of names"),
    ({"required": ["a", "a"]}, ("required",), "each name once"),
    ({"properties": True}, ("properties",), "a schema for each name"),
    ({"properties": {"a": None}}, ("properties", "a"), "a schema"),
    ({"patternProperties": 5}, ("patternProperties",), "a schema for each name"),
    ({"patternProperties": {"(?!a)": {}}}, ("patternProperties", "(?!a)"), "RE2"),
    ({"items": [1]}, ("items", 0), "a schema"),
    ({"allOf": []}, ("allOf",), "one schema at least"),
    ({"anyOf": {}}, ("anyOf",), "one schema at least"),
    ({"description": None}, ("description",), "a string"),
    ({"uniqueItems": "yes"}, ("uniqueItems",), "true or false"),
    ({"dependencies": {"a": 1}}, ("dependencies", "a"), "a schema"),
    ({"$ref": "#/definitions/none"}, ("$ref",), "nothing is fetched"),
    ({"$ref": "https://example.com/schema.json"}, ("$ref",), "nothing is fetched"),
    ({"definitions": {"x": {"allOf": [{"$ref": "#/definitions/x"}]}}, "$ref": "#/definitions/x"}, (), "end somewhere"),
]


@pytest.mark.parametrize(("schema", "path", "expected"), FAULTS)
def test_a_fault_is_told_at_its_place(schema: dict[str, Any], path: tuple[str | int, ...], expected: str) -> None:
    """With what would be right."""
    (fault,) = read_schema(schema)[1]

    assert fault.path == path
    assert expected in fault.expected


@pytest.mark.parametrize("keyword", ["enum", "const", "default", "examples"])
def test_data_that_looks_like_a_schema_is_data(keyword: str) -> None:
    """What stands in `enum`, `const` and their like is compared, never read."""
    data = {"patternProperties": 5, "$ref": 7, "pattern": "(?!", "type": "any", "$id": 3}
    node, faults = read_schema({"properties": {"x": {keyword: [data] if keyword in ("enum", "examples") else data}}})

    assert faults == ()
    assert refusals(node, {"x": data}) == []


def test_a_fault_hides_nothing_else() -> None:
    """The keyword with the fault is left out, the rest of the schema counts."""
    node, faults = read_schema(
        {"properties": {"a": {"type": "any"}, "b": {"type": "string", "pattern": "(?!x)"}}, "required": ["b"]}
    )

    assert len(faults) == 2
    assert [found.keyword for found in refusals(node, {"a": 1, "b": 5})] == ["type"]
    assert [found.keyword for found in refusals(node, {})] == ["required"]


@pytest.mark.parametrize(
    "around", [lambda bad: {"not": bad}, lambda bad: {"oneOf": [bad, {}]}, lambda bad: {"if": bad, "then": False}]
)
def test_a_fault_turns_no_verdict_round(around: Any) -> None:
    """Under `not`, `oneOf` and `if` a part that lost a keyword would refuse what nobody refuses."""
    node, faults = read_schema(around({"pattern": "(?!x)"}))

    assert len(faults) == 1
    assert refusals(node, "y") == []


def test_references_are_followed_inside_the_schema() -> None:
    """By place, by name, and round in circles as long as the value goes on."""
    schema = {
        "$id": "https://example.com/root.json",
        "definitions": {
            "tree": {"type": "object", "properties": {"left": {"$ref": "#/definitions/tree"}}},
            "named": {"$id": "name.json", "type": "string"},
            "a/b": {"type": "integer"},
        },
        "properties": {
            "tree": {"$ref": "#/definitions/tree", "type": "string"},
            "name": {"$ref": "name.json"},
            "number": {"$ref": "#/definitions/a~1b"},
        },
    }
    node, faults = read_schema(schema)

    found = refusals(node, {"tree": {"left": {"left": 1}}, "name": 1, "number": "1"})

    assert faults == ()
    assert [(one.path, one.keyword) for one in found] == [
        (("tree", "left", "left"), "type"),
        (("name",), "type"),
        (("number",), "type"),
    ]


def test_depth_and_work_have_an_end_that_is_told() -> None:
    """Neither a deep schema, nor a deep event, nor alternatives without end stop the lab."""
    deep: Any = {}
    for _ in range(DEEPEST + 50):
        deep = {"properties": {"a": deep}}
    assert [fault.expected for fault in read_schema(deep)[1]] == ["a schema that nests less"]

    loop = read_schema({"properties": {"a": {"$ref": "#"}}})[0]
    event: Any = {}
    for _ in range(900):
        event = {"a": event}
    assert [found.keyword for found in refusals(loop, event)] == ["internal"]

    wide: Any = {"type": "string"}
    for _ in range(40):
        wide = {"allOf": [wide, wide]}
    assert refusals(read_schema(wide)[0], 5)[-1].keyword == "internal"
