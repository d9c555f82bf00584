"""What a search may cost: nodes of payloads and of schemas, counted, so that the same files have the same answer."""

from __future__ import annotations

from typing import Any, Final

SCHEMA: Final = 3_000_000
PLAN: Final = 10_000_000
QUESTION: Final = 200_000
"""Nodes for two schemas or rules, for all rules of a plan, and for one changed assertion in one direction."""


class Budget:
    """Count what is spent; a part of a budget is spent from the whole too."""

    def __init__(self, nodes: int, whole: Budget | None = None) -> None:
        self._left = nodes
        self._whole = whole
        self.is_short = False
        """A question ended, or was never asked, because there was nothing left for it."""

    @property
    def is_over(self) -> bool:
        """Say that there is nothing left."""
        return self._left <= 0 or (self._whole is not None and self._whole.is_over)

    def part(self, nodes: int) -> Budget:
        """Return a budget of so many nodes at most, out of this one."""
        return Budget(min(nodes, max(self._left, 0)), self)

    def spend(self, nodes: int) -> bool:
        """Take the cost of one payload; False when it is not to be had."""
        if self._left < nodes or (self._whole is not None and not self._whole.spend(nodes)):
            self.miss()
            return False
        self._left -= nodes
        return True

    def miss(self) -> None:
        """Note that something was not looked at to its end."""
        self.is_short = True
        if self._whole is not None:
            self._whole.miss()


def size(value: Any) -> int:
    """Return how many nodes a value has, a text counting by its length too."""
    waiting, count = [value], 0
    while waiting:
        found = waiting.pop()
        count += 1 + (len(found) // 64 if isinstance(found, str) else 0)
        waiting += found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return count
