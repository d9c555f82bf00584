"""Memberships: exports, who changed, and snapshots, kept until nothing refers to them any more.

Two keep them: this module in memory, for simulations and small cohorts, and `snapshots.duckdb` in files, for
cohorts of any size. Both pass the same tests.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Final, Protocol

from syncer.difference import Change, DiffCounts, DiffRules, apply, diff
from syncer.errors import SnapshotLost
from syncer.source import user_ids

CHUNK: Final = 20_000


class Memberships(Protocol):
    """Keep memberships. A snapshot is named by a text; the empty one is the snapshot nobody is in."""

    def receive(self, run: int, chunks: Iterable[bytes]) -> int:
        """Keep a run's export, whole or not at all, and return its size."""
        ...

    def compare(self, run: int, previous: str, rules: DiffRules, *, previous_members: int, most: int) -> DiffCounts:
        """Work out a run's changes from its export and a snapshot, in a fixed order, and keep them for good.

        `most` is the number of rows of the export that count; 0 for all of them. Raises `MalformedExport`, and, like
        everything that reads a snapshot, `SnapshotLost` when that, of so many `previous_members`, cannot be read.
        """
        ...

    def adopt(self, run: int, changes: Sequence[Change], snapshot: str = "") -> int:
        """Give a run its changes without an export, or everybody in `snapshot` as a leave; return how many."""
        ...

    def changes(self, run: int, start: int) -> Iterator[list[Change]]:
        """Yield a run's changes from a position on, in their order, in chunks."""
        ...

    def settle(
        self, run: int, previous: str, refused: Sequence[Change], *, name: str, only_enters: bool = False
    ) -> tuple[str, int]:
        """Apply a run's changes, but for the refused ones, to a snapshot; return the new one's name and size."""
        ...

    def among(self, snapshot: str, user_ids: Set[str]) -> set[str]:
        """Return which of these users are in a snapshot."""
        ...

    def has(self, snapshot: str) -> bool:
        """Say whether a snapshot is there and whole."""
        ...

    def expected(self, run: int) -> str:
        """Name the snapshot of everybody in a run's export."""
        ...

    def forget(self, needed: Callable[[], tuple[Set[int], Set[str]]]) -> None:
        """Drop whatever belongs to none of the needed runs and snapshots.

        `needed` is asked after looking at what is there: what another process begins meanwhile is not looked at.
        """
        ...


class MemoryMemberships:
    """Keep memberships in memory."""

    def __init__(self) -> None:
        self._exports: dict[int, bytes] = {}
        self._members: dict[int, set[str]] = {}
        self._changes: dict[int, list[Change]] = {}
        self._snapshots: dict[str, frozenset[str]] = {"": frozenset()}

    def receive(self, run: int, chunks: Iterable[bytes]) -> int:
        whole = b"".join(chunks)
        self._exports[run] = whole
        return len(whole)

    def compare(self, run: int, previous: str, rules: DiffRules, *, previous_members: int, most: int) -> DiffCounts:
        rows = list(user_ids(io.BytesIO(self._exports[run])))
        counted = rows[:most] if most else rows
        members = set(counted) - {""}
        before = self._snapshot(previous, previous_members)
        self._members[run] = members
        self._changes[run] = diff(before, members, rules)
        changed = {user_id for user_id, _ in self._changes[run]}
        left = before - members if rules.mode == "mirror" else set()
        return DiffCounts(
            members=len(rows),
            anonymous=counted.count(""),
            identified=len(members),
            entered=len(members - before),
            left=len(left),
            retold=len(changed - (members - before) - left),
        )

    def adopt(self, run: int, changes: Sequence[Change], snapshot: str = "") -> int:
        self._changes[run] = list(changes) or [(user_id, False) for user_id in sorted(self._snapshot(snapshot))]
        return len(self._changes[run])

    def changes(self, run: int, start: int) -> Iterator[list[Change]]:
        changes = self._changes[run]
        for first in range(start, len(changes), CHUNK):
            yield changes[first : first + CHUNK]

    def settle(
        self, run: int, previous: str, refused: Sequence[Change], *, name: str, only_enters: bool = False
    ) -> tuple[str, int]:
        never_told = set(refused)
        told = (change for change in self._changes[run] if change not in never_told and (change[1] or not only_enters))
        snapshot = frozenset(apply(self._snapshot(previous), told))
        self._snapshots[f"{run} {name}"] = snapshot
        return f"{run} {name}", len(snapshot)

    def among(self, snapshot: str, user_ids: Set[str]) -> set[str]:
        return set(self._snapshot(snapshot) & user_ids)

    def has(self, snapshot: str) -> bool:
        return snapshot in self._snapshots

    def expected(self, run: int) -> str:
        self._snapshots[f"members {run}"] = frozenset(self._members[run])
        return f"members {run}"

    def copy(self) -> MemoryMemberships:
        """Return memberships with the same snapshots, to work on without changing these."""
        twin = MemoryMemberships()
        twin._snapshots = dict(self._snapshots)
        return twin

    def forget(self, needed: Callable[[], tuple[Set[int], Set[str]]]) -> None:
        runs, snapshots = needed()
        for kept in (self._exports, self._members, self._changes):
            for run in kept.keys() - runs:
                del kept[run]
        for name in self._snapshots.keys() - snapshots - {""}:
            del self._snapshots[name]

    def _snapshot(self, name: str, members: int = 0) -> frozenset[str]:
        if name not in self._snapshots:
            raise SnapshotLost(members)
        return self._snapshots[name]
