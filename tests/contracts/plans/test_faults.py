"""What is wrong with a plan: told at its place, in words that say what to do, and nothing else hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cohortlab.cli import run
from contracts.plans import plan, plan_faults
from contracts.trait_key import trait_key_format

SPELLING = trait_key_format("amplitude")


def track(key: str, schema: Any) -> dict[str, Any]:
    """Return a rule for the properties of an event."""
    whole = {"type": "object", "properties": {"properties": {"type": "object", "properties": schema}}}
    return {"type": "TRACK", "key": key, "version": 1, "jsonSchema": whole}


def codes(document: Any) -> list[tuple[str, str]]:
    """Return the codes and places of what is wrong with a plan."""
    return [(fault.rule.code, fault.pointer) for fault in plan_faults(document, SPELLING)]


@pytest.mark.parametrize(
    ("document", "prefix"),
    [
        ([track("A", {"a": {"type": "text"}})], "/0"),
        ({"rules": [track("A", {"a": {"type": "text"}})]}, "/rules/0"),
        ({"data": {"trackingPlan": {"rules": [track("A", {"a": {"type": "text"}})]}}}, "/data/trackingPlan/rules/0"),
        ([{"data": {"rules": []}}, {"data": {"rules": [track("A", {"a": {"type": "text"}})]}}], "/1/data/rules/0"),
    ],
)
def test_a_fault_has_its_place_in_the_file(document: Any, prefix: str) -> None:
    """Whatever shape the plan was exported in."""
    assert codes(document) == [("P812", f"{prefix}/jsonSchema/properties/properties/properties/a/type")]


def test_a_fault_of_the_older_shape_has_its_place_too() -> None:
    """Rules by kind, with the schema under `rules`."""
    old = {"rules": {"events": [{"name": "A", "rules": {"properties": {"properties": {"minProperties": -1}}}}]}}

    assert codes(old) == [("P812", "/rules/events/0/rules/properties/properties/minProperties")]


PAGES = [
    ({"next": "MTA="}, True),
    ({"next": None, "totalEntries": 1}, False),
    ({"next": "", "totalEntries": 3}, True),
    ({"totalEntries": 1}, False),
    ({"previous": "MA=="}, True),
    ({"current": "MA=="}, False),
    ({}, False),
]


@pytest.mark.parametrize(("pagination", "is_missing"), PAGES)
def test_a_page_that_is_missing_is_told(pagination: dict[str, Any], is_missing: bool) -> None:
    """By its cursor, or because the numbers of rules differ."""
    document = {"data": {"rules": [track("A", {})], "pagination": pagination}}

    assert codes(document) == ([("P819", "")] if is_missing else [])


def test_pages_in_one_array_are_one_plan() -> None:
    """The last page's word counts."""
    pages = [
        {"data": {"rules": [track("A", {})], "pagination": {"next": "MTA=", "totalEntries": 2}}},
        {"data": {"rules": [track("B", {})], "pagination": {"previous": "MA==", "totalEntries": 2}}},
    ]

    assert [rule.key for rule in plan(pages).rules] == ["A", "B"]
    assert codes(pages) == []
    assert codes(pages[:1]) == [("P819", "")]


@pytest.mark.parametrize(
    ("kind", "schema", "where"),
    [
        ("TRACK", {"properties": {"color": {"type": "string"}}, "required": ["color"]}, "color"),
        ("TRACK", {"properties": {"context": {}, "name": {}}}, "name"),
        ("IDENTIFY", {"properties": {"plan": {}}}, "plan"),
        ("COMMON", {"properties": {"userId": {}, "color": {}}}, "color"),
        ("TRACK", {"properties": {"properties": {}, "color": {}}}, None),
        ("PAGE", {"properties": {"name": {}, "category": {}}}, None),
        ("TRACK", {"properties": {"context": {}, "userId": {}}}, None),
        ("TRACK", {"required": ["properties"]}, None),
    ],
)
def test_a_schema_over_the_properties_is_told(kind: str, schema: dict[str, Any], where: str | None) -> None:
    """A name at the root that no event has, and nothing about its properties or traits."""
    rule = {"type": kind, "key": "A", "version": 1, "jsonSchema": schema}

    assert codes([rule]) == ([("P820", f"/0/jsonSchema/properties/{where}")] if where else [])


EVENTS = [
    {"type": "track", "event": "Broken", "userId": "u1", "messageId": "m1", "properties": {"a": 1, "b": "no"}},
    {"type": "track", "event": "Sound", "userId": "u1", "messageId": "m2", "properties": {"c": "5"}},
]
BROKEN = [
    track("Broken", {"a": {"type": ["any"]}, "b": {"type": "integer"}, "d": {"pattern": "(?=x)"}}),
    track("Sound", {"c": {"type": "number"}}),
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Write events, and a plan of which one rule is broken."""
    events, plan_file = tmp_path / "events.ndjson", tmp_path / "plan.json"
    events.write_text("".join(json.dumps(event) + "\n" for event in EVENTS), encoding="utf-8")
    plan_file.write_text(json.dumps({"rules": BROKEN}), encoding="utf-8")
    return str(events), str(plan_file)


def test_one_broken_rule_hides_neither_events_nor_the_rest_of_itself(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Both faults at their places, and both wrong values."""
    status = run(["check", files[0], "--plan", files[1], "--output", "json"])
    shown = capsys.readouterr().out

    found = [(one["code"], one["pointer"].rpartition("/")[2]) for one in json.loads(shown)["findings"]]
    assert status == 1
    assert found == [("P812", "type"), ("P813", "pattern"), ("P806", "b"), ("P806", "c")]


def test_what_is_no_type_is_told_with_what_to_do(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """`any` is a word of Segment's editor, and no type of JSON Schema."""
    assert run(["check", "--plan", files[1]]) == 1

    shown = capsys.readouterr().out

    assert 'found "type": ["any"]; expected array, boolean,' in shown
    assert "leave `type` out when any value will do" in shown


def test_reports_of_a_broken_plan_are_whole(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A program can read each of them to its end."""
    run(["check", files[0], "--plan", files[1], "--output", "sarif"])
    sarif = capsys.readouterr().out
    run(["check", files[0], "--plan", files[1], "--output", "junit"])
    junit = capsys.readouterr().out

    assert len(json.loads(sarif)["runs"][0]["results"]) == 4
    assert len(ElementTree.fromstring(junit).findall(".//testcase/failure")) == 4


def test_a_plan_checked_alone_says_what_was_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One plan, with so many rules."""
    file = tmp_path / "plan.json"
    file.write_text(json.dumps([track("A", {})]), encoding="utf-8")

    assert run(["check", "--plan", str(file)]) == 0
    assert capsys.readouterr().out == "1 plan with 1 rule: nothing found\n"
