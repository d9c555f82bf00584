"""Where a sync's addresses and keys come from: options, then the environment, then a small TOML file.

The environment is the contract of a command subject (DESIGN): nothing else needs to be set. The file:

    cohort = "fplg9rf"
    state = "sync-state"

    [amplitude]
    base_url = "https://amplitude.com"
    api_key = "..."
    secret_key = "..."

    [segment]
    base_url = "https://api.segment.io"
    write_key = "..."
    target = "production"

    [settings]
    parallel = 1
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.nearest import nearest
from syncer.clock import SystemClock
from syncer.errors import WrongCall
from syncer.settings import Settings
from syncer.sync import AMPLITUDE_US, SEGMENT_US, Source, Sync, Target

VARIABLES: Final = {
    "cohort": "COHORT_ID",
    "state": "SYNC_STATE_DIR",
    "amplitude.base_url": "AMPLITUDE_BASE_URL",
    "amplitude.api_key": "AMPLITUDE_API_KEY",
    "amplitude.secret_key": "AMPLITUDE_SECRET_KEY",
    "segment.base_url": "SEGMENT_BASE_URL",
    "segment.write_key": "SEGMENT_WRITE_KEY",
    "segment.target": "SYNC_TARGET",
}
"""What may be given, by its place in the file, and the variable that gives it."""

LAST_DAY: Final = 253_370_764_800.0
"""The beginning of the year 9999, in epoch seconds: what is written from a time before it has a date."""

DEFAULTS: Final = {"state": ".cohortlab-sync", "amplitude.base_url": AMPLITUDE_US, "segment.base_url": SEGMENT_US}


@dataclass(frozen=True, slots=True)
class Config:
    """Hold what was given, from wherever; nothing is required until it is asked for."""

    values: Mapping[str, str] = field(repr=False)
    settings: Settings
    clock: SystemClock

    @property
    def state(self) -> Path:
        return Path(self.values["state"])

    @property
    def source(self) -> Source:
        return Source(
            self._required("amplitude.api_key"),
            self._required("amplitude.secret_key"),
            self.values["amplitude.base_url"],
        )

    @property
    def target(self) -> Target:
        return Target(
            self._required("segment.write_key"),
            self.values["segment.base_url"],
            self.values.get("segment.target", ""),
        )

    @property
    def sync(self) -> Sync:
        """Return the one sync that is described; raise `WrongCall` naming what is missing."""
        return self.sync_to(self.target)

    def sync_to(self, target: Target) -> Sync:
        """Return the sync that is described but for its target."""
        return Sync(self._required("cohort"), self.source, target, self.settings)

    def _required(self, name: str) -> str:
        value = self.values.get(name)
        if not value:
            raise WrongCall(f"{VARIABLES[name]} is not set, nor is {name} in a --config file: set one of them")
        return value


def configure(
    environ: Mapping[str, str],
    options: Mapping[str, str | None] | None = None,
    settings: Mapping[str, object] | None = None,
    file: Path | None = None,
) -> Config:
    """Collect what is given; an option wins over the environment, and the environment over the file."""
    values, from_file = _read(file) if file is not None else ({}, {})
    values = {**DEFAULTS, **values}
    values |= {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
    values |= {name: value for name, value in (options or {}).items() if value}
    return Config(values, Settings.of({**from_file, **(settings or {})}), _clock(environ.get("LAB_NOW", "")))


def _clock(lab_now: str) -> SystemClock:
    """Start from the lab's time when there is one; waits are real either way."""
    if not lab_now:
        return SystemClock()
    try:
        now = float(lab_now)
    except ValueError:
        now = math.nan
    if not 0 <= now < LAST_DAY:
        raise WrongCall(f"LAB_NOW is {lab_now!r}: it is a time in epoch seconds, from 1970 to the year 9998")
    return SystemClock(starting_at=now)


def _read(file: Path) -> tuple[dict[str, str], dict[str, object]]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongCall(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongCall(f"{file} is not TOML: {error}") from error
    settings = document.pop("settings", {})
    if not isinstance(settings, dict):
        raise WrongCall(f"{file}: settings is a table, [settings]")
    values: dict[str, str] = {}
    for name, value in document.items():
        entries = {f"{name}.{key}": each for key, each in value.items()} if isinstance(value, dict) else {name: value}
        for entry, each in entries.items():
            if entry not in VARIABLES:
                raise WrongCall(f"{file} has {entry!r}, which means nothing; {nearest(entry, VARIABLES)}")
            if not isinstance(each, str):
                raise WrongCall(f"{file}: {entry} is text in quotes, not {each!r}")
            values[entry] = each
    return values, settings
