"""The people who came with their events, asked as they were after an entry of the journal."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mock_amplitude.ingest.fold import IngestFold
from mock_amplitude.ingest.stored import device_of
from mock_amplitude.ingest.uploads import PLACES

MOST_FOUND: Final = 100
_LARGEST_ID: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody anonymous was given a user id, or turned out to be somebody else; `at` in milliseconds."""

    position: int
    at: int
    amplitude_id: int
    user_id: str
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What is known of somebody by their events; moments in milliseconds, of the events' own times."""

    amplitude_id: int
    user_id: str | None
    events: int
    first_at: int | None
    last_at: int | None
    device_id: str


class ArrivedPeople:
    """People by their events; `Newcomers` to a directory."""

    def __init__(self, fold: IngestFold) -> None:
        self._fold = fold

    def amplitude_id(self, user_id: str, until: int, *, active: bool = True) -> int | None:
        sql = """SELECT u.amplitude_id FROM ingest_users u JOIN ingest_people p ON p.amplitude_id = u.amplitude_id
            WHERE u.user_id = ? AND u.since < ? AND (p.born < ? OR NOT ?) ORDER BY u.since DESC LIMIT 1"""
        end = _end(until)
        row = next(iter(self._fold.rows(sql, (user_id, end, end, active), until=until)), None)
        return None if row is None else int(row[0])

    def user_id(self, amplitude_id: int, until: int) -> str | None:
        sql = "SELECT user_id FROM ingest_people WHERE amplitude_id = ? AND named < ?"
        row = self._row(sql, amplitude_id, until)
        return None if row is None else row[0]

    def exists(self, amplitude_id: int, until: int) -> bool:
        sql = "SELECT 1 FROM ingest_people WHERE amplitude_id = ? AND born < ?"
        return self._row(sql, amplitude_id, until) is not None and self.merged_into(amplitude_id, until) is None

    def merged_into(self, amplitude_id: int, until: int) -> int | None:
        sql = "SELECT merged_into FROM ingest_merged WHERE amplitude_id = ? AND position < ?"
        row = self._row(sql, amplitude_id, until)
        return None if row is None else row[0]

    def properties(self, amplitude_id: int, until: int) -> Mapping[str, Any] | None:
        sql = """SELECT properties FROM ingest_stamps WHERE amplitude_id = ? AND position < ?
            ORDER BY position DESC LIMIT 1"""
        row = self._row(sql, amplitude_id, until)
        return None if row is None else orjson.loads(row[0])

    def with_properties(self, until: int) -> Container[int]:
        sql = "SELECT DISTINCT amplitude_id FROM ingest_stamps WHERE position < ?"
        return {row[0] for row in self._fold.rows(sql, (_end(until),), until=until)}

    def beginning_with(self, prefix: str, until: int) -> Iterator[tuple[int, str | None]]:
        named = """SELECT amplitude_id, user_id FROM ingest_users
            WHERE user_id >= ? AND user_id < ? || char(1114111) LIMIT ?"""
        found = dict(self._fold.rows(named, (prefix, prefix, MOST_FOUND), until=until))
        if prefix.isdecimal():
            numbered = "SELECT amplitude_id, user_id FROM ingest_people WHERE substr(amplitude_id, 1, ?) = ? LIMIT ?"
            found |= dict(self._fold.rows(numbered, (len(prefix), prefix, MOST_FOUND), until=until))
        return ((amplitude_id, user_id) for amplitude_id, user_id in found.items() if self.exists(amplitude_id, until))

    def any(self, until: int) -> bool:
        return bool(self._fold.rows("SELECT 1 FROM ingest_people WHERE since < ? LIMIT 1", (_end(until),), until=until))

    def turns(self, after: int, until: int) -> list[Turn]:
        """Return who was named or merged in the entries after one and up to another, in order."""
        sql = """SELECT position, at, amplitude_id, user_id, merged_into FROM ingest_turns
            WHERE position >= ? AND position < ? ORDER BY position"""
        return [Turn(*row) for row in self._fold.rows(sql, (_end(after), _end(until)), until=until)]

    def of_device(self, device_id: str, until: int) -> int | None:
        """Return whose a device is."""
        sql = "SELECT amplitude_id FROM ingest_devices WHERE device_id = ? ORDER BY project LIMIT 1"
        row = next(iter(self._fold.rows(sql, (device_id,), until=until)), None)
        return None if row is None else int(row[0])

    def newcomer(self, amplitude_id: int, until: int) -> Newcomer | None:
        """Return what the events of somebody tell, None where they sent none."""
        sql = """SELECT amplitude_id, user_id, events, first_at, last_at, device_id FROM ingest_people
            WHERE amplitude_id = ? AND born < ?"""
        row = self._row(sql, amplitude_id, until)
        if row is None:
            return None
        device = device_of({"user_id": row[1], "device_id": row[5]})
        return Newcomer(row[0], row[1], row[2], row[3], row[4], device)

    def merged(self, amplitude_id: int, until: int) -> list[int]:
        """Return the anonymous people who turned out to be somebody."""
        sql = "SELECT amplitude_id FROM ingest_merged WHERE merged_into = ? AND position < ? ORDER BY position"
        return [row[0] for row in self._fold.rows(sql, (amplitude_id, _end(until)), until=until)]

    def positions(self, amplitude_ids: Sequence[int], until: int) -> list[int]:
        """Return where the events of some people are, in the order they came."""
        marks = ", ".join("?" * len(amplitude_ids))
        sql = f"SELECT position FROM ingest_events WHERE amplitude_id IN ({marks}) ORDER BY position"  # noqa: S608
        return [row[0] for row in self._fold.rows(sql, amplitude_ids, until=until)]

    def devices(self, amplitude_id: int, until: int) -> list[str]:
        """Return the devices that are somebody's."""
        sql = "SELECT device_id FROM ingest_devices WHERE amplitude_id = ? ORDER BY 1"
        return list(dict.fromkeys(row[0] for row in self._fold.rows(sql, (amplitude_id,), until=until)))

    def _row(self, sql: str, amplitude_id: int, until: int) -> Any:
        if not 0 <= amplitude_id <= _LARGEST_ID:
            return None
        return next(iter(self._fold.rows(sql, (amplitude_id, _end(until)), until=until)), None)


def _end(entry: int) -> int:
    """Return the first position beyond an entry."""
    return (entry + 1) * PLACES
