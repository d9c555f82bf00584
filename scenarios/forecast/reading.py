"""Read a plan from YAML, or what `cohortlab sync list --json` printed; every mistake with its place and its cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mock_amplitude import AmplitudeSettings
from mock_core.errors import LabError
from mock_core.settings import changed
from scenarios.errors import BadScenario, together
from scenarios.files import Document, nearest, read_document, seconds, shown
from scenarios.forecast.plan import Plan, PlannedSync
from syncer import Settings, SyncError
from syncer.cadence import PERIODS

START = "2026-01-01T00:00:00Z"
"""When a plan begins that does not say: a month of 31 days, so that 30 of them lie in one calendar month."""

SIZE, CHURN = 10_000, 0.01
"""What is taken for the size of a cohort, and the share of it that enters or leaves in a day, when nothing says it."""

JOB_SECONDS: Mapping[str, float] = {"job_seconds": 30.0, "job_seconds_max": 60.0}
"""How long exports take when a plan does not say: as live ones do (amplitude facts 0 [client])."""

MOST_SYNCS, MOST_DAYS = 500, 366
_MOST_PEOPLE = 1_000_000_000
_KEYS = ("forecast", "start", "days", "used", "seed", "settings", "syncs")
_SYNC_KEYS = ("size", "churn", "cadence", "target", "start", "settings")
_DURATION = re.compile(r"\d{1,6}(?:\.\d{1,3})?[smhd]\Z")
_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?%\Z")


def read_plan(path: Path, *, size: int = SIZE, churn: float = CHURN) -> Plan:
    """Read a plan, or raise `BadScenario` with its mistakes.

    `size` and `churn` (a share of the size in a day) count for syncs that do not say theirs, as those of `cohortlab
    sync list --json` do not.
    """
    document = read_document(path)
    reader = _Reader(document, size, churn)
    plan = reader.listed() if isinstance(document.data, list) else reader.plan()
    if reader.mistakes:
        raise together(reader.mistakes)
    return plan


class _Reader:
    """Turns a document into a plan, and goes on after a mistake."""

    def __init__(self, document: Document, size: int, churn: float) -> None:
        self._document = document
        self._size, self._churn = size, churn
        self.mistakes: list[BadScenario] = []

    def plan(self) -> Plan:
        """Return the plan of a mapping."""
        data = self._mapping(self._document.data, (), _KEYS, "the plan")
        start = self._moment(data.get("start", START), ("start",))
        settings = self._mapping(data.get("settings", {}), ("settings",), ("amplitude", "engine"), "settings")
        engine = self._engine(settings.get("engine", {}), ("settings", "engine"))
        if "syncs" not in data and not self.mistakes:
            self._wrong((), "the plan lacks 'syncs': the names of syncs, each with size, churn and cadence.")
        syncs = data.get("syncs", {})
        if not isinstance(syncs, dict) or not syncs:
            if "syncs" in data:
                self._wrong(("syncs",), f"syncs is {shown(syncs)}, expected names of syncs with what each is.")
            syncs = {}
        if len(syncs) > MOST_SYNCS:
            self._wrong(("syncs",), f"there are {len(syncs)} syncs, expected at most {MOST_SYNCS}.")
            syncs = {}
        amplitude = self._amplitude(settings.get("amplitude", {}))
        used = self._whole(data.get("used", 0), ("used",), 0, _MOST_PEOPLE, "used")
        quota = amplitude.get("monthly_requests", AmplitudeSettings().monthly_requests)
        if not self.mistakes and quota and used >= quota:
            self._wrong(("used",), f"used is {used:,}, expected fewer than the month's {quota:,} downloads.")
        title = data.get("forecast", "A month of syncs")
        if not isinstance(title, str):
            self._wrong(("forecast",), f"forecast is {shown(title)}, expected text: what the plan is called.")
        return Plan(
            title=str(title),
            syncs=tuple(self._sync(name, told, start) for name, told in syncs.items()),
            start=start,
            days=self._whole(data.get("days", 30), ("days",), 1, MOST_DAYS, "days"),
            used=used,
            seed=self._whole(data.get("seed", 0), ("seed",), 0, 2**53, "seed"),
            amplitude=amplitude,
            engine=engine,
        )

    def listed(self) -> Plan:
        """Return the plan of standing syncs as `cohortlab sync list --json` prints them, those that run."""
        start = self._moment(START, ())
        found: dict[str, PlannedSync] = {}
        for index, each in enumerate(self._document.data[: MOST_SYNCS + 1]):
            if not isinstance(each, dict) or not {"sync", "cadence"} <= each.keys():
                self._wrong((index,), "is no standing sync: expected what `cohortlab sync list --json` prints.")
                continue
            if each.get("state", "scheduled") not in {"scheduled", "done"}:
                continue  # paused or disabled: it does not run
            told = {"cadence": each["cadence"], "target": each.get("target", "lab")}
            found[str(each["sync"])] = self._sync(str(each["sync"]), told, start, at=(index,))
        if len(self._document.data) > MOST_SYNCS:
            self._wrong((), f"there are more than {MOST_SYNCS} syncs.")
        if not found and not self.mistakes:
            self._wrong((), "no sync is scheduled; `cohortlab sync add` adds one.")
        return Plan("Standing syncs", tuple(found.values()), start, amplitude=JOB_SECONDS)

    def _sync(self, name: str, told: Any, start: float, at: tuple[str | int, ...] = ()) -> PlannedSync:
        place = at or ("syncs", name)
        data = self._mapping(told, place, _SYNC_KEYS, f"sync {shown(name)}")
        assumed = tuple(key for key in ("size", "churn") if key not in data)
        size = self._whole(data.get("size", self._size), (*place, "size"), 0, _MOST_PEOPLE, "size")
        cadence = data.get("cadence", "daily")
        target = data.get("target", "lab")
        if not isinstance(target, str) or not target or not target.isprintable():
            self._wrong((*place, "target"), f"target is {shown(target)}, expected the name of a target.")
            target = "lab"
        return PlannedSync(
            name=name,
            size=size,
            churn=self._people(data.get("churn", f"{self._churn * 100:g}%"), size, (*place, "churn")),
            cadence=str(cadence),
            period=self._period(cadence, (*place, "cadence")),
            start=self._moment(data["start"], (*place, "start")) if "start" in data else start,
            target=target,
            settings=self._engine(data.get("settings", {}), (*place, "settings")),
            assumed=assumed,
        )

    def _period(self, cadence: Any, place: tuple[str | int, ...]) -> float:
        if isinstance(cadence, str) and cadence in PERIODS:
            return PERIODS[cadence]
        if isinstance(cadence, str) and _DURATION.match(cadence) and seconds(cadence) >= 60:
            return seconds(cadence)
        known = nearest(str(cadence), PERIODS)
        self._wrong(
            place, f"cadence is {shown(cadence)}; {known} A time such as 6h, of a minute or more, will do, too."
        )
        return 86_400.0

    def _people(self, churn: Any, size: int, place: tuple[str | int, ...]) -> float:
        if isinstance(churn, str) and (percent := _PERCENT.match(churn)):
            return float(percent[1]) / 100 * size
        if isinstance(churn, (int, float)) and not isinstance(churn, bool) and 0 <= churn <= _MOST_PEOPLE:
            return float(churn)
        wanted = "expected people who enter or leave in a day: a number, or a share of the size such as 2%."
        self._wrong(place, f"churn is {shown(churn)}, {wanted}")
        return 0.0

    def _moment(self, text: Any, place: tuple[str | int, ...]) -> float:
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None and 1971 <= moment.year <= 9000:
                return moment.timestamp()
        except (ValueError, TypeError, OverflowError):
            pass
        self._wrong(place, f"start is {shown(text)}, expected an ISO 8601 time with its zone, such as {START}.")
        return 0.0

    def _whole(self, value: Any, place: tuple[str | int, ...], low: int, high: int, name: str) -> int:
        if type(value) is int and low <= value <= high:
            return value
        self._wrong(place, f"{name} is {shown(value)}, expected a whole number from {low} to {high:,}.")
        return low

    def _amplitude(self, told: Any) -> Mapping[str, Any]:
        place = ("settings", "amplitude")
        data = self._mapping(told, place, None, "settings/amplitude")
        for name, value in data.items():
            try:
                changed(AmplitudeSettings(), {name: value})
            except LabError as error:
                self._wrong((*place, name), str(error))
        return data if {"job_seconds", "job_seconds_max"} & data.keys() else {**JOB_SECONDS, **data}

    def _engine(self, told: Any, place: tuple[str | int, ...]) -> Mapping[str, Any]:
        data = self._mapping(told, place, None, "/".join(map(str, place)))
        for name, value in data.items():
            try:
                Settings.of({name: value})
            except SyncError as error:
                self._wrong((*place, name), f"{error}.")
        return data

    def _mapping(
        self, value: Any, place: tuple[str | int, ...], known: Iterable[str] | None, what: str
    ) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self._wrong(place, f"{what} is {shown(value)}, expected a mapping.")
            return {}
        for name in value:
            if known is not None and name not in known:
                where = self._document.key((*place, name))
                self.mistakes.append(BadScenario(where, f"{what} has no {shown(name)}; {nearest(name, known)}"))
        return value

    def _wrong(self, place: tuple[str | int, ...], message: str) -> None:
        self.mistakes.append(BadScenario(self._document.place(place), message))
