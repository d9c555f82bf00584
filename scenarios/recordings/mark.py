"""A mark: one station of the way that a user and a trait went; equal attempts in a row are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mock_core.clock import iso


@dataclass(frozen=True, slots=True)
class Mark:
    """One station of the way: when (milliseconds), where in which journal, what kind, and in words.

    Of an attempt, `number` is which one of its message it is, and `said` what another one must say to be equal.
    """

    at: int
    on: str
    entry: int
    kind: str
    words: str
    number: int = field(default=0, compare=False)
    said: str = field(default="", compare=False)

    def as_dict(self) -> dict[str, Any]:
        return {"at": iso(self.at), "on": self.on, "entry": self.entry, "kind": self.kind, "words": self.words}


def folded(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks with equal attempts in a row told as one: attempts 1 to 9, and what became of each."""
    found: list[Mark] = []
    for group in _attempts(marks):
        first = group[0]
        before = found[-len(group) :]
        if (
            first.kind == "attempt"
            and [each.kind for each in before] == [each.kind for each in group]
            and before[0].said == first.said
            and [each.words for each in before[1:]] == [each.words for each in group[1:]]
        ):
            began = before[0].words.partition(" of message ")[0].split()[1]
            words = f"attempts {began} to {first.number} of message {first.words.partition(' of message ')[2]}"
            found[-len(group)] = replace(before[0], words=words)
        else:
            found += group
    return found


def _attempts(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Return each attempt with what became of it, and every other mark alone."""
    groups: list[list[Mark]] = []
    for mark in marks:
        follows = groups and groups[-1][0].kind == "attempt" and groups[-1][0].entry == mark.entry
        if follows and mark.kind in {"verdict", "profile"}:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups
