"""Profiles: what is known of a user, folded from the identify calls that were delivered.

Traits accumulate and the newest value wins; a key left out keeps its value (segment facts 2.5 [doc], 0.9 [doc]).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_core.journal import Entry, TableFold
from mock_segment.delivery.captures import PLACES, read_capture
from mock_segment.delivery.fold import hash_of


@dataclass(slots=True)
class Profile:
    """A user's folded traits, and how many delivered identify calls made them."""

    user_id: str
    traits: dict[str, Any] = field(default_factory=dict)
    identifies: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {"user_id": self.user_id, "traits": self.traits, "identifies": self.identifies}


def fold_traits(profile: Profile, traits: Mapping[str, Any], *, null_removes: bool) -> None:
    """Let one identify call change a profile."""
    profile.identifies += 1
    for name, value in traits.items():
        if value is None and null_removes:
            profile.traits.pop(name, None)
        else:
            profile.traits[name] = value


def fold_profiles(identifies: Iterable[tuple[str, Mapping[str, Any]]], *, null_removes: bool) -> dict[str, Profile]:
    """Fold delivered `(user id, traits)` in order into profiles by user id."""
    profiles: dict[str, Profile] = {}
    for user_id, traits in identifies:
        profile = profiles.get(user_id)
        if profile is None:
            profile = profiles[user_id] = Profile(user_id)
        fold_traits(profile, traits, null_removes=null_removes)
    return profiles


class UserIndex(TableFold):
    """Which events name a user: built the first time somebody asks for one user, kept up from then on."""

    name = "users"
    schema = """
    CREATE TABLE IF NOT EXISTS by_user(user INTEGER, position INTEGER, PRIMARY KEY (user, position)) WITHOUT ROWID;
    """

    def apply(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        rows: list[tuple[int, int]] = []
        for entry in entries:
            if entry.kind == "control" and entry.data["op"] == "reset.captures":
                rows.clear()
                db.execute("DELETE FROM by_user")
            capture = read_capture(entry) if entry.kind == "request" else None
            if capture is None:
                continue
            base = capture.position(0)
            for index, item in enumerate(capture.items):
                user_id = item.get("userId") if isinstance(item, dict) else None
                if isinstance(user_id, str):
                    rows.append((hash_of(user_id), base + index))
        db.executemany("INSERT OR IGNORE INTO by_user VALUES (?, ?)", rows)

    def positions(self, user_id: str) -> list[int]:
        """Return the positions of the events that name a user, in order; hashes may let a stranger in."""
        self.settle()
        with self._journal.lock:
            rows = self._journal.db.execute(
                "SELECT position FROM by_user WHERE user = ? ORDER BY position", (hash_of(user_id),)
            ).fetchall()
        return [position for (position,) in rows]

    def entries(self, user_id: str) -> list[int]:
        """Return the numbers of the entries that name a user, in order."""
        return sorted({position // PLACES for position in self.positions(user_id)})
