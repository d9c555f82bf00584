"""What became of a user's trait behind Segment: a station of the way for every event at every destination."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from contracts.foreign import NAME_COLUMNS, quoted
from downstream.routing import Destinations
from mock_core.annexe import addition
from mock_segment import SegmentState
from mock_segment.delivery import PLACES
from scenarios.flow import value
from scenarios.recordings.mark import Mark


def at_destinations(segment: SegmentState, user_id: str, traits: Collection[str]) -> Iterator[Mark]:
    """Yield how each event with one of these traits ended at each destination, in the order of the last attempts."""
    try:
        destinations = addition(segment, Destinations)
    except LookupError:  # a fake that stands alone
        return
    marks = []
    for row in destinations.recorded(user_id, traits):
        entry = row["position"] // PLACES
        found = segment.workspace.journal.entry(entry)
        at = row["last_at"] or (0 if found is None else found.at)
        marks.append(Mark(at, row["destination"], entry, "delivery", _words(row, traits)))
    yield from sorted(marks, key=lambda mark: mark.at)


def _words(row: dict[str, Any], traits: Collection[str]) -> str:
    told = [
        f"{quoted(found['key'], NAME_COLUMNS * 2)} {_value(found['value'])}"
        for trait, found in row["carried"].items()
        if trait in traits
    ]
    words = f"{row['verdict']}{f', the vendor was told {chr(44).join(told)}' if told else ''}"
    attempts = "" if row["attempts"] < 2 else f", after {row['attempts']} attempts"
    reason = f": {quoted(row['reason'], NAME_COLUMNS * 4)}" if row["reason"] else ""
    notes = "".join(f"; {quoted(note, NAME_COLUMNS * 4)}" for note in row["notes"])
    return f"{words}{attempts}{reason}{notes}"


def _value(found: object) -> str:
    return f"the text {quoted(found, NAME_COLUMNS)}" if isinstance(found, str) else value(found)
