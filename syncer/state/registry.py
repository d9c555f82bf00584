"""The registry: targets and standing syncs, as they were added.

A target is a named write key; of the key only the place it is read from is kept. A standing sync is a cohort
told to a target at a cadence, with settings of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.nearest import nearest
from syncer.cadence import PERIODS, SIZE_LIMITS, next_due, slot
from syncer.disk import Database, insert, update
from syncer.errors import WrongCall
from syncer.settings import Settings
from syncer.state.keys import read_key
from syncer.sync import Source, Sync, Target


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """Name a write key and the Segment it belongs to; `key_from` is `env:NAME` or `file:PATH`."""

    name: str
    base_url: str
    key_from: str
    added_at: float

    def unlocked(self, environ: Mapping[str, str]) -> Target:
        """Return the target with its key."""
        return Target(read_key(self.key_from, environ), self.base_url, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSync:
    """Tell a cohort to a target at a cadence.

    `settings` holds only what differs from the defaults. `disabled` is the reason why the engine stopped
    scheduling it.
    """

    cohort_id: str
    target: str
    cadence: str
    settings: Mapping[str, object] = field(default_factory=dict)
    added_at: float
    edited_at: float
    is_paused: bool = False
    disabled: str = ""

    @property
    def label(self) -> str:
        """Name the sync on a command line."""
        return f"{self.cohort_id}:{self.target}"

    @property
    def effective(self) -> Settings:
        """Return every setting, the cadence's own size limit included."""
        settings = Settings.of(self.settings)
        limit = SIZE_LIMITS[self.cadence]
        if not limit:
            return settings
        return dataclasses.replace(settings, size_limit=min(limit, settings.size_limit or limit))

    def due(self, last_begun: float | None, now: float) -> float | None:
        """Return when it is due next, or None when it is not scheduled."""
        if self.is_paused or self.disabled:
            return None
        place = slot(self.cohort_id, self.target, self.edited_at, self.cadence)
        return next_due(self.cadence, place, self.edited_at, last_begun, now)

    def is_for_everybody(self, last_begun: float | None) -> bool:
        """Say whether its next run tells everybody again, because of an edit."""
        was_edited = last_begun is not None and last_begun < self.edited_at
        return was_edited and self.effective.edit == "full"

    def bound(self, source: Source, target: Target) -> Sync:
        """Return the sync that the engine runs."""
        return Sync(self.cohort_id, source, target, self.effective)


class Registry:
    """Add, find, change and remove targets and standing syncs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_target(self, name: str, base_url: str, key_from: str, environ: Mapping[str, str], at: float) -> NamedTarget:
        """Add a target, or give one another key or address; raise `WrongCall` when its key cannot be read."""
        if not name or ":" in name or name != name.strip():
            raise WrongCall(f"a target's name is a word or a few without a colon, not {name!r}")
        target = NamedTarget(name, base_url, key_from, at)
        target.unlocked(environ)
        with self._db.writing("add target") as db:
            insert(db, "targets", dataclasses.asdict(target), replace=True)
        return target

    def targets(self) -> list[NamedTarget]:
        """Return all targets by name."""
        return [NamedTarget(**row) for row in self._db.query("SELECT * FROM targets ORDER BY name")]

    def target(self, name: str) -> NamedTarget:
        """Return one target; raise `WrongCall` with the nearest name."""
        known = {each.name: each for each in self.targets()}
        if name not in known:
            raise WrongCall(f"there is no target {name!r}; {_nearest(name, list(known), 'cohortlab target add')}")
        return known[name]

    def remove_target(self, name: str) -> None:
        """Remove a target that no sync uses."""
        used_by = [each.label for each in self.syncs() if each.target == self.target(name).name]
        if used_by:
            raise WrongCall(f"the target {name!r} is used by {', '.join(used_by)}; remove those first")
        with self._db.writing("remove target") as db:
            db.execute("DELETE FROM targets WHERE name = ?", (name,))

    def add_sync(
        self, cohort_id: str, target: str, cadence: str, settings: Mapping[str, object], at: float
    ) -> StandingSync:
        """Add a sync to a known target; raise `WrongCall` for one that is there already or a setting that
        cannot be."""
        _check_cadence(cadence)
        sync = StandingSync(
            cohort_id=cohort_id,
            target=self.target(target).name,
            cadence=cadence,
            settings=_changed(settings),
            added_at=at,
            edited_at=at,
        )
        if any(each.label == sync.label for each in self.syncs()):
            raise WrongCall(f"there is a sync {sync.label} already; edit it, or remove it first")
        with self._db.writing("add sync") as db:
            insert(db, "syncs", _columns(dataclasses.asdict(sync)))
        return sync

    def syncs(self) -> list[StandingSync]:
        """Return all standing syncs, oldest first."""
        rows = self._db.query("SELECT * FROM syncs ORDER BY added_at, cohort_id, target")
        return [
            StandingSync(**{**row, "settings": orjson.loads(row["settings"]), "is_paused": bool(row["is_paused"])})
            for row in rows
        ]

    def sync(self, label: str) -> StandingSync:
        """Return the sync called `COHORT:TARGET`, or just `COHORT` when it has one target; raise `WrongCall`."""
        syncs = self.syncs()
        found = [each for each in syncs if label in {each.label, each.cohort_id}]
        if len(found) > 1:
            raise WrongCall(f"{label!r} is several syncs: say which of {', '.join(each.label for each in found)}")
        if not found:
            labels = [each.label for each in syncs]
            raise WrongCall(f"there is no sync {label!r}; {_nearest(label, labels, 'cohortlab sync add')}")
        return found[0]

    def edit(self, sync: StandingSync, at: float, cadence: str, settings: Mapping[str, object]) -> StandingSync:
        """Change cadence and settings: the sync gets another slot and runs at once (amplitude facts 3.1)."""
        _check_cadence(cadence)
        merged = _changed({**sync.settings, **settings})
        return self._change(sync, cadence=cadence, settings=merged, edited_at=at, disabled="")

    def pause(self, sync: StandingSync) -> StandingSync:
        """Stop scheduling a sync until it is resumed."""
        return self._change(sync, is_paused=True)

    def resume(self, sync: StandingSync) -> StandingSync:
        """Schedule a paused or disabled sync again."""
        return self._change(sync, is_paused=False, disabled="")

    def disable(self, sync: StandingSync, reason: str) -> StandingSync:
        """Stop scheduling a sync that cannot succeed until somebody looks at it (amplitude facts 3.5)."""
        return self._change(sync, disabled=reason)

    def remove_sync(self, sync: StandingSync) -> None:
        """Forget a sync; its history stays."""
        with self._db.writing("remove sync") as db:
            db.execute("DELETE FROM syncs WHERE cohort_id = ? AND target = ?", (sync.cohort_id, sync.target))

    def _change(self, sync: StandingSync, **facts: Any) -> StandingSync:
        with self._db.writing("change sync") as db:
            update(db, "syncs", _columns(facts), "cohort_id = ? AND target = ?", [sync.cohort_id, sync.target])
        return dataclasses.replace(sync, **facts)


def _columns(facts: Mapping[str, Any]) -> dict[str, object]:
    return {name: orjson.dumps(fact).decode() if name == "settings" else fact for name, fact in facts.items()}


def _changed(settings: Mapping[str, object]) -> dict[str, object]:
    """Return checked settings, without those that say what the defaults say."""
    checked, defaults = Settings.of(settings).as_dict(), Settings().as_dict()
    return {name: value for name, value in checked.items() if value != defaults[name]}


def _check_cadence(cadence: str) -> None:
    if cadence not in PERIODS:
        raise WrongCall(f"a cadence is one of {', '.join(PERIODS)}, not {cadence!r}")


def _nearest(word: str, known: list[str], add_with: str) -> str:
    if not known:
        return f"there are none; add one with {add_with}"
    return nearest(word, known)
