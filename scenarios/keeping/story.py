"""The story of a lab, whatever keeps it: what happened at both fakes in order, and what is known of it besides."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mock_core.journal import Journal
from scenarios.errors import FileUnusable
from scenarios.lab import Lab
from scenarios.recordings import FAKES, Recording, StepRecorded, lab_in


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a journal without its body; `step` is that of the run it belongs to, 0 where there was none."""

    fake: str
    seq: int
    at: int
    kind: str
    data: Mapping[str, Any]
    step: int = 0

    @property
    def op(self) -> str:
        """What was told, of a control; nothing of others."""
        return str(self.data["op"]) if self.kind == "control" else ""


@dataclass(frozen=True, slots=True)
class Story:
    """A lab that knows all of it, and its entries in order; `steps` are those of the run, of which journals know none.

    `trait_key` is how the run spelt traits, None where nobody says.
    """

    lab: Lab
    title: str
    happenings: tuple[Happening, ...]
    seed: int = 0
    start: float | None = None
    trait_key: str | None = None
    steps: tuple[StepRecorded, ...] = field(default=())

    def journal(self, fake: str) -> Journal:
        """Return the journal of a fake."""
        journal: Journal = getattr(self.lab, fake).workspace.journal
        return journal

    def body(self, each: Happening) -> bytes:
        """Return the body of an entry."""
        entry = self.journal(each.fake).entry(each.seq)
        return b"" if entry is None else entry.body or b""


def story_of(lab: Lab, title: str, since: int | None = None) -> Story:
    """Return the story of a lab, from a moment on (milliseconds) or from its beginning: what is told it stays known."""
    found = {
        fake: [
            Happening(fake, entry.seq, entry.at, entry.kind, entry.data)
            for entry in getattr(lab, fake).workspace.journal.walk()
            if since is None or entry.at >= since or entry.kind == "control"
        ]
        for fake in FAKES
    }
    merged = tuple(_merged(found["amplitude"], found["segment"]))
    return Story(lab, title, merged, seed=lab.amplitude.workspace.seed.value)


def _merged(amplitude: Sequence[Happening], segment: Sequence[Happening]) -> Iterator[Happening]:
    """Yield the entries of both journals by their times, which is all that they tell.

    At one moment, of which a frozen clock makes many: Amplitude is asked before Segment is told, and what somebody told
    a fake comes before a sync or after it.
    """
    first, second = deque(amplitude), deque(segment)
    is_on_its_way = False
    while first and second:
        if first[0].at != second[0].at:
            taken = (first if first[0].at < second[0].at else second).popleft()
        elif second[0].kind != "request" and not is_on_its_way:
            taken = second.popleft()
        elif first[0].kind != "request":
            taken = (second if is_on_its_way else first).popleft()
        else:
            taken = (second if is_on_its_way and _is_told(first[0], second[0]) else first).popleft()
        is_on_its_way = taken.kind == "request"
        yield taken
    yield from first
    yield from second


def _is_told(first: Happening, second: Happening) -> bool:
    """Say whether Segment is told now, before the next sync begins by asking Amplitude for its cohorts."""
    return second.kind == "request" and first.data["path"] == "/api/3/cohorts"


@contextmanager
def opened(source: Path, *, run: int = 1, since: int | None = None) -> Iterator[Story]:
    """Open a folder of journals, one of the two, or a recording; raise `FileUnusable` for anything else."""
    if source.is_dir() or source.suffix == ".db":
        folder = source if source.is_dir() else source.parent
        with lab_in(folder) as lab:
            yield story_of(lab, f"What happened in {folder.name}", since)
        return
    with closing(Recording(source)) as recording:
        runs = recording.runs()
        if not 1 <= run <= len(runs):
            raise FileUnusable(f"{source} has {len(runs)} runs, and no run {run}.")
        chosen = runs[run - 1]
        found, counted = [], dict.fromkeys(FAKES, 0)
        for each in recording.entries(chosen.run, chosen.entries):
            counted[each.fake] += 1
            entry = each.entry
            found.append(Happening(each.fake, counted[each.fake], entry.at, entry.kind, entry.data, each.step))
        with closing(recording.lab(chosen, chosen.entries)) as lab:
            yield Story(
                lab,
                chosen.title,
                tuple(found),
                chosen.seed,
                chosen.start,
                chosen.trait_key,
                tuple(recording.steps(chosen.run)),
            )
