"""Who changed: the difference between the members now and the members Segment was told of.

This is the whole rule, and the place where a leave becomes a `false`. `diff` is for cohorts that fit in memory
and for reading; `memberships_duckdb` says the same in SQL for cohorts that do not, and passes the same tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import TypeAlias

Change: TypeAlias = tuple[str, bool]
"""A user id, and what Segment must be told: `True` for an enter, `False` for a leave."""


@dataclass(frozen=True, slots=True)
class DiffRules:
    """Say how a difference becomes changes.

    `mode` is "mirror" (leaves are told) or "additive" (they are not). `order` is "enters-first", "leaves-first" or
    "interleaved". `retell` holds users whose last change may or may not have arrived: if they are members they
    are told so again, changed or not. `everybody` does so for all members.
    """

    mode: str = "mirror"
    order: str = "enters-first"
    retell: frozenset[str] = frozenset()
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class DiffCounts:
    """Count what an export held and what it changed.

    `members` counts rows, `anonymous` those without a user id, `identified` different user ids; `retold` counts
    users told again although nothing changed.
    """

    members: int = 0
    anonymous: int = 0
    identified: int = 0
    entered: int = 0
    left: int = 0
    retold: int = 0

    @property
    def duplicates(self) -> int:
        """Count the rows that repeat a user id."""
        return self.members - self.anonymous - self.identified


def diff(previous: Set[str], current: Set[str], rules: DiffRules = DiffRules()) -> list[Change]:
    """Return what Segment must be told so that it knows `current`, having acknowledged `previous`."""
    changes = dict.fromkeys(current - previous, True)
    if rules.mode == "mirror":
        changes |= dict.fromkeys(previous - current, False)  # a leave becomes a `false` here
    for user_id in current & (current if rules.everybody else rules.retell):
        changes.setdefault(user_id, True)
    return in_order(changes.items(), rules.order)


def apply(previous: Set[str], changes: Iterable[Change]) -> set[str]:
    """Return the members Segment knows of after it was told `changes`."""
    told = dict(changes)
    entered = {user_id for user_id, value in told.items() if value}
    return (previous - told.keys()) | entered


def in_order(changes: Iterable[Change], order: str) -> list[Change]:
    """Put changes in the one order in which they are numbered and sent."""
    if order == "interleaved":
        return sorted(changes)
    enters: list[Change] = []
    leaves: list[Change] = []
    for change in changes:
        (enters if change[1] else leaves).append(change)
    enters.sort()
    leaves.sort()
    return enters + leaves if order == "enters-first" else leaves + enters
