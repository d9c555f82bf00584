"""D2xx: what Segment's edge answers 200 to and then discards, with Segment's own code."""

from __future__ import annotations

from contracts.catalogue.sources import DISCARDS, HTTP_API, segment
from contracts.fragments import FILLED_TEXT, OBJECT, PRESENT, TEXT, each, inside, needs, root
from contracts.limits import BATCH_ITEMS
from contracts.rule import Rule, Severity, Source

CALLS = ("identify", "track", "page", "screen", "group", "alias")
DISCARDED = segment("1.8", "[doc]", DISCARDS)
_TYPES = Source("segment facts 1.8", "[doc]", f"segment-docs: {DISCARDS}, in a copy with two more codes", "2026-11-23")
_CONSENT = "Segment Consent Preference Updated"
_CONSENT_EVENT = {"type": "object", "properties": {"event": {"const": _CONSENT}}, "required": ["event"]}
_LOOK = "Segment's Delivery Overview counts it under Failed on Ingest and nothing else ever mentions it."


def _consent(preferences: object, **consent: object) -> dict[str, object]:
    return {
        "type": "track",
        "userId": "user-001",
        "event": _CONSENT,
        "context": {"consent": {"categoryPreferences": preferences, **consent}},
    }


def _when_consent(schema: dict[str, object]) -> dict[str, object]:
    return {"if": _CONSENT_EVENT, "then": schema}


RULES = (
    Rule(
        code="D201",
        name="type-is-present",
        severity=Severity.ERROR,
        message="An event in a batch needs a `type`.",
        explanation="In a batch nothing but `type` says which call an event is; on the single routes the route says "
        f"it. An event without one is answered 200 and discarded. {_LOOK}",
        bad={"userId": "user-001", "traits": {"plan": "pro"}},
        good={"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}},
        expected="one of identify, track, page, screen, group, alias",
        fix="Set `type` on every item of the batch.",
        source=_TYPES,
        contracts=("event",),
        schema=needs("type"),
        discard_code="missing_type",
    ),
    Rule(
        code="D202",
        name="type-is-known",
        severity=Severity.ERROR,
        message="`type` must name one of the six calls, in lower case.",
        explanation="Segment takes identify, track, page, screen, group and alias. Any other type is answered 200 and "
        f"discarded. {_LOOK}",
        bad={"type": "Identify", "userId": "user-001", "traits": {"plan": "pro"}},
        good={"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}},
        expected="one of identify, track, page, screen, group, alias",
        fix="Spell `type` as one of the six calls, or leave it out on a single-call route.",
        source=_TYPES,
        contracts=("event", *CALLS),
        schema=root(type={"enum": [*CALLS, None]}),
        discard_code="invalid_type",
    ),
    Rule(
        code="D203",
        name="somebody-is-identified",
        severity=Severity.ERROR,
        message="An event needs a `userId` or an `anonymousId`.",
        explanation="Without either Segment does not know whom the event is about. The edge still answers 200 with "
        f"`success: true`. A null id counts as none: the Python SDK writes null for the id it lacks. {_LOOK}",
        bad={"type": "identify", "userId": None, "traits": {"plan": "pro"}},
        good={"type": "identify", "userId": "user-001", "anonymousId": None, "traits": {"plan": "pro"}},
        expected="a non-empty string in `userId` or in `anonymousId`",
        fix="Put the user's database id in `userId`; for somebody not signed in, a stable random id in `anonymousId`.",
        source=DISCARDED,
        contracts=("event", *CALLS),
        schema={"type": "object", "anyOf": [needs("userId"), needs("anonymousId")]},
        at="/userId",
        discard_code="no_user_anon_id",
    ),
    Rule(
        code="D204",
        name="user-id-is-text",
        severity=Severity.ERROR,
        message="`userId` must be a non-empty string.",
        explanation="A number, an object or an empty string in `userId` makes Segment discard the event, although it "
        "was answered 200. What a client does with a number is its own affair: analytics-python, those made from it "
        "(customerio-cdp-analytics, rudder-sdk-python, events-sdk-python), analytics-node and "
        "@rudderstack/rudder-sdk-node make text of it; @segment/analytics-node, @customerio/cdp-analytics-node and "
        "@june-so/analytics-node refuse it; segmentio, @expo/rudder-sdk-node, analytics-ruby and analytics-php send it "
        f"as it is, as a hand-made call does, and the event is lost. {_LOOK}",
        bad={"type": "identify", "userId": 42, "traits": {"plan": "pro"}},
        good={"type": "identify", "userId": "42", "traits": {"plan": "pro"}},
        expected="a non-empty string",
        fix="Send the id as a string: `str(user.id)`. When there is no id, leave the field out or send null.",
        source=DISCARDED,
        contracts=("event", *CALLS),
        schema=root(userId=FILLED_TEXT),
        discard_code="id_not_string",
    ),
    Rule(
        code="D205",
        name="anonymous-id-is-text",
        severity=Severity.ERROR,
        message="`anonymousId` must be a non-empty string.",
        explanation=f"The rule for `userId` holds for `anonymousId` too, even when `userId` is fine. {_LOOK}",
        bad={"type": "identify", "userId": "user-001", "anonymousId": "", "traits": {"plan": "pro"}},
        good={"type": "identify", "userId": "user-001", "anonymousId": "5f0a", "traits": {"plan": "pro"}},
        expected="a non-empty string",
        fix="Send a random string that stays the same for the visitor, or leave the field out.",
        source=DISCARDED,
        contracts=("event", *CALLS),
        schema=root(anonymousId=FILLED_TEXT),
        discard_code="id_not_string",
    ),
    Rule(
        code="D206",
        name="track-names-its-event",
        severity=Severity.ERROR,
        message="A track call needs the name of its `event`.",
        explanation="A track call without `event`, or with an empty one, is answered 200 and discarded. That an empty "
        f"name counts as none is our reading of the code's name. {_LOOK}",
        bad={"type": "track", "userId": "user-001", "properties": {"total": 5}},
        good={"type": "track", "userId": "user-001", "event": "Order Completed", "properties": {"total": 5}},
        expected="a non-empty string",
        fix="Name what happened, in the spelling the tracking plan uses: `Order Completed`.",
        source=DISCARDED,
        contracts=("track",),
        schema={
            "type": "object",
            "properties": {"event": {"not": {"enum": [None, ""]}}},
            "required": ["event"],
        },
        discard_code="event_not_defined",
    ),
    Rule(
        code="D207",
        name="event-name-is-text",
        severity=Severity.ERROR,
        message="The `event` of a track call must be a string.",
        explanation=f"A number or an object as event name is answered 200 and discarded. {_LOOK}",
        bad={"type": "track", "userId": "user-001", "event": 7},
        good={"type": "track", "userId": "user-001", "event": "Step 7 Completed"},
        expected="a string",
        fix="Send the event's name as a string.",
        source=DISCARDED,
        contracts=("track",),
        schema=root(event=TEXT),
        discard_code="event_not_string",
    ),
    Rule(
        code="D208",
        name="properties-are-an-object",
        severity=Severity.ERROR,
        message="`properties` must be an object.",
        explanation=f"An array or a string in `properties` makes Segment discard the whole event. {_LOOK}",
        bad={"type": "track", "userId": "user-001", "event": "Order Completed", "properties": [{"total": 5}]},
        good={"type": "track", "userId": "user-001", "event": "Order Completed", "properties": {"total": 5}},
        expected="an object",
        fix='Send names and values: `{"total": 5}`. JSON inside a string must be parsed first.',
        source=DISCARDED,
        contracts=("track", "page", "screen"),
        schema=root(properties=OBJECT),
        discard_code="properties_not_object",
    ),
    Rule(
        code="D209",
        name="traits-are-an-object",
        severity=Severity.ERROR,
        message="`traits` must be an object.",
        explanation=f"An array or a string in `traits` makes Segment discard the whole call. {_LOOK}",
        bad={"type": "identify", "userId": "user-001", "traits": ["plan", "pro"]},
        good={"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}},
        expected="an object",
        fix='Send names and values: `{"plan": "pro"}`. JSON inside a string must be parsed first.',
        source=DISCARDED,
        contracts=("identify", "group"),
        schema=root(traits=OBJECT),
        discard_code="traits_not_object",
    ),
    Rule(
        code="D210",
        name="page-name-is-text",
        severity=Severity.ERROR,
        message="The `name` of a page or screen must be a non-empty string.",
        explanation=f"The name may be left out. An empty one, or one that is not a string, costs the event. {_LOOK}",
        bad={"type": "page", "userId": "user-001", "name": ""},
        good={"type": "page", "userId": "user-001", "name": "Pricing"},
        expected="a non-empty string, or no `name` at all",
        fix="Name the page, or leave `name` out.",
        source=DISCARDED,
        contracts=("page", "screen"),
        schema=root(name=FILLED_TEXT),
        discard_code="name_not_string",
    ),
    Rule(
        code="D211",
        name="page-category-is-text",
        severity=Severity.ERROR,
        message="The `category` of a page or screen must be a string.",
        explanation="Segment's table also names the empty string here, but its own Kotlin and C# SDKs send an empty "
        f"category by default, so only other types are held against you. {_LOOK}",
        bad={"type": "page", "userId": "user-001", "name": "Pricing", "category": 3},
        good={"type": "page", "userId": "user-001", "name": "Pricing", "category": "Docs"},
        expected="a string",
        fix="Send the category as a string, or leave it out.",
        source=DISCARDED,
        contracts=("page", "screen"),
        schema=root(category=TEXT),
        discard_code="category_not_string",
    ),
    Rule(
        code="D212",
        name="consent-preferences-are-there",
        severity=Severity.ERROR,
        message=f"A `{_CONSENT}` event needs `context.consent.categoryPreferences`.",
        explanation=f"Segment keeps this event only when it says what was consented to. {_LOOK}",
        bad={"type": "track", "userId": "user-001", "event": _CONSENT},
        good=_consent({"Advertising": False}),
        expected="an object of category names and booleans",
        fix="Send the visitor's choices in `context.consent.categoryPreferences`.",
        source=DISCARDED,
        contracts=("track",),
        schema=_when_consent(
            {
                "type": "object",
                "required": ["context"],
                "properties": {
                    "context": {
                        "type": "object",
                        "required": ["consent"],
                        "properties": {
                            "consent": {
                                "type": "object",
                                "required": ["categoryPreferences"],
                                "properties": {"categoryPreferences": PRESENT},
                            }
                        },
                    }
                },
            }
        ),
        at="/context/consent/categoryPreferences",
        discard_code="consent_categorypreferences_should_exist",
    ),
    Rule(
        code="D213",
        name="consent-preferences-are-an-object",
        severity=Severity.ERROR,
        message=f"`categoryPreferences` of a `{_CONSENT}` event must be an object.",
        explanation=f"A list of the categories that were granted is not enough: each has a name and a boolean. {_LOOK}",
        bad=_consent(["Advertising"]),
        good=_consent({"Advertising": True}),
        expected="an object of category names and booleans",
        fix="Write each category with true or false.",
        source=DISCARDED,
        contracts=("track",),
        schema=_when_consent(inside("context/consent/categoryPreferences", OBJECT)),
        presumes=("consent-preferences-are-there",),
        discard_code="consent_categorypreferences_fields_should_be_object",
    ),
    Rule(
        code="D214",
        name="consent-preferences-are-boolean",
        severity=Severity.ERROR,
        message=f"Each category of a `{_CONSENT}` event must be true or false.",
        explanation=f"A string or a number for one category costs the whole event. {_LOOK}",
        bad=_consent({"Advertising": "true"}),
        good=_consent({"Advertising": True}),
        expected="true or false",
        fix="Send JSON booleans, not strings.",
        source=DISCARDED,
        contracts=("track",),
        schema=_when_consent(each("context/consent/categoryPreferences", {"type": "boolean"})),
        presumes=("consent-preferences-are-there", "consent-preferences-are-an-object"),
        discard_code="consent_categorypreferences_fields_should_be_bool",
    ),
    Rule(
        code="D215",
        name="consent-version-is-a-number",
        severity=Severity.ERROR,
        message=f"`context.consent.version` of a `{_CONSENT}` event must be a number.",
        explanation=f"The version may be left out; as a string it costs the event. {_LOOK}",
        bad=_consent({"Advertising": True}, version="2"),
        good=_consent({"Advertising": True}, version=2),
        expected="a number",
        fix="Send the version as a number.",
        source=DISCARDED,
        contracts=("track",),
        schema=_when_consent(inside("context/consent/version", {"type": ["number", "null"]})),
        presumes=("consent-preferences-are-there",),
        discard_code="consent_version_should_be_number",
    ),
    Rule(
        code="D216",
        name="advertising-id-is-text",
        severity=Severity.ERROR,
        message="`context.device.advertisingId` must be a string.",
        explanation=f"A number or an object as advertising id costs the event. {_LOOK}",
        bad={"type": "track", "userId": "u-1", "event": "Opened", "context": {"device": {"advertisingId": 7}}},
        good={"type": "track", "userId": "u-1", "event": "Opened", "context": {"device": {"advertisingId": "7a"}}},
        expected="a string",
        fix="Send the advertising id as a string, or leave it out.",
        source=DISCARDED,
        contracts=("event", *CALLS),
        schema=inside("context/device/advertisingId", TEXT),
        discard_code="device_advertisingid_should_be_string",
    ),
    Rule(
        code="D217",
        name="batch-has-events",
        severity=Severity.ERROR,
        message="A batch needs at least one event in `batch`.",
        explanation=f"An empty batch is answered 200 and counts as a discard of its own. {_LOOK}",
        bad={"batch": []},
        good={"batch": [{"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}]},
        expected="an array with one event or more",
        fix="Send nothing when there is nothing to send.",
        source=DISCARDED,
        contracts=("batch",),
        schema={
            "type": "object",
            "properties": {"batch": {"not": {"anyOf": [{"type": "null"}, {"type": "array", "maxItems": 0}]}}},
            "required": ["batch"],
        },
        discard_code="empty_batch",
    ),
    Rule(
        code="D218",
        name="batch-is-not-too-long",
        severity=Severity.ERROR,
        message=f"A batch holds at most {BATCH_ITEMS:,} events.",
        explanation="A longer batch is answered 200; the surplus, perhaps all of it, is rejected later. Segment "
        "publishes no code for it.",
        bad={"batch": [{"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}] * (BATCH_ITEMS + 1)},
        good={"batch": [{"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}] * 3},
        expected=f"at most {BATCH_ITEMS:,} events",
        fix=f"Cut batches at {BATCH_ITEMS:,} events and at 500 KB, whichever comes first.",
        source=segment("1.6", "[doc]", HTTP_API),
        contracts=("batch",),
        schema=root(batch={"type": ["array", "null"], "maxItems": BATCH_ITEMS}),
        presumes=("batch-is-an-array",),
    ),
)
