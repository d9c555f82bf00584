"""What became of a damaged file: how much was saved, which entries are lost, and what is not as it was."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
"""The first and the last of entries that follow one another."""


@dataclass(slots=True)
class Salvaged:
    """What became of one journal, or of one run of a recording; numbers are those of entries.

    `left_out` are entries that could be read and not be taken in, with the reason; `may_have_followed` says that there
    may have been entries after the last that is known of; `notes` say in words what else is not as it was.
    """

    name: str
    saved: int = 0
    lost: list[Span] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    may_have_followed: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all of it was saved, as it was."""
        return not (self.lost or self.left_out or self.may_have_followed or self.notes)

    @property
    def entries_lost(self) -> int:
        """How many entries could not be read, of those that are known of."""
        return sum(last - first + 1 for first, last in self.lost)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "name": self.name,
            "whole": self.is_whole,
            "saved": self.saved,
            "lost": self.entries_lost,
            "lost_entries": [list(span) for span in self.lost],
            "left_out": [{"entry": number, "why": why} for number, why in sorted(self.left_out.items())],
            "more_may_have_followed": self.may_have_followed,
            "notes": self.notes,
        }


def missing(numbers: Iterable[int], last: int, but: Container[int] = ()) -> Iterator[Span]:
    """Yield the spans from 1 to `last` that are not among ascending numbers; those of `but` are accounted for."""
    before = 0
    for number in (*numbers, last + 1):
        begin: int | None = None
        for each in range(before + 1, number):
            if each in but:
                if begin is not None:
                    yield begin, each - 1
                begin = None
            elif begin is None:
                begin = each
        if begin is not None:
            yield begin, number - 1
        before = number
