"""What destinations will do to cohort identifies: a fold that says once for each trait what is lost or changed there.

Which destination does what was measured elsewhere and is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.catalogue import rule
from contracts.explain import describe, pointer, quote
from contracts.rule import Observation, Violation
from contracts.trait_key import TraitKeyFormat

_REMEMBERED: Final = 100_000
"""Traits remembered; a capture with more makes them up as it goes, and memory stays bounded."""

_OUT_OF_FILTERS: Final = re.compile(r"[\[\].]")
_OUT_OF_MAPPINGS: Final = re.compile(r"[.'\"]|\]?\[\d")
_PLACES: Final = {
    "email": ("traits", "email"),
    "name": ("traits", "name"),
    "phone": ("traits", "phone"),
    "anonymousId": ("anonymousId",),
    "context.ip": ("context", "ip"),
    "context.userAgent": ("context", "userAgent"),
    "context.traits.email": ("context", "traits", "email"),
}
"""Where an event has what a destination may need."""


def _kept(key: str) -> str:
    return key


@dataclass(frozen=True, slots=True)
class Destination:
    """What a destination does with an identify, as far as contracts ask.

    `arrives` is None where nothing is ever sent. `needs` are the names of what the event has to hold, `fill` of fields
    of the mapping that somebody has to fill in. `as_text` says that booleans become text, `reads_context` that
    `context.traits` hide the event's own.
    """

    slug: str
    arrives: bool | None = True
    needs: Sequence[str] = ()
    fill: Sequence[str] = ()
    renamed: Callable[[str], str] = field(default=_kept)
    as_text: bool = False
    reads_context: bool = False


class AtDestinations:
    """Hold events to what destinations do with them; traits are those spelt as a cohort's key."""

    def __init__(self, destinations: Sequence[Destination], spelling: TraitKeyFormat) -> None:
        self._destinations = tuple(destinations)
        self._spelling = spelling
        self._told: set[tuple[str, str, str]] = set()

    def see(self, event: dict[str, Any]) -> Iterator[Violation]:
        """Yield what becomes of an event's cohort traits, each but once; what an event lacks, for each event."""
        traits = event.get("traits")
        if event.get("type", "identify") != "identify" or not isinstance(traits, dict):
            return
        cohorts = [key for key in traits if self._spelling.parse(key) is not None]
        for key in cohorts:
            if (reason := _out_of_reach(key)) and self._is_new("V705", "", key):
                yield _broken("V705", ["traits", key], f"{quote(key)}: {reason}")
        for destination in self._destinations if cohorts else ():
            yield from self._at(destination, event, cohorts)

    def _at(self, destination: Destination, event: dict[str, Any], cohorts: Sequence[str]) -> Iterator[Violation]:
        slug = destination.slug
        missing = [name for name in destination.needs if not _has(event, name)]
        if missing:
            yield _broken("V704", ["traits"], f"{slug} needs {', '.join(missing)}")
        for name in destination.fill:
            if self._is_new("V704", slug, name):
                yield _broken("V704", ["traits"], f"{slug} needs the field {name} of its mapping filled in")
        for key in cohorts:
            yield from self._trait(destination, event, key)

    def _trait(self, destination: Destination, event: dict[str, Any], key: str) -> Iterator[Violation]:
        slug, where = destination.slug, ["traits", key]
        lost = _lost(destination, event)
        if lost:
            if self._is_new("V701", slug, key):
                yield _broken("V701", where, f"{slug} {lost}")
            return
        name = destination.renamed(key)
        if name != key and self._is_new("V702", slug, key):
            yield _broken("V702", where, f"{slug} calls it {quote(name)}")
        value = event["traits"][key]
        if destination.as_text and isinstance(value, bool) and self._is_new("V703", slug, key):
            yield _broken("V703", where, f"{slug} gets {describe('true' if value else 'false')}")

    def _is_new(self, code: str, slug: str, name: str) -> bool:
        said = (code, slug, name)
        if said in self._told or len(self._told) >= _REMEMBERED:
            return False
        self._told.add(said)
        return True


def _lost(destination: Destination, event: dict[str, Any]) -> str:
    """Say why a trait does not get to a destination; empty where it does."""
    if destination.arrives is None:
        return "sends nothing for an identify such as this"
    if not destination.arrives:
        return "sends a request without it"
    context = event.get("context")
    if destination.reads_context and isinstance(context, dict) and isinstance(context.get("traits"), dict):
        return "reads context.traits, which this event has, in place of traits"
    return ""


def _out_of_reach(key: str) -> str:
    """Say what cannot name a trait; empty where both filters and mappings can (destination facts 4, 5)."""
    parts = []
    if _OUT_OF_FILTERS.search(key):
        parts.append("no filter in FQL matches it")
    if _OUT_OF_MAPPINGS.search(key):
        parts.append("no path in a mapping reaches it")
    return " and ".join(parts)


def _has(event: dict[str, Any], name: str) -> bool:
    found: Any = event
    for step in _PLACES.get(name, (name,)):
        found = found.get(step) if isinstance(found, dict) else None
    return found not in (None, "")


def _broken(code: str, where: Sequence[str | int], found: str) -> Violation:
    return Violation.of(rule(code), Observation(pointer(list(where)), found))
