"""H32x, H33x: things in the wrong place, or in a shape that is quietly ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from contracts.catalogue.delivery import CALLS
from contracts.catalogue.sources import SPEC_COMMON, UNIFY_LIMITS, inferred, sdk, segment
from contracts.explain import describe, pointer, quote, resolve
from contracts.fragments import OBJECT, SPACE, inside, needs, root, text_unlike, when_object
from contracts.limits import UNIFY_TRAITS
from contracts.near import NearMiss, dotted, near_misses, plain
from contracts.rule import Frame, Observation, Rule, Schema, Severity

_EMPTY = {"anyOf": [{"type": "null"}, {"type": "object", "maxProperties": 0}]}
_FILTERING = "guides/filtering-data.md"
_DESTINATIONS = (
    "All",
    "Actions Amplitude",
    "Amplitude",
    "Amplitude (Actions)",
    "AppsFlyer",
    "Braze",
    "Customer.io",
    "Facebook Pixel",
    "Google Analytics",
    "Google Analytics 4",
    "HubSpot",
    "Intercom",
    "Iterable",
    "Mixpanel",
    "Salesforce",
    "Segment.io",
    "Slack",
    "Warehouses",
    "Webhooks",
    "Zendesk",
)
_EXACT = {name.casefold(): name for name in _DESTINATIONS}
_ANY_CASE = "|".join(
    "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else f"[{letter}]" for letter in name)
    for name in _DESTINATIONS
)
_AMPLITUDE = ("Amplitude", "Actions Amplitude", "Amplitude (Actions)")
_MARKED: Schema = {
    "type": "object",
    "properties": {
        "context": {
            "type": "object",
            "properties": {
                "integration": {
                    "type": "object",
                    "properties": {"name": {"type": "string", "pattern": "^Amplitude"}},
                    "required": ["name"],
                }
            },
            "required": ["integration"],
        }
    },
    "required": ["context"],
}
_COHORT_ID = "([0-9][0-9a-z]{4,}|[0-9a-z]+[0-9][0-9a-z]{3,}|[0-9a-z]{4,}[0-9])"
_COHORT_KEY = f"^.+ \\({_COHORT_ID}\\)$|^\\[Amplitude\\] .+: {_COHORT_ID}$"
"""A published spelling with an id such as Amplitude makes; an ordinary `Opt in (sms)` is no cohort."""
_TELLS_A_COHORT: Schema = {
    "not": {
        "type": "object",
        "properties": {"traits": {"type": "object", "patternProperties": {_COHORT_KEY: {"not": {"type": "boolean"}}}}},
    }
}
_PAIRS = (
    ("firstName", "first_name"),
    ("lastName", "last_name"),
    ("createdAt", "created_at"),
    ("postalCode", "postal_code"),
)


def _identify(**fields: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}, **fields}


def _not_fed_back(frame: Frame) -> Schema:
    """Say that a cohort change is not routed to Amplitude; under the cohort's own contract every identify is one."""
    off = inside("integrations", when_object(properties={name: {"enum": [False, None]} for name in _AMPLITUDE}))
    return off if frame.call is None else {"if": {"anyOf": [_MARKED, _TELLS_A_COHORT]}, "then": off}


def _own_type(frame: Frame) -> Schema:
    return root(type={"enum": [frame.call, None]}) if frame.call else {"type": "object"}


def _near_misses(payload: Any, frame: Frame) -> Iterable[Observation]:
    found = near_misses(payload, frame.call)
    return [_near_miss(payload, each) for each in found] if found else ()


def _near_miss(payload: Any, miss: NearMiss) -> Observation:
    meant = f"`{dotted(miss.meant)}`" if miss.meant else "its fields at the top level"
    return Observation(miss.found, f"`{dotted(miss.found)}`, {describe(resolve(payload, miss.found))}", meant)


def _misspelt_destination(payload: Any, _: Frame) -> Iterator[Observation]:
    integrations = payload.get("integrations")
    for name in integrations if isinstance(integrations, dict) else ():
        exact = _EXACT.get(name.strip().casefold())
        if exact is not None and exact != name:
            yield Observation(pointer(["integrations", name]), quote(name), quote(exact))


RULES = (
    Rule(
        code="H320",
        name="type-fits-the-call",
        severity=Severity.ERROR,
        message="`type` names another call than the one it is sent as.",
        explanation="On a single-call route the route decides, in a batch `type` does; what Segment makes of a "
        "contradiction is not published, so one of the two is wrong.",
        bad={"type": "track", "userId": "user-001", "event": "Opened", "traits": {}},
        good=_identify(),
        expected="the call's own name, or none",
        fix="Send the event to the route that its `type` names, or correct `type`.",
        source=inferred("8", "listed among the unknowns: what happens when `type` contradicts the route"),
        contracts=CALLS,
        schema=_own_type,
        presumes=("type-is-known",),
    ),
    Rule(
        code="H321",
        name="integrations-are-an-object",
        severity=Severity.WARNING,
        message="`integrations` must be an object of destination names.",
        explanation="A list of names or a string is not understood, and every destination gets the event.",
        bad=_identify(integrations=["Salesforce"]),
        good=_identify(integrations={"All": False, "Salesforce": True}),
        expected='an object, such as {"All": true}',
        fix="Write destinations as names with true, false or an object of options.",
        source=segment("1.8, 5.4", "[doc]", _FILTERING),
        contracts=("event", *CALLS, "batch"),
        schema=root(integrations=OBJECT),
    ),
    Rule(
        code="H322",
        name="context-is-an-object",
        severity=Severity.WARNING,
        message="`context` must be an object.",
        explanation="Destinations and enrichment read it by field; in another shape all of it is lost.",
        bad=_identify(context="analytics-python/2.4.0"),
        good=_identify(context={"library": {"name": "analytics-python", "version": "2.4.0"}}),
        expected="an object",
        fix="Send context as named fields.",
        source=segment("2.1", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS, "batch"),
        schema=root(context=OBJECT),
    ),
    Rule(
        code="H323",
        name="identify-has-traits-not-properties",
        severity=Severity.WARNING,
        message="`properties` of an identify or group call go nowhere.",
        explanation="What is said about a user or a group belongs into `traits`. `properties` are accepted, and no "
        "profile, table or destination gets them.",
        bad={"type": "identify", "userId": "user-001", "properties": {"plan": "pro"}},
        good=_identify(),
        expected="no `properties`, or an empty object",
        fix="Rename `properties` to `traits`.",
        source=inferred("2.6", "the Schema tab lists identify calls by trait"),
        contracts=("identify", "group"),
        schema=root(properties=_EMPTY),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="H324",
        name="event-has-properties-not-traits",
        severity=Severity.WARNING,
        message="`traits` of a track, page or screen call go nowhere.",
        explanation="What is said about an event belongs into `properties`. The browser SDK removes top-level traits "
        "from track calls; other SDKs send them on to be ignored.",
        bad={"type": "track", "userId": "user-001", "event": "Order Completed", "traits": {"plan": "pro"}},
        good={
            "type": "track",
            "userId": "user-001",
            "event": "Order Completed",
            "context": {"traits": {"plan": "pro"}},
        },
        expected="no `traits`, or an empty object",
        fix="Move them into `properties`, or into `context.traits` when they are about the user.",
        source=sdk("3.1", "analytics-next: normalize.ts"),
        contracts=("track", "page", "screen"),
        schema=root(traits=_EMPTY),
    ),
    Rule(
        code="H325",
        name="traits-are-not-too-many",
        severity=Severity.WARNING,
        message=f"An event carries {UNIFY_TRAITS} traits or properties, or more.",
        explanation="Unify drops the whole event, silently. A workspace that sends all cohorts of a user in one "
        "identify reaches this number.",
        bad=_identify(traits={f"trait_{number}": number for number in range(UNIFY_TRAITS)}),
        good=_identify(traits={f"trait_{number}": number for number in range(3)}),
        expected=f"fewer than {UNIFY_TRAITS}",
        fix="Send only what changed.",
        source=segment("1.7", "[doc]", UNIFY_LIMITS),
        contracts=("event", *CALLS),
        schema=root(
            traits=when_object(maxProperties=UNIFY_TRAITS - 1),
            properties=when_object(maxProperties=UNIFY_TRAITS - 1),
        ),
    ),
    Rule(
        code="H326",
        name="event-name-is-trimmed",
        severity=Severity.WARNING,
        message="The event's name has white space at an end, or a line break in it.",
        explanation="Tracking plans and destination mappings compare names exactly: a stray space makes an unplanned "
        "event with a table of its own.",
        bad={"type": "track", "userId": "user-001", "event": "Order Completed "},
        good={"type": "track", "userId": "user-001", "event": "Order Completed"},
        expected="the name without white space around it",
        fix="Trim the name.",
        source=segment("5.6", "[doc]", "protocols/validate/forward-violations.md"),
        contracts=("track",),
        schema=root(event=text_unlike(f"^{SPACE}|[\\t\\r\\n]|{SPACE}$")),
    ),
    Rule(
        code="H327",
        name="traits-have-one-spelling",
        severity=Severity.WARNING,
        message="The same trait is sent in camelCase and in snake_case.",
        explanation="Segment takes both spellings of its reserved traits. Sent together they become two traits "
        "downstream, and in a warehouse one column for two values.",
        bad=_identify(traits={"firstName": "Ada", "first_name": "Ada"}),
        good=_identify(traits={"firstName": "Ada", "lastName": "Lovelace"}),
        expected="one spelling",
        fix="Choose one spelling for all reserved traits.",
        source=segment("2.3", "[doc]", "spec/identify.md"),
        contracts=("identify", "group"),
        schema={
            "allOf": [
                inside(
                    "traits",
                    {
                        "not": {
                            "type": "object",
                            "properties": {camel: {}, snake: {}},
                            "required": [camel, snake],
                        }
                    },
                )
                for camel, snake in _PAIRS
            ]
        },
        at="/traits",
    ),
    Rule(
        code="H328",
        name="destination-is-spelt-right",
        severity=Severity.WARNING,
        message="A destination in `integrations` differs from its display name in case or white space.",
        explanation="Names are compared exactly and unknown ones are ignored: a flag that was to keep an event from a "
        "destination does nothing.",
        bad=_identify(integrations={"all": False}),
        good=_identify(integrations={"All": False, "Warehouses": {"all": False}}),
        expected="the display name",
        fix="Copy the name from the destination's settings.",
        source=segment("5.4, 6 (31)", "[doc]", _FILTERING),
        contracts=("event", *CALLS, "batch"),
        schema=inside(
            "integrations",
            when_object(
                propertyNames={
                    "anyOf": [
                        {"enum": list(_DESTINATIONS)},
                        {"not": {"type": "string", "pattern": f"^{SPACE}*({_ANY_CASE}){SPACE}*$"}},
                    ]
                }
            ),
        ),
        probe=_misspelt_destination,
        reads=(),
        presumes=("integrations-are-an-object",),
    ),
    Rule(
        code="H329",
        name="external-ids-are-complete",
        severity=Severity.WARNING,
        message="Each of `context.externalIds` needs `id`, `type`, `collection` and `encoding`.",
        explanation="Identity resolution ignores an external id of which one of the four is missing.",
        bad=_identify(context={"externalIds": [{"id": "123", "type": "crm_id"}]}),
        good=_identify(
            context={"externalIds": [{"id": "123", "type": "crm_id", "collection": "users", "encoding": "none"}]}
        ),
        expected="an array of objects with the four strings",
        fix='Add `"collection": "users"` and `"encoding": "none"`.',
        source=segment("2.1, 5.2", "[doc]", "unify/identity-resolution/externalids.md"),
        contracts=("event", *CALLS),
        schema=inside(
            "context/externalIds",
            {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": {name: {"type": "string"} for name in ("id", "type", "collection", "encoding")},
                    "required": ["id", "type", "collection", "encoding"],
                },
            },
        ),
    ),
    Rule(
        code="H330",
        name="plan-version-is-a-whole-number",
        severity=Severity.WARNING,
        message="`context.protocols.event_version` must be an integer.",
        explanation="Anything else counts as none, and the event is held to the *oldest* version of its rule in the "
        "tracking plan.",
        bad=_identify(context={"protocols": {"event_version": "2"}}),
        good=_identify(context={"protocols": {"event_version": 2}}),
        expected="an integer",
        fix="Send the version as a number.",
        source=segment("5.6, 6 (29)", "[doc]", "protocols/tracking-plan/create.md"),
        contracts=("event", *CALLS),
        schema=inside("context/protocols/event_version", {"type": ["integer", "null"]}),
    ),
    Rule(
        code="H331",
        name="cohorts-do-not-feed-themselves",
        severity=Severity.WARNING,
        message="A cohort change is routed back to Amplitude.",
        explanation="The trait becomes an Amplitude user property named after the cohort. A cohort that is defined by "
        "that property feeds itself, and every cohort uses up one of the thousand user properties.",
        bad=_identify(
            traits={"Power Users (abc123)": True},
            context={"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
            integrations={"Actions Amplitude": True},
        ),
        good=_identify(
            traits={"Power Users (abc123)": True},
            context={"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
            integrations={"Actions Amplitude": False},
        ),
        expected="Amplitude destinations off, or not mentioned",
        fix='Send `"integrations": {"Actions Amplitude": false, "Amplitude": false}`, or disconnect it.',
        source=inferred("4.3", "the Amplitude destination maps all traits to user properties"),
        contracts=("identify",),
        schema=_not_fed_back,
        presumes=("integrations-are-an-object",),
    ),
    Rule(
        code="H332",
        name="all-false-means-warehouses-too",
        severity=Severity.NOTE,
        message="`All: false` does not keep an event from warehouses.",
        explanation="Warehouses have a switch of their own in `integrations`.",
        bad=_identify(integrations={"All": False}),
        good=_identify(integrations={"All": False, "Warehouses": {"all": False}}),
        expected="a `Warehouses` entry beside `All: false`",
        fix='Add `"Warehouses": {"all": false}` when warehouses must not get it; ignore this rule when they should.',
        source=segment("5.1, 6 (32)", "[doc]", _FILTERING),
        contracts=("event", *CALLS),
        schema=inside(
            "integrations",
            {
                "anyOf": [
                    {"not": {"type": "object", "properties": {"All": {"const": False}}, "required": ["All"]}},
                    {"type": "object", "properties": {"Warehouses": {}}, "required": ["Warehouses"]},
                ]
            },
        ),
        pedantic=True,
    ),
    Rule(
        code="H333",
        name="identify-says-something",
        severity=Severity.NOTE,
        message="The identify call has no traits.",
        explanation="It is accepted and leaves a row without columns; the Schema tab, which lists traits, shows "
        "nothing.",
        bad={"type": "identify", "userId": "user-001"},
        good=_identify(),
        expected="at least one trait",
        fix="Send the traits with the call, or do not send it.",
        source=segment("5.8", "[doc]", "connections/sources/schema/index.md"),
        contracts=("identify",),
        schema={
            "allOf": [
                needs("traits"),
                root(traits={"not": {"type": "object", "maxProperties": 0}}),
            ]
        },
        pedantic=True,
    ),
    Rule(
        code="H334",
        name="fields-are-read",
        severity=Severity.WARNING,
        message="A field stands under a name, or in a place, where nobody reads it.",
        explanation="Segment takes fields that it does not know without a word, and what they were to say is lost: "
        "`user_id` names nobody, `trait` sets nothing, `name` is no name of a track call, and traits that an identify "
        "has in `context.traits` only reach no profile. Told when a field of the call is lacking that was probably "
        "meant.",
        bad={"type": "identify", "userId": "user-001", "trait": {"plan": "pro"}},
        good=_identify(),
        expected="the field's own name, at its own place",
        fix="Write the field as Segment spells it, where Segment reads it.",
        source=segment("2.1, 2.2", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS, "batch"),
        probe=_near_misses,
        reads=(),
        sieve=lambda frame: plain(frame.call),
        presumes=("cohort-trait-is-not-in-context",),
    ),
    Rule(
        code="H335",
        name="routing-is-boolean",
        severity=Severity.WARNING,
        message="A value in `integrations` is neither true nor false, nor an object of options.",
        explanation='A text, a number or null is not documented, and readers differ: the text "false" is true to most '
        "of them, so the destination that was to be left out gets the event. `All` takes true or false only.",
        bad=_identify(integrations={"All": True, "Braze": "false"}),
        good=_identify(integrations={"All": True, "Braze": False, "AppsFlyer": {"appsFlyerId": "1"}}),
        expected="true, false, or an object of options",
        fix="Send JSON booleans, without quotes.",
        source=segment("1.8, 5.4", "[doc]", _FILTERING),
        contracts=("event", *CALLS, "batch"),
        schema=inside(
            "integrations",
            when_object(
                properties={"All": {"type": "boolean"}},
                additionalProperties={"anyOf": [{"type": "boolean"}, {"type": "object"}]},
            ),
        ),
        presumes=("integrations-are-an-object",),
    ),
)
