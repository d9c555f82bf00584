"""Tracking plans: read as they are exported, and enforced as Segment enforces them."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import BadPlan
from contracts.plans import ENFORCEMENTS, PlanJudge, plan, plan_faults, plan_violations, settings_of
from contracts.plans.events import violation_events
from contracts.trait_key import trait_key_format

SPELLING = trait_key_format("amplitude")
COHORT = "Power Users (abc123)"


def schema(part: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return a rule's schema over the event."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {part: {"type": "object", "properties": properties, "required": list(required)}},
        "required": [part],
        "labels": {},
    }


ORDER = schema("properties", {"total": {"type": "number"}, "items": {"type": "array"}}, "total")
RULES = [
    {"type": "TRACK", "key": "Order Completed", "version": 1, "jsonSchema": ORDER},
    {
        "type": "TRACK",
        "key": "Order Completed",
        "version": 2,
        "jsonSchema": schema("properties", {"total": {"type": "integer"}}, "total"),
    },
    {"type": "IDENTIFY", "key": None, "version": 1, "jsonSchema": schema("traits", {"plan": {"type": "string"}})},
    {
        "type": "TRACK",
        "key": "Page Viewed",
        "version": 1,
        "jsonSchema": schema("properties", {"path": {"type": "string"}}),
    },
]
SHAPES = [
    RULES,
    {"id": "tp_1", "name": "Site", "resourceSchemaId": "rs_1", "rules": RULES},
    {"data": {"rules": RULES, "pagination": {"current": "MA=="}}},
    {"data": {"trackingPlan": {"name": "Site", "rules": RULES}}},
]


def track(**properties: Any) -> dict[str, Any]:
    """Return an order."""
    return {"type": "track", "userId": "user-001", "event": "Order Completed", "properties": properties}


def judge(enforcement: str = "allow", rules: list[dict[str, Any]] = RULES) -> PlanJudge:
    """Return a judge under one of the enforcements."""
    return PlanJudge(plan(rules), ENFORCEMENTS[enforcement])


@pytest.mark.parametrize("document", SHAPES)
def test_a_plan_is_read_in_every_exported_shape(document: Any) -> None:
    """The Public API's pages, its plan with rules, Typewriter's file, or the rules alone."""
    read = plan(document)

    assert len(read.rules) == len(RULES)
    assert [rule.version for rule in read.versions(track())] == [1, 2]


def test_the_older_shape_is_read_too() -> None:
    """The Config API put rules by kind, with `global` for what all events are held to."""
    old = {
        "display_name": "Site",
        "rules": {
            "events": [{"name": "Order Completed", "version": 1, "rules": ORDER}],
            "identify": schema("traits", {"plan": {"type": "string"}}),
            "global": {"type": "object", "required": ["userId"]},
        },
    }

    read = plan(old)

    assert read.name == "Site"
    assert [rule.kind for rule in read.rules] == ["TRACK", "IDENTIFY", "COMMON"]
    assert read.common() is not None


@pytest.mark.parametrize("document", [{}, "x", {"rules": 5}, {"data": {"trackingPlan": {}}}])
def test_what_is_no_plan_is_refused(document: Any) -> None:
    """Nothing in it can be a rule."""
    with pytest.raises(BadPlan, match="not a tracking plan"):
        plan(document)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("x", "no type of TRACK"),
        ({"type": "EVENT"}, "no type of TRACK"),
        ({"type": "TRACK", "key": "A"}, "no jsonSchema"),
        ({"type": "TRACK", "jsonSchema": {}}, "not the name"),
        ({"type": "PAGE", "key": 5, "jsonSchema": {}}, "neither a name nor null"),
        ({"type": "IDENTIFY", "jsonSchema": {}, "version": "1"}, "not an integer"),
    ],
)
def test_an_entry_that_is_no_rule_hides_no_other(entry: Any, said: str) -> None:
    """It is told at its place, wherever the rules are in the file, and the rest of the plan counts."""
    document = {"data": {"rules": [entry, *RULES]}}

    (fault,) = plan_faults(document, SPELLING)

    assert (fault.rule.code, fault.pointer) == ("P811", "/data/rules/0")
    assert said in fault.found
    assert len(plan(document).rules) == len(RULES)


def test_violations_are_worded_as_segment_words_them() -> None:
    """Type, field and description, as in `context.protocols.violations`."""
    verdict = judge().judge(track(items="none"))

    assert verdict.protocols("src_1") == {
        "omitted": [],
        "omitted_on_violation": [],
        "sourceId": "src_1",
        "violations": [
            {"type": "Required", "field": "properties.total", "description": "properties.total is required"},
            {
                "type": "Invalid Type",
                "field": "properties.items",
                "description": "Invalid type. Expected: array, given: string",
            },
        ],
    }


@pytest.mark.parametrize(
    ("enforcement", "blocked", "properties"),
    [
        ("allow", False, {"total": "5", "coupon": "x"}),
        ("omit", False, {}),
        ("block", True, None),
    ],
)
def test_an_event_is_kept_stripped_or_blocked(enforcement: str, blocked: bool, properties: Any) -> None:
    """Unplanned names and wrong values are kept, left out, or cost the whole event."""
    verdict = judge(enforcement).judge(track(total="5", coupon="x"))

    assert verdict.is_blocked is blocked
    assert (verdict.delivered and verdict.delivered["properties"]) == properties


def test_what_is_omitted_is_listed_by_reason() -> None:
    """Unplanned names and names that violate the plan land in different lists."""
    verdict = judge("omit").judge(track(total="5", coupon="x"))

    assert verdict.omitted == ["coupon"]
    assert verdict.omitted_on_violation == ["total"]


@pytest.mark.parametrize("enforcement", ["omit", "block"])
def test_a_cohort_trait_that_is_not_planned_is_stripped(enforcement: str) -> None:
    """An identify is never blocked by its own rule; its trait silently goes."""
    event = {"type": "identify", "userId": "user-001", "traits": {COHORT: True, "plan": "pro"}}

    verdict = judge(enforcement).judge(event)

    assert not verdict.is_blocked
    assert verdict.omitted == [COHORT]
    assert verdict.delivered is not None
    assert verdict.delivered["traits"] == {"plan": "pro"}
    assert [seen.rule.code for seen in plan_violations(judge(enforcement), event, SPELLING)] == ["P804"]


def test_only_the_common_rule_blocks_an_identify() -> None:
    """Standard controls omit, the common schema may block."""
    common = {"type": "COMMON", "key": None, "version": 1, "jsonSchema": {"type": "object", "required": ["timestamp"]}}
    event = {"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}

    assert judge("block", [*RULES, common]).judge(event).is_blocked
    assert not judge("omit", [*RULES, common]).judge(event).is_blocked


@pytest.mark.parametrize(
    ("version", "valid", "wrong"),
    [(None, True, False), (1, True, False), (2, False, False), (7, True, True), ("2", True, True)],
)
def test_the_oldest_version_is_used_unless_the_event_names_one(version: Any, valid: bool, wrong: bool) -> None:
    """2.5 is a number for version 1 and no integer for version 2."""
    event = {**track(total=2.5), "context": {"protocols": {"event_version": version}}}

    verdict = judge().judge(event)

    assert (verdict.violations == []) is valid
    assert verdict.wrong_version is wrong


def test_a_page_is_held_to_page_viewed() -> None:
    """Pages and screens are validated as track events of a fixed name."""
    verdict = judge().judge({"type": "page", "userId": "user-001", "name": "Pricing", "properties": {"path": 7}})

    assert [found.field for found in verdict.violations] == ["properties.path"]


def test_names_are_compared_exactly() -> None:
    """Another case is another event, and unplanned."""
    event = {**track(total=5), "event": "order completed"}

    assert [seen.rule.code for seen in plan_violations(judge(), event, SPELLING)] == ["P801"]
    assert [seen.rule.code for seen in plan_violations(judge("block"), event, SPELLING)] == ["P801", "P808"]


def test_each_violation_makes_one_event() -> None:
    """`Violation Generated`, in the published shape."""
    event = {**track(), "messageId": "m1"}
    verdict = judge().judge(event)

    (made,) = violation_events(plan(SHAPES[1]), verdict, event, source={"sourceID": "src_1"})

    assert made["event"] == "Violation Generated"
    assert made["userId"] == "schema-violations"
    assert made["properties"]["eventMessageID"] == "m1"
    assert made["properties"]["eventName"] == "Order Completed"
    assert made["properties"]["trackingPlanID"] == "rs_1"
    assert made["properties"]["violationType"] == "Required"
    assert made["properties"]["violationField"] == "properties.total"
    assert made["properties"]["violationDescription"] == "properties.total is required"


@pytest.mark.parametrize(
    "settings",
    [[], {"track": 5}, {"track": {"allowUnplanedEvents": False}}, {"identify": {"commonEventOnViolations": "DROP"}}],
)
def test_settings_that_are_not_segments_are_refused(settings: Any) -> None:
    """A misspelt switch would do nothing, as it does at Segment."""
    with pytest.raises(BadPlan):
        settings_of(settings)
