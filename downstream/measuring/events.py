"""The events that destinations are measured with: the plain cohort identify, and what else one may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_AT: Final = "2026-11-01T12:00:00.000Z"
_AGENT: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)
USER: Final = "ada-lovelace-1"
UUID: Final = "00000000-0000-4000-8000-000000000001"

EXTRAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "email": {"traits": {"email": "ada@example.com"}},
    "name": {"traits": {"name": "Ada Lovelace"}},
    "first and last name": {
        "traits": {"firstName": "Ada", "lastName": "Lovelace", "first_name": "Ada", "last_name": "Lovelace"}
    },
    "phone": {"traits": {"phone": "+442071838750"}},
    "anonymousId": {"anonymousId": "anon-0001"},
    "context.ip": {"context": {"ip": "203.0.113.7"}},
    "context.userAgent": {"context": {"userAgent": _AGENT}},
    "context.page": {
        "context": {
            "page": {
                "url": "https://example.com/p?x=1",
                "path": "/p",
                "title": "P",
                "referrer": "https://ref.example.com/",
                "search": "?x=1",
            }
        }
    },
    "context.device": {
        "context": {
            "device": {
                "id": "device-0001",
                "type": "ios",
                "advertisingId": "00000000-0000-4000-8000-0000000000aa",
                "adTrackingEnabled": True,
            },
            "os": {"name": "iOS", "version": "17"},
            "app": {"name": "app", "version": "1.0", "namespace": "com.example.app", "build": "1"},
        }
    },
    "context.locale": {"context": {"locale": "en-GB", "timezone": "Europe/London"}},
    "context.traits.email": {"context": {"traits": {"email": "ada@example.com"}}},
}
"""What an event may hold besides, by the name under which it is told."""

UUID_USER: Final = "a UUID as userId"


def identify(trait: str | None, value: Any, extras: Iterable[str] = (), user: str = USER) -> dict[str, Any]:
    """Return an identify with one trait (None for none) and some of the extras."""
    event: dict[str, Any] = {
        "type": "identify",
        "userId": user,
        "messageId": "message-0001",
        **dict.fromkeys(("timestamp", "sentAt", "receivedAt", "originalTimestamp"), _AT),
        "context": {"library": {"name": "cohortlab", "version": "1.0.0"}},
        "integrations": {},
        "traits": {},
    }
    for name in extras:
        if name == UUID_USER:
            event["userId"] = UUID
        else:
            for place, more in EXTRAS[name].items():
                event[place] = {**event[place], **more} if isinstance(more, dict) else more
    if trait is not None:
        event["traits"] = {**event["traits"], trait: value}
    return event
