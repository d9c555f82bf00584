"""What a lab saw, for the report of a test that failed: its last calls, what became of the events, its clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cohortlab.serving import call_line
from contracts.foreign import shown
from mock_core.clock import iso

if TYPE_CHECKING:
    from cohortlab.testing.lab import Lab

MOST_CALLS = 15  # of each fake
_LOOKED_AT = 100  # entries of each journal, from its end
MOST_KEPT_IN = 5


def what_it_saw(lab: Lab) -> str:
    """Return the report of a lab, for a person to read."""
    return "\n".join(_lines(lab))


def _lines(lab: Lab) -> Iterator[str]:
    calls = []
    for fake in lab.fakes:
        workspace = fake.state.workspace
        journal = workspace.journal
        last = journal.read(max(0, journal.last - _LOOKED_AT), kind="request")[-MOST_CALLS:]
        calls += [(entry.at, call_line(fake, workspace, entry)) for entry in last]
    yield "The last calls:" if calls else "It saw no call."
    yield from (f"  {line}" for _, line in sorted(calls, key=lambda call: call[0]))
    for told in lab.kept_in[-MOST_KEPT_IN:]:
        yield f"  not made: {shown(told)}"
    counts = lab.segment.verdicts().counts()
    if counts:
        yield f"What became of the events: {', '.join(f'{events:,} {word}' for word, events in counts.items())}."
    state = "stood still at" if lab.clock.is_frozen else "ran; it is"
    yield f"The lab's clock {state} {iso(lab.clock.now_ms())}."
