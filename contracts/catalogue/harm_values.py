"""H34x: values of a type that the reader further down does not expect."""

from __future__ import annotations

from typing import Any

from contracts.catalogue.sources import SPEC_IDENTIFY, inferred, sdk, segment
from contracts.fragments import NUMBER, OBJECT, TEXT, inside, root, when_object
from contracts.rule import Rule, Severity

_USER_TEXTS = (
    *("avatar", "description", "email", "firstName", "first_name", "gender", "lastName", "last_name"),
    *("name", "phone", "title", "username", "website"),
)
_GROUP_TEXTS = ("avatar", "description", "email", "industry", "name", "phone", "plan", "website")
_MOMENT = {"anyOf": [{"type": "null"}, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"}]}
_TEXT_OR_NUMBER = {"anyOf": [{"type": "null"}, {"type": "string"}, {"type": "number"}]}
_BOOLEAN_TEXT = {"not": {"enum": ["true", "false", "True", "False", "TRUE", "FALSE"]}}
_EXACT = {"if": {"type": "number"}, "then": {"type": "number", "minimum": 1 - 2**53, "maximum": 2**53 - 1}}
_LEVELS = 3
"""Of objects and arrays in a value that are looked into."""
_LOST = ("undefined", "NaN", "[object Object]", "<null>")
_PERHAPS_LOST = ("null", "None", "nan", "nil")


def _identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": traits}


def _track(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "user-001", "event": "Order Completed", "properties": properties}


def _exact(levels: int) -> dict[str, Any]:
    """Return a schema for values whose numbers every reader keeps, down to so many levels."""
    if levels == 0:
        return _EXACT
    inner = _exact(levels - 1)
    items = {"if": {"type": "array"}, "then": {"type": "array", "items": inner}}
    return {"allOf": [_EXACT, when_object(additionalProperties=inner), items]}


def _each_value(schema: dict[str, Any]) -> dict[str, Any]:
    values = when_object(additionalProperties=schema)
    return root(traits=values, properties=values)


RULES = (
    Rule(
        code="H340",
        name="user-traits-have-their-types",
        severity=Severity.WARNING,
        message="A reserved user trait has another type than Segment's spec gives it.",
        explanation="Destinations map `email`, `name`, `address`, `createdAt` and their like by type. A value of "
        "another type is dropped by some, and refused by others.",
        bad=_identify(address="12 St James's Square, London"),
        good=_identify(address={"street": "12 St James's Square", "city": "London"}, age=36, email="ada@example.com"),
        expected="the type in Segment's identify spec",
        fix="Send strings for texts, numbers for `age`, an object for `address`, ISO 8601 for `createdAt`.",
        source=segment("2.3", "[doc]", SPEC_IDENTIFY),
        contracts=("identify",),
        schema=inside(
            "traits",
            when_object(
                properties={
                    **dict.fromkeys(_USER_TEXTS, TEXT),
                    "id": _TEXT_OR_NUMBER,
                    "age": NUMBER,
                    "address": OBJECT,
                    "company": OBJECT,
                    "birthday": _MOMENT,
                    "createdAt": _MOMENT,
                    "created_at": _MOMENT,
                }
            ),
        ),
    ),
    Rule(
        code="H341",
        name="group-traits-have-their-types",
        severity=Severity.WARNING,
        message="A reserved group trait has another type than Segment's spec gives it.",
        explanation="Destinations map reserved group traits by type. `employees` may be a string or a number: the "
        "table says one, every example sends the other.",
        bad={"type": "group", "userId": "user-001", "groupId": "company-7", "traits": {"name": 7}},
        good={
            "type": "group",
            "userId": "user-001",
            "groupId": "company-7",
            "traits": {"name": "Initech", "employees": 329},
        },
        expected="the type in Segment's group spec",
        fix="Send strings for texts, an object for `address`, ISO 8601 for `createdAt`.",
        source=segment("2.4", "[doc]", "spec/group.md"),
        contracts=("group",),
        schema=inside(
            "traits",
            when_object(
                properties={
                    **dict.fromkeys(
                        ("avatar", "description", "email", "industry", "name", "phone", "plan", "website"), TEXT
                    ),
                    "id": _TEXT_OR_NUMBER,
                    "employees": _TEXT_OR_NUMBER,
                    "address": OBJECT,
                    "createdAt": _MOMENT,
                }
            ),
        ),
    ),
    Rule(
        code="H342",
        name="money-is-a-number",
        severity=Severity.WARNING,
        message="`revenue` and `value` must be numbers.",
        explanation="A price as text, with a currency sign or not, is not counted as revenue anywhere downstream.",
        bad=_track(revenue="$39.95"),
        good=_track(revenue=39.95, currency="USD"),
        expected="a number",
        fix="Send the amount as a number, and the currency in `currency`.",
        source=segment("2.2", "[doc]", "spec/track.md"),
        contracts=("track",),
        schema=inside("properties", when_object(properties={"revenue": NUMBER, "value": NUMBER})),
    ),
    Rule(
        code="H343",
        name="currency-is-a-code",
        severity=Severity.WARNING,
        message="`currency` must be an ISO 4217 code of three capital letters.",
        explanation="Without a code that is understood US dollars are assumed, and the figures add up wrongly.",
        bad=_track(revenue=39.95, currency="€"),
        good=_track(revenue=39.95, currency="EUR"),
        expected="three capital letters",
        fix="Send the code: EUR, USD, GBP.",
        source=segment("2.2", "[doc]", "spec/track.md"),
        contracts=("track",),
        schema=inside("properties/currency", {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"}),
    ),
    Rule(
        code="H344",
        name="page-properties-are-text",
        severity=Severity.WARNING,
        message="A reserved page property must be a string.",
        explanation="`name`, `path`, `referrer`, `search`, `title` and `url` are read as strings, `keywords` as an "
        "array of strings.",
        bad={"type": "page", "userId": "user-001", "properties": {"path": 404}},
        good={"type": "page", "userId": "user-001", "properties": {"path": "/404", "keywords": ["lost"]}},
        expected="a string; for `keywords` an array of strings",
        fix="Send these properties as strings.",
        source=segment("2.2", "[doc]", "spec/page.md"),
        contracts=("page",),
        schema=inside(
            "properties",
            when_object(
                properties={
                    **dict.fromkeys(("name", "path", "referrer", "search", "title", "url"), TEXT),
                    "keywords": {"type": ["array", "null"], "items": {"type": "string"}},
                }
            ),
        ),
    ),
    Rule(
        code="H345",
        name="booleans-are-not-text",
        severity=Severity.WARNING,
        message='A value is the text "true" or "false" instead of a boolean.',
        explanation="Filters such as `is true` compare booleans only, plans report `Invalid type. Expected: boolean, "
        "given: string`, and a warehouse column whose first value was text stays text for ever.",
        bad=_identify(subscribed="true"),
        good=_identify(subscribed=True),
        expected="true or false, without quotes",
        fix="Send JSON booleans.",
        source=segment("2.6, 6 (23)", "[doc]", "connections/destinations/destination-filters.md"),
        contracts=("identify", "group", "track", "page", "screen"),
        schema=_each_value(_BOOLEAN_TEXT),
        presumes=("membership-is-boolean",),
    ),
    Rule(
        code="H346",
        name="values-are-not-lost",
        severity=Severity.WARNING,
        message="A value is the text that a missing or unprintable value leaves behind.",
        explanation="`null`, `None`, `undefined`, `NaN` and `[object Object]` as text are kept as real values: people "
        "named None, companies named undefined.",
        bad=_identify(company_name="undefined"),
        good=_identify(company_name=None),
        expected="the value itself, or null",
        fix="Send null, or leave the field out, when there is no value.",
        source=segment("2.5", "[doc]", "unify/faqs.md"),
        contracts=("identify", "group", "track", "page", "screen"),
        schema=root(
            traits=when_object(additionalProperties={"not": {"enum": [*_LOST, *_PERHAPS_LOST]}}),
            properties=when_object(additionalProperties={"not": {"enum": list(_LOST)}}),
        ),
        presumes=("membership-is-boolean",),
    ),
    Rule(
        code="H347",
        name="properties-are-not-lost",
        severity=Severity.NOTE,
        message="A property is a text that may be a missing value, or a word.",
        explanation="`None`, `null`, `nil` and `nan` are what programs print for nothing. As a property of an event "
        'they may also be meant: Segment\'s own end-to-end test sends `"Referrer Name": "None"`.',
        bad=_track(coupon="None"),
        good=_track(coupon=None),
        expected="the value itself, or null",
        fix="Send null, or leave the property out, when there is no value; ignore this rule when the word is meant.",
        source=sdk("2.5", "library-e2e-tester: fixtures/track/advance-track.json"),
        contracts=("track", "page", "screen"),
        schema=root(properties=when_object(additionalProperties={"not": {"enum": list(_PERHAPS_LOST)}})),
    ),
    Rule(
        code="H348",
        name="integers-are-exact",
        severity=Severity.WARNING,
        message="A number is 2^53 or more, beyond what every reader keeps exactly.",
        explanation="JavaScript, and every other reader that makes doubles of numbers, changes it without a word: "
        "9007199254740993 becomes 9007199254740992. Two ids become one, and no lookup finds them again.",
        bad=_identify(account_id=9007199254740993),
        good=_identify(account_id="9007199254740993"),
        expected="a number from -9007199254740991 to 9007199254740991, or a string",
        fix="Send ids as strings.",
        source=inferred("1.4", "RFC 8259 calls integers beyond 2^53 - 1 not interoperable"),
        contracts=("identify", "group", "track", "page", "screen"),
        schema={
            "allOf": [
                _each_value(_exact(_LEVELS)),
                root(context=when_object(properties={"traits": when_object(additionalProperties=_exact(1))})),
            ]
        },
    ),
)
