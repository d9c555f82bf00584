"""Profiles: what is known of a user, folded from the identify calls that were delivered.

Traits accumulate and the newest value wins; a key left out keeps its value (segment facts 2.5 [doc], 0.9 [doc]). Which
is the newest, the one that came last or the one with the latest timestamp, is a setting.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_core.journal import Entry, TableFold
from mock_segment.delivery.captures import PLACES, read_capture
from mock_segment.delivery.fold import hash_of
from mock_segment.delivery.lateness import arrived_late
from mock_segment.delivery.normalise import dated
from mock_segment.delivery.reading import EARLIEST
from mock_segment.delivery.unheard import meant_for
from mock_segment.settings import SegmentSettings


@dataclass(slots=True)
class Profile:
    """A user's folded traits, how many delivered identify calls made them, and what is odd about them."""

    user_id: str
    traits: dict[str, Any] = field(default_factory=dict)
    identifies: int = 0
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "user_id": self.user_id,
            "traits": self.traits,
            "identifies": self.identifies,
            "notes": list(self.notes),
        }


class Folding:
    """Profiles in the making, one identify call after another, in the order of delivery."""

    def __init__(self, settings: SegmentSettings) -> None:
        self._null_removes = settings.null_trait == "remove"
        self._by_timestamp = settings.profile_order == "timestamp"
        self._profiles: dict[str, Profile] = {}
        self._latest: dict[tuple[str, str], tuple[int, Any]] = {}  # by user and trait: the latest date, and the value
        self._late: dict[tuple[str, str], int] = {}  # the dates of values that are kept though they are not the latest

    def tell(self, user_id: str, traits: Mapping[str, Any], at: int) -> None:
        """Let one identify call change a profile; `at` is the timestamp that Segment stored of it."""
        profile = self._profiles.get(user_id)
        if profile is None:
            profile = self._profiles[user_id] = Profile(user_id)
        profile.identifies += 1
        for name, value in traits.items():
            whose = user_id, name
            latest = self._latest.get(whose)
            if latest is None or at >= latest[0]:
                self._latest[whose] = at, value
                if self._late:
                    self._late.pop(whose, None)
            elif self._by_timestamp:
                continue
            else:
                self._late[whose] = at
            if value is None and self._null_removes:
                profile.traits.pop(name, None)
            else:
                profile.traits[name] = value

    def profiles(self) -> dict[str, Profile]:
        """Return the profiles by user id."""
        for (user_id, name), at in self._late.items():
            profile, (latest, value) = self._profiles[user_id], self._latest[user_id, name]
            if profile.traits.get(name) != value:
                profile.notes = (*profile.notes, arrived_late(name, at, latest))
        return self._profiles


class UserIndex(TableFold):
    """Which events name a user: built the first time somebody asks for one user, kept up from then on."""

    name = "users, dated"
    schema = """
    CREATE TABLE named(
        user INTEGER, position INTEGER, at INTEGER NOT NULL, PRIMARY KEY (user, position)) WITHOUT ROWID, STRICT;
    """

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        rows: list[tuple[int, int, int]] = []
        for entry in entries:
            if entry.kind == "control" and entry.data["op"] == "reset.captures":
                rows.clear()
                db.execute("DELETE FROM named")
            capture = read_capture(entry) if entry.kind == "request" else None
            if capture is None:
                continue
            base = capture.position(0)
            for index, item in enumerate(capture.items):
                user_id = meant_for(item) if isinstance(item, dict) else None
                if user_id is not None:
                    rows.append((hash_of(user_id), base + index, dated(capture, item)))
        db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", rows)

    def positions(self, user_id: str, *, after: int = EARLIEST - 1, until: int | None = None) -> list[int]:
        """Return the positions of the events that name a user and are dated `after` a moment, in order of arrival.

        Hashes may let a stranger in. With `until` only entries so far need to have been taken in.
        """
        sql = "SELECT position FROM named WHERE user = ? AND at > ? ORDER BY position"
        rows = self.rows(sql, (hash_of(user_id), after), until=until)
        return [position for (position,) in rows]

    def entries(self, user_id: str) -> list[int]:
        """Return the numbers of the entries that name a user, in order."""
        return sorted({position // PLACES for position in self.positions(user_id)})
