"""P8xx: what a tracking plan says about an event, and what is wrong with a plan itself.

The examples hold a plan, sometimes Segment's settings for it, and an event; or a plan alone.
"""

from __future__ import annotations

from typing import Any

from contracts.catalogue.sources import inferred, sdk, segment
from contracts.rule import Rule, Severity

PLAN = ("plan",)
PLAN_FILE = ("plan-file",)
_PLANS = segment("5.6", "[doc]", "protocols/validate/review-violations.md")
_COHORT = "Power Users (abc123)"
_OMIT_TRAITS = {"identify": {"allowUnplannedTraits": False}}


def _schema(field: str, properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "object", "properties": properties, **more}
    if required:
        inner["required"] = list(required)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {field: inner},
        "required": [field] if required else [],
    }


def _rule(kind: str, key: str | None, schema: dict[str, Any], version: int = 1) -> dict[str, Any]:
    return {"type": kind, "key": key, "version": version, "jsonSchema": schema}


def _plan(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"id": "tp_1", "name": "Website", "rules": list(rules)}


def _case(plan: dict[str, Any], event: dict[str, Any], settings: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"plan": plan, "settings": settings or {}, "event": event}


def _order(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "user-001", "event": "Order Completed", "properties": properties}


def _identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": traits}


_ORDERS = _plan(
    _rule(
        "TRACK",
        "Order Completed",
        _schema("properties", {"total": {"type": "number"}, "state": {"enum": ["paid", "open"]}}, ("total",)),
    )
)
_USERS = _plan(_rule("IDENTIFY", None, _schema("traits", {"plan": {"type": "string"}})))
_MEMBERS = _plan(_rule("IDENTIFY", None, _schema("traits", {_COHORT: {"type": "boolean"}})))

RULES = (
    Rule(
        code="P801",
        name="event-is-planned",
        severity=Severity.WARNING,
        message="The tracking plan has no rule for this event.",
        explanation="Case, spacing and spelling of event names are compared exactly. An unplanned event is passed on "
        "or blocked, as the source's settings say.",
        bad=_case(
            _ORDERS, {"type": "track", "userId": "user-001", "event": "order completed", "properties": {"total": 5}}
        ),
        good=_case(_ORDERS, _order(total=5)),
        expected="an event of the plan",
        fix="Spell the event as the plan does, or add it to the plan.",
        source=_PLANS,
        contracts=PLAN,
    ),
    Rule(
        code="P802",
        name="name-is-planned",
        severity=Severity.NOTE,
        message="The tracking plan does not name this property or trait.",
        explanation="With the present settings it is kept. It would be stripped as soon as unplanned names are "
        "omitted.",
        bad=_case(_ORDERS, _order(total=5, coupon="SPRING")),
        good=_case(_ORDERS, _order(total=5)),
        expected="a name of the plan",
        fix="Add the name to the plan, or stop sending it.",
        source=_PLANS,
        contracts=PLAN,
    ),
    Rule(
        code="P803",
        name="plan-strips-nothing",
        severity=Severity.WARNING,
        message="The tracking plan strips this property or trait from the event.",
        explanation="The edge answers 200, warehouse and destinations never see it; the name is in "
        "`context.protocols.omitted` or `omitted_on_violation` and nowhere else.",
        bad=_case(_ORDERS, _order(total=5, coupon="SPRING"), {"track": {"allowUnplannedEventProperties": False}}),
        good=_case(_ORDERS, _order(total=5), {"track": {"allowUnplannedEventProperties": False}}),
        expected="a planned name with a planned value",
        fix="Add the name to the plan with the right type, or stop sending it.",
        source=segment("5.6, 6 (28)", "[doc]", "protocols/faq.md"),
        contracts=PLAN,
    ),
    Rule(
        code="P804",
        name="plan-keeps-cohorts",
        severity=Severity.ERROR,
        message="The tracking plan strips a cohort's trait.",
        explanation="With unplanned traits omitted, every new Amplitude cohort vanishes silently until somebody adds "
        "its exact trait key to the plan. A pattern in the plan probably does not help: names are compared, and "
        "whether `patternProperties` count is not documented.",
        bad=_case(_USERS, _identify(**{_COHORT: True}), _OMIT_TRAITS),
        good=_case(_MEMBERS, _identify(**{_COHORT: True}), _OMIT_TRAITS),
        expected="the trait key of each synced cohort in the plan",
        fix="Add the trait key as a boolean to the plan before the first sync, or allow unplanned traits on that "
        "source.",
        source=inferred("5.6", "the omission of unplanned traits compares names with the plan"),
        contracts=PLAN,
    ),
    Rule(
        code="P805",
        name="plan-gets-what-it-requires",
        severity=Severity.ERROR,
        message="Something that the tracking plan requires is missing.",
        explanation="Segment reports it as a violation of type `Required`.",
        bad=_case(_ORDERS, _order(state="paid")),
        good=_case(_ORDERS, _order(total=5)),
        expected="the required field",
        fix="Send the field, or make it optional in the plan.",
        source=segment("5.6", "[doc]", "protocols/validate/forward-violations.md"),
        contracts=PLAN,
    ),
    Rule(
        code="P806",
        name="plan-gets-its-types",
        severity=Severity.ERROR,
        message="A value has another type than the tracking plan says.",
        explanation="Segment reports it as a violation of type `Invalid Type`. Warehouses ignore the plan's types and "
        "keep those of the first value that arrived.",
        bad=_case(_ORDERS, _order(total="5")),
        good=_case(_ORDERS, _order(total=5)),
        expected="the planned type",
        fix="Send the planned type.",
        source=segment("5.6", "[doc]", "protocols/validate/forward-violations.md"),
        contracts=PLAN,
    ),
    Rule(
        code="P807",
        name="plan-gets-its-values",
        severity=Severity.ERROR,
        message="A value is outside of what the tracking plan allows.",
        explanation="An enumeration, a pattern, a range, or another keyword of JSON Schema in the plan says no.",
        bad=_case(_ORDERS, _order(total=5, state="lost")),
        good=_case(_ORDERS, _order(total=5, state="paid")),
        expected="a value that the plan allows",
        fix="Send an allowed value, or widen the plan.",
        source=_PLANS,
        contracts=PLAN,
    ),
    Rule(
        code="P808",
        name="plan-lets-it-through",
        severity=Severity.ERROR,
        message="The tracking plan blocks the whole event.",
        explanation="Blocked events are lost for good, unless a source for them is set; they are kept for 30 days "
        "then. The edge answers 200 all the same.",
        bad=_case(
            _ORDERS,
            {"type": "track", "userId": "user-001", "event": "Order Lost"},
            {"track": {"allowUnplannedEvents": False}},
        ),
        good=_case(_ORDERS, _order(total=5), {"track": {"allowUnplannedEvents": False}}),
        expected="a planned event without violations",
        fix="Correct the event, or add it to the plan.",
        source=segment("5.6", "[doc]", "protocols/enforce/schema-configuration.md"),
        contracts=PLAN,
    ),
    Rule(
        code="P809",
        name="version-is-planned",
        severity=Severity.WARNING,
        message="The plan has no such version of the event's rule.",
        explanation="When `context.protocols.event_version` is absent or names no version, the *oldest* one is used. "
        "An edit of the plan as a new version then changes nothing for this event.",
        bad=_case(_ORDERS, {**_order(total=5), "context": {"protocols": {"event_version": 7}}}),
        good=_case(_ORDERS, {**_order(total=5), "context": {"protocols": {"event_version": 1}}}),
        expected="a version of the plan",
        fix="Publish the version first, then send its number.",
        source=segment("5.6, 6 (29)", "[doc]", "protocols/tracking-plan/create.md"),
        contracts=PLAN,
    ),
    Rule(
        code="P811",
        name="plan-is-readable",
        severity=Severity.ERROR,
        message="The file, or one entry of it, is not of a tracking plan.",
        explanation="A plan is what Segment's Public API answers to `GET /tracking-plans/{id}/rules`, or a `plan.json` "
        "of Typewriter: rules with `type`, `key`, `version` and `jsonSchema`. An entry that is no rule is left out, "
        "and the other rules count.",
        bad={"plan": {"rules": [{"type": "EVENT", "key": "Order Completed"}]}},
        good={"plan": _ORDERS},
        expected="rules of type TRACK, IDENTIFY, GROUP, PAGE, SCREEN or COMMON, each with a jsonSchema",
        fix="Export the rules with the Public API, all pages of them.",
        source=sdk("5.6", "public-api-sdk-python: docs/TrackingPlansApi.md"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P812",
        name="plan-schema-is-valid",
        severity=Severity.ERROR,
        message="A rule's `jsonSchema` is no valid JSON Schema of draft 7, or none that Segment's validator takes.",
        explanation="Draft 7 decides, and Go's gojsonschema, whose words Segment's violations are: it refuses a value "
        "twice in `enum`, `3.0` for a length, a null description. A keyword whose meaning is not clear is left out, "
        "and events are held to the rest of the rule.",
        bad={"plan": _plan(_rule("TRACK", "Opened", _schema("properties", {"total": {"type": "decimal"}})))},
        good={"plan": _ORDERS},
        expected="a draft-07 schema",
        fix="Correct the schema.",
        source=sdk("5.6", "exported plans; terraform-provider-segment"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P813",
        name="plan-patterns-are-simple",
        severity=Severity.ERROR,
        message="A pattern is none that RE2 takes.",
        explanation="Segment's validator is written in Go, whose patterns are RE2: no lookaround, no back reference, "
        "no `\\u0041`, at most 1,000 repeats. RE2 itself says what is wrong. Such a pattern may work elsewhere; "
        "events are not held to it here.",
        bad={
            "plan": _plan(
                _rule("TRACK", "Opened", _schema("properties", {"id": {"type": "string", "pattern": "^(?!test)"}}))
            )
        },
        good={
            "plan": _plan(
                _rule("TRACK", "Opened", _schema("properties", {"id": {"type": "string", "pattern": "^[a-z]+$"}}))
            )
        },
        expected="a pattern that RE2 takes",
        fix="Say what is allowed instead of what is not, in RE2's syntax.",
        source=segment("5.6", "[doc]", "protocols/tracking-plan/create.md"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P814",
        name="plan-rules-are-unique",
        severity=Severity.ERROR,
        message="Two rules of the plan have the same type, key and version.",
        explanation="One of them is ignored, and nobody says which.",
        bad={"plan": _plan(*_ORDERS["rules"], *_ORDERS["rules"])},
        good={"plan": _ORDERS},
        expected="one rule for each type, key and version",
        fix="Remove one, or give it a version of its own.",
        source=inferred("5.6", "an upsert replaces a rule of the same type, key and version"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P815",
        name="plan-traits-are-optional",
        severity=Severity.WARNING,
        message="The plan requires a trait in every identify call.",
        explanation="Best practice is to send only traits that changed, and a cohort sync sends one trait and nothing "
        "else: each of its calls breaks this rule.",
        bad={"plan": _plan(_rule("IDENTIFY", None, _schema("traits", {"plan": {"type": "string"}}, ("plan",))))},
        good={"plan": _USERS},
        expected="no `required` traits",
        fix="Make the trait optional.",
        source=segment("2.5", "[doc]", "protocols/tracking-plan/create.md"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P816",
        name="plan-cohorts-are-boolean",
        severity=Severity.ERROR,
        message="The plan gives a cohort's trait another type than boolean.",
        explanation="Every call of the sync is a violation then, and with violations omitted the trait is stripped.",
        bad={"plan": _plan(_rule("IDENTIFY", None, _schema("traits", {_COHORT: {"type": "string"}})))},
        good={"plan": _MEMBERS},
        expected="boolean",
        fix="Plan the trait key as a boolean.",
        source=segment("4.1", "[doc]", "connections/sources/catalog/cloud-apps/amplitude-cohorts/index.md"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P817",
        name="plan-update-fits",
        severity=Severity.NOTE,
        message="The plan has more than 200 rules.",
        explanation="The Public API updates at most 200 rules in one call; a larger plan has to be sent in parts.",
        bad={"plan": _plan(*(_rule("TRACK", f"Event {number}", _schema("properties", {})) for number in range(201)))},
        good={"plan": _ORDERS},
        expected="at most 200 rules in one update",
        fix="Update the rules in groups of 200.",
        source=segment("5.6", "[doc]", "protocols/apis-and-extensions/index.md"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P818",
        name="plan-names-its-traits",
        severity=Severity.WARNING,
        message="The plan describes traits by a pattern.",
        explanation="The values are validated, but whether a name that matches a pattern counts as planned is not "
        "documented. It is probably compared with the plan's names and omitted.",
        bad={
            "plan": _plan(
                _rule(
                    "IDENTIFY",
                    None,
                    _schema("traits", {}, patternProperties={"^.+ \\([a-z0-9]+\\)$": {"type": "boolean"}}),
                )
            )
        },
        good={"plan": _MEMBERS},
        expected="the trait keys by name",
        fix="List each synced cohort's trait key under `properties`.",
        source=inferred("5.6", "unplanned names are found by comparison with the plan"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P819",
        name="plan-is-complete",
        severity=Severity.WARNING,
        message="The file is not the whole plan.",
        explanation="The Public API answers the rules of a plan in pages. With a page missing, planned events look "
        "unplanned here, and are not held to their rules.",
        bad={"plan": {"data": {"rules": _ORDERS["rules"], "pagination": {"current": "MA==", "next": "MTA="}}}},
        good={"plan": {"data": {"rules": _ORDERS["rules"], "pagination": {"current": "MA==", "totalEntries": 1}}}},
        expected="all pages of the plan's rules",
        fix="Ask for the next page until there is no cursor; put the pages, or the rules of all, into one array.",
        source=sdk("5.6", "typewriter: src/api/api.ts"),
        contracts=PLAN_FILE,
    ),
    Rule(
        code="P820",
        name="plan-describes-events",
        severity=Severity.WARNING,
        message="The schema describes properties where the event stands.",
        explanation="A rule's schema is held to the whole event, so its properties belong one level further in, under "
        "`properties` or `traits`. As it is, every right event breaks the rule, or none is held to it.",
        bad={
            "plan": _plan(
                _rule("TRACK", "Opened", {"type": "object", "properties": {"isOpen": {"type": "boolean"}}}),
            )
        },
        good={"plan": _plan(_rule("TRACK", "Opened", _schema("properties", {"isOpen": {"type": "boolean"}})))},
        expected="a schema over the event",
        fix="Put the schema into `properties.properties` of one for the event (`traits` for identify and group).",
        source=sdk("5.6", "exported plans; terraform-provider-segment"),
        contracts=PLAN_FILE,
    ),
)
