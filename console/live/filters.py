"""Filters: which calls and events somebody wants to see. They stand in the page's address as they are written here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from contracts.nearest import nearest
from mock_core.errors import BadControl
from mock_core.journal import Entry
from mock_core.moments import milliseconds
from mock_segment.delivery import id_text

FAKES = ("amplitude", "segment")
VERDICTS = ("delivered", "duplicate", "discarded", "refused", "unjudged")
KEPT_APART = ("duplicate", "discarded", "unjudged")  # verdicts by which delivery finds events at once
TYPES = ("identify", "track", "page", "screen", "group", "alias")
_PLAIN = re.compile(r"[A-Za-z0-9 _.:@-]+")  # what every writer of JSON writes as it is


class NotAFilter(BadControl):
    """The address asks for something that is no filter: change it."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; an empty word asks for nothing. `since` and `until` are ISO 8601 or milliseconds."""

    fake: str = ""
    verdict: str = ""
    code: str = ""
    type: str = ""
    user: str = ""
    trait: str = ""
    text: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filters:
        """Read them from an address; raise `NotAFilter` for a value that none can have."""
        found = cls(**{each.name: asked.get(each.name, "").strip()[:500] for each in fields(cls)})
        for name, choices in (("fake", FAKES), ("verdict", VERDICTS)):
            said = getattr(found, name)
            if said and said not in choices:
                raise NotAFilter(f"{name} is {said!r}: {nearest(said, choices)}")
        found.span()
        return found

    @property
    def query(self) -> str:
        """What stands in an address for them."""
        return urlencode(self.as_dict())

    def as_dict(self) -> dict[str, str]:
        """Return those that ask for something, by name."""
        return {each.name: said for each in fields(self) if (said := getattr(self, each.name))}

    def __bool__(self) -> bool:
        return bool(self.as_dict())

    @property
    def are_about_events(self) -> bool:
        """Whether a call without events of Segment's cannot be meant."""
        return bool(self.verdict or self.code or self.type or self.trait)

    def span(self) -> tuple[int, int]:
        """Return from when to before when, in milliseconds."""
        return (
            milliseconds(self.since) if self.since else 0,
            milliseconds(self.until) if self.until else 1 << 62,
        )

    def may_hold(self, entry: Entry) -> bool:
        """Say, without reading its events, whether a call may be meant."""
        body = entry.body or b""
        if "gzip" in entry.data.get("headers", {}).get("content-encoding", "").lower():
            return True
        for wanted in (self.user, self.trait):
            longest = max(_PLAIN.findall(wanted), key=len, default="")
            if longest and longest.encode() not in body and longest not in entry.data.get("query", ""):
                return False
        return True

    def is_meant(self, raw: Mapping[str, Any], verdict: str, code: str) -> bool:
        """Say whether an event is asked for, text and time aside."""
        traits = raw.get("traits")
        return (
            (not self.verdict or self.verdict == verdict)
            and (not self.code or self.code == code)
            and (not self.type or self.type == raw.get("type"))
            and (not self.user or self.user in {id_text(raw.get("userId")), id_text(raw.get("anonymousId"))})
            and (not self.trait or (isinstance(traits, Mapping) and self.trait in traits))
        )

    def has_text(self, entry: Entry, body: bytes) -> bool:
        """Say whether the text asked for stands in a call: its path, query, headers or body, in whatever case."""
        if not self.text:
            return True
        wanted = self.text.lower()
        data = entry.data
        said = (data["path"], data["query"], *data["headers"].values(), data.get("refused", {}).get("message", ""))
        return any(wanted in each.lower() for each in said) or wanted in body.decode("utf-8", "replace").lower()
