"""A place in what happened to both fakes: the number of the newest entry of each journal that has been seen.

It is the id of an event of the stream, so that a browser that comes back says where it left off. A journal that was
emptied numbers its entries anew: a place says of which numbering it is, and is worth nothing in another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.desk import Desk

_WRITTEN = re.compile(r"([0-9a-zA-Z_-]{1,24})\.(\d{1,15})\.(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to these entries, of a numbering; written `NUMBERING.AMPLITUDE.SEGMENT`."""

    numbering: str
    amplitude: int
    segment: int

    def __str__(self) -> str:
        return f"{self.numbering}.{self.amplitude}.{self.segment}"

    def of(self, fake: str) -> int:
        """Return the entry of one fake."""
        return self.amplitude if fake == "amplitude" else self.segment

    def before(self, fake: str, seq: int) -> Place:
        """Return the place just before an entry of one fake."""
        if fake == "amplitude":
            return Place(self.numbering, seq - 1, self.segment)
        return Place(self.numbering, self.amplitude, seq - 1)


def numbering(desk: Desk, lab: str) -> str:
    """Say which numbering the entries of a workspace have now; `lab` tells one lab from another."""
    journals = (desk.amplitude.workspace.journal, desk.segment.workspace.journal)
    return "-".join((lab, *(str(journal.generation) for journal in journals)))


def end_of(desk: Desk, lab: str) -> Place:
    """Return the place behind everything so far."""
    which = numbering(desk, lab)
    return Place(which, desk.amplitude.workspace.journal.last, desk.segment.workspace.journal.last)


def place_in(desk: Desk, lab: str, written: str) -> Place | None:
    """Read a place; None for what is none, or none of the numbering that entries have now."""
    found = _WRITTEN.fullmatch(written)
    if found is None or found[1] != numbering(desk, lab):
        return None
    return Place(found[1], int(found[2]), int(found[3]))
