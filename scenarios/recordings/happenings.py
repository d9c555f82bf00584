"""What happened around a user's way: the cohort got another name or state, and trouble began and ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.foreign import NAME_COLUMNS, quoted
from mock_amplitude import AmplitudeState
from mock_core.journal import Journal
from mock_segment import SegmentState
from scenarios.bench import fault_in_words
from scenarios.recordings.mark import Mark

_STATES = {
    ("archived", True): ("archive", "archived"),
    ("archived", False): ("unarchive", "no longer archived"),
    ("published", True): ("publish", "published"),
    ("published", False): ("unpublish", "no longer published"),
    ("hidden", True): ("hide", "hidden"),
    ("hidden", False): ("unhide", "no longer hidden"),
}


def happenings(amplitude: AmplitudeState, segment: SegmentState, cohort_id: str) -> Iterator[Mark]:
    """Yield what happened to a cohort besides its memberships, and every fault that was armed or lifted."""
    name = ""
    for entry in amplitude.workspace.journal.walk(kind="control"):
        data = entry.data
        if data["op"] == "cohort.create" and data["cohort"]["id"] == cohort_id:
            name = data["cohort"]["name"]
        if data.get("cohort_id") != cohort_id:
            continue
        if data["op"] == "cohort.delete":
            yield Mark(entry.at, "amplitude", entry.seq, "delete", f"{quoted(name, NAME_COLUMNS)} was deleted")
        for field, value in data["changes"].items() if data["op"] == "cohort.edit" else ():
            if field == "name":
                words = f"{quoted(name, NAME_COLUMNS)} is called {quoted(value, NAME_COLUMNS)} from here on"
                yield Mark(entry.at, "amplitude", entry.seq, "rename", words)
                name = value
            elif (field, value) in _STATES:
                kind, words = _STATES[field, value]
                yield Mark(entry.at, "amplitude", entry.seq, kind, f"{quoted(name, NAME_COLUMNS)} is {words}")
    for on, state in (("amplitude", amplitude), ("segment", segment)):
        yield from _trouble(on, state.workspace.journal)


def _trouble(on: str, journal: Journal) -> Iterator[Mark]:
    known = armed(journal)
    for entry in journal.walk(kind="control"):
        if entry.data["op"] == "fault.arm":
            yield Mark(entry.at, on, entry.seq, "fault", f"{fault_in_words(on, entry.data['spec'])} is armed")
        elif entry.data["op"] == "fault.lift":
            fault_id = entry.data.get("id")
            what = fault_in_words(on, known[fault_id]) if fault_id in known else f"every fault at {on.title()}"
            yield Mark(entry.at, on, entry.seq, "lift", f"{what} is lifted")


def armed(journal: Journal) -> dict[str, Mapping[str, Any]]:
    """Return the faults that were armed, by their ids: the fake counts them."""
    specs = (entry.data["spec"] for entry in journal.walk(kind="control") if entry.data["op"] == "fault.arm")
    return {f"fault-{number}": spec for number, spec in enumerate(specs, 1)}
