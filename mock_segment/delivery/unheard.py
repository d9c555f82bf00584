"""Unheard: what came and told Segment nothing, in words, so that nobody says it was never sent.

It was discarded, lost on the way, or delivered with what matters where nobody looks: `contracts` knows near misses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.near import dotted, near_misses
from mock_segment.delivery.events import Event
from mock_segment.delivery.losses import LostEvent
from mock_segment.delivery.reading import id_text
from mock_segment.delivery.verdicts import DELIVERED, DISCARDED, REFUSED

_MOST_SLIPS = 3


def meant_for(event: Mapping[str, Any]) -> str | None:
    """Return the user an event is about, also where the id stands under a name or in a place that nobody reads."""
    return id_text(event.get("userId")) or id_text(_meant(event, "/userId"))


def traits_meant(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the traits of an event, also where they stand under a name or in a place that nobody reads."""
    traits = event.get("traits")
    if isinstance(traits, Mapping) and not isinstance(traits.get("traits"), Mapping):
        return traits if traits else _misplaced_traits(event)
    return _misplaced_traits(event)


def _misplaced_traits(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found = _meant(event, "/traits")
    if found is None and event.get("type") == "identify":
        found = event.get("properties")
    return found if isinstance(found, Mapping) else {}


def _meant(event: Mapping[str, Any], field: str) -> Any:
    """Return what stands where a field of the event was probably meant."""
    for miss in near_misses(event):
        if miss.meant == field:
            found: Any = event
            for step in miss.found[1:].split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            return found
    return None


def slips(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of an event that nobody reads and that were probably meant for others."""
    found = [dotted(miss.found) for miss in near_misses(event)]
    traits, properties = event.get("traits"), event.get("properties")
    if event.get("type") == "identify" and not traits and isinstance(properties, Mapping) and properties:
        found.append("properties")
    return tuple(found[:_MOST_SLIPS])


def is_in_vain(event: Mapping[str, Any]) -> bool:
    """Say whether an event that was delivered has its traits where nobody looks for them."""
    traits = event.get("traits")
    return event.get("type") == "identify" and traits_meant(event) is not traits and bool(traits_meant(event))


def unheard(events: Iterable[Event], lost: Iterable[LostEvent], user_id: str | None = None) -> list[str]:
    """Say what came and told Segment nothing: one sentence for each kind, of one user or of all."""
    counted: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for became, code, raw in (*_came(events), *((REFUSED, each.code, each.event) for each in lost)):
        if user_id is None or meant_for(raw) == user_id:
            counted[became, code, slips(raw)] += 1
    return [in_words(number, became, code, names) for (became, code, names), number in counted.items()]


def _came(events: Iterable[Event]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for event in events:
        if event.verdict.verdict == DISCARDED:
            yield DISCARDED, event.verdict.code, event.raw
        elif event.verdict.verdict == DELIVERED and is_in_vain(event.raw):
            yield DELIVERED, "", event.raw


def in_words(number: int, became: str, code: str, names: tuple[str, ...]) -> str:
    """Say of so many events what became of them, and what they have that nobody reads."""
    were, they_have = ("was", "it has") if number == 1 else ("were", "they have")
    came = f"{number} event{'' if number == 1 else 's'} came and {were} {became}"
    if became == DELIVERED:
        came += " and told nothing"
    elif code:
        came += f": {code}"
    named = " and ".join(f"`{name}`" for name in names)
    return f"{came}; {they_have} {named}" if named else came
