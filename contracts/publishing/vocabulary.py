"""The fields of Segment's events, in words: descriptions and examples for the published schemas.

Nothing here is enforced; what is enforced are the rules (segment facts 2.1 to 2.4 [doc]).
"""

from __future__ import annotations

from typing import Any, Final

Field = dict[str, Any]


def _field(description: str, *examples: Any) -> Field:
    return {"description": description, "examples": list(examples)} if examples else {"description": description}


_COMMON: Final[dict[str, Field]] = {
    "type": _field("Which call this is. The single-call routes set it; items of a batch need it.", "identify"),
    "userId": _field("The user's id in your own database. Needed unless there is an anonymousId.", "user-001"),
    "anonymousId": _field(
        "A stable random id for somebody not signed in. Needed unless there is a userId; null counts as absent.",
        "5f0a8a3c-4c7e-4e2a-9d0b-2f7c1b1a9e11",
    ),
    "messageId": _field(
        "Identifies this event for deduplication, over all sources, for 24 hours. Keep it over retries.",
        "0f6a7c52-4a1b-4f57-9a59-6f0b6ad1e6a3",
    ),
    "timestamp": _field("When it happened, in ISO 8601 with a time zone.", "2026-11-23T10:00:00.000Z"),
    "sentAt": _field("When it was sent, by the clock of the sender; corrects `timestamp`.", "2026-11-23T10:00:05.000Z"),
    "context": _field(
        "Where and how it happened: library, device, page, campaign, consent.",
        {"library": {"name": "analytics-python", "version": "2.4.0"}},
    ),
    "integrations": _field("Which destinations get it, by display name.", {}, {"All": True, "Salesforce": False}),
    "writeKey": _field("The source's write key, when it is not in the Authorization header."),
}

_OWN: Final[dict[str, dict[str, Field]]] = {
    "identify": {"traits": _field("What is known about the user.", {"email": "ada@example.com", "plan": "pro"})},
    "track": {
        "event": _field("What happened, in words.", "Order Completed"),
        "properties": _field("What is known about it.", {"revenue": 39.95, "currency": "USD"}),
    },
    "page": {
        "name": _field("The page's name.", "Pricing"),
        "category": _field("The page's category.", "Docs"),
        "properties": _field("What is known about the page.", {"path": "/pricing", "title": "Pricing"}),
    },
    "screen": {
        "name": _field("The screen's name.", "Welcome"),
        "category": _field("The screen's category.", "Onboarding"),
        "properties": _field("What is known about the screen.", {"variation": "blue"}),
    },
    "group": {
        "groupId": _field("The group's id in your own database.", "company-7"),
        "traits": _field("What is known about the group.", {"name": "Initech", "employees": 329}),
    },
    "alias": {
        "previousId": _field("The id the user had before.", "5f0a8a3c"),
    },
}

_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "identify": {"type": "identify", "userId": "user-001", "traits": {"email": "ada@example.com", "plan": "pro"}},
    "track": {
        "type": "track",
        "userId": "user-001",
        "event": "Order Completed",
        "properties": {"revenue": 39.95, "currency": "USD"},
    },
    "page": {"type": "page", "anonymousId": "5f0a8a3c", "name": "Pricing", "properties": {"path": "/pricing"}},
    "screen": {"type": "screen", "userId": "user-001", "name": "Welcome"},
    "group": {"type": "group", "userId": "user-001", "groupId": "company-7", "traits": {"name": "Initech"}},
    "alias": {"type": "alias", "userId": "user-001", "previousId": "5f0a8a3c"},
}

_COHORT_EXAMPLE: Final = {
    "type": "identify",
    "userId": "user-001",
    "traits": {"Power Users (abc123)": True},
    "context": {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
}

_TITLES: Final = {
    "identify": "Segment identify call",
    "track": "Segment track call",
    "page": "Segment page call",
    "screen": "Segment screen call",
    "group": "Segment group call",
    "alias": "Segment alias call",
    "event": "Segment event of any call",
    "batch": "Segment batch envelope",
    "cohort-identify": "Amplitude cohort change as a Segment identify",
    "harmless": "Segment event that is not legal but harmful",
}

_DESCRIPTIONS: Final = {
    "event": "An event that Segment keeps; its `type` says which call it is.",
    "batch": "An envelope that Segment takes and whose events it keeps. At most 512,000 bytes, 32,768 an event.",
    "cohort-identify": "What Amplitude's cohort sync sends for one user who entered or left one cohort.",
    "harmless": "Holds for an event that Segment keeps and that does no harm further down either.",
}


def describe_schema(name: str, cohort_key: str) -> dict[str, Any]:
    """Return title, description, examples and described properties of a schema.

    `cohort_key` is an example of a trait key in the spelling that the schema asks for.
    """
    calls = ("identify",) if name == "cohort-identify" else (name,) if name in _OWN else ()
    fields = dict(_COMMON)
    for call in calls:
        fields.update(_OWN[call])
    examples: list[Any] = [_EXAMPLES[call] for call in calls] or list(_EXAMPLES.values())
    if name == "cohort-identify":
        examples = [{**_COHORT_EXAMPLE, "traits": {cohort_key: value}} for value in (True, False)]
    if name == "batch":
        events = _field("The events, oldest first; each needs a `type`.")
        common = ("context", "integrations", "sentAt", "writeKey")
        fields = {"batch": events, **{field: _COMMON[field] for field in common}}
        examples = [{"batch": list(_EXAMPLES.values()), "sentAt": "2026-11-23T10:00:05.000Z"}]
    return {
        "title": _TITLES[name],
        "description": _DESCRIPTIONS.get(name, f"A {name} call that Segment keeps. At most 32,768 bytes of JSON."),
        "examples": examples,
        "type": "object",
        "properties": fields,
    }
