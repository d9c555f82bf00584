"""Lateness: values of traits that were delivered after others with a later date, as by batches sent side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mock_core.clock import iso
from mock_segment.delivery.events import Event
from mock_segment.delivery.verdicts import DELIVERED

Turn = tuple[Any, ...]  # what is smaller was delivered before


def told_by(event: Event) -> Mapping[str, Any] | None:
    """Return the traits that an event told Segment about a user; None when it told none."""
    traits = event.raw.get("traits")
    if event.verdict.verdict != DELIVERED or event.delivered_at is None or event.user_id is None:
        return None
    return traits if event.raw.get("type") == "identify" and isinstance(traits, Mapping) else None


def late_values(event: Event, others: Iterable[Event], turn_of: Callable[[Event], Turn]) -> Iterator[str]:
    """Yield, for each trait of an event, that another value with a later date had been delivered before it."""
    traits, at, mine = told_by(event), event.dated, turn_of(event)
    if traits is None:
        return
    latest: dict[str, tuple[int, Any]] = {}
    for other in others:
        told = told_by(other)
        if told is None or other.user_id != event.user_id or other.dated <= at or turn_of(other) >= mine:
            continue
        for name in traits.keys() & told.keys():
            if name not in latest or latest[name][0] <= other.dated:
                latest[name] = other.dated, told[name]
    for name, (when, value) in latest.items():
        if value != traits[name]:
            yield arrived_late(name, at, when)


def arrived_late(trait: str, at: int, later: int) -> str:
    """Say that a value of a trait arrived after one with a later date; times in milliseconds."""
    return f"The value of {trait!r} dated {iso(at)} arrived after a later-dated value of it, {iso(later)}."
