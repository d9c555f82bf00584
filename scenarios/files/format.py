"""Read a scenario from its YAML file: composed, checked for shape, the names that steps use resolved.

The shape is in scenario.schema.json. The first mistake is told with file, line, column and the nearest valid word.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.catalogue import all_rules
from contracts.definitions import NotUnderstood, read_words
from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from downstream.making import HOOKS
from downstream.native import AMPLITUDE
from scenarios.errors import BadScenario, Place, together
from scenarios.files.composing import beside, compose
from scenarios.files.document import Document, Path_, shown
from scenarios.files.plan import CohortPlan, Scenario, Step
from scenarios.files.shape import check_shape, nearest, schema
from scenarios.lab import WRITE_KEY

DEFAULT_START = "2026-01-05T09:00:00Z"
DEFAULT_TARGETS: Mapping[str, str] = {"lab": WRITE_KEY}
DISCARD_CODES = {rule.discard_code for rule in all_rules() if rule.discard_code} | {
    *("bad_request", "unknown_source", "source_disabled"),  # of what no rule about the event itself decides
}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# Steps whose value is the short name of a target, or which hold one under `target`.
_NAMES_TARGET = {"sync", "swap", "expect", "identify", "track"}
_NO_COHORT = {
    *("advance", "fault", "lift", "expect", "restart", "swap", "clear", "enable", "disable", "identify", "track"),
    "events",
}
_FAKES = ("amplitude", "segment")


def read_scenario(
    path: Path,
    parameters: Mapping[str, Any] | None = None,
    *,
    trait_key: str | None = None,
    retry_after: str = "required",
    offered: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read and check a scenario file; `trait_key` and `retry_after` are what counts where the file says nothing.

    `parameters` must be the file's; of those `offered` it takes what it has.
    """
    document = compose(path, parameters, offered)
    check_shape(document)
    data = document.data
    reader = _Reader(document, data.get("targets", DEFAULT_TARGETS), data["cohorts"], data.get("destinations", {}))
    scenario = Scenario(
        title=data["scenario"],
        file=str(path),
        why=data.get("why", ""),
        seed=data.get("seed", 0),
        start=reader.time(data.get("start", DEFAULT_START)),
        trait_key=reader.trait_key(data.get("trait_key", trait_key or "amplitude")),
        retry_after=data.get("expect", {}).get("retry_after", retry_after),
        settings=data.get("settings", {}),
        cohorts=reader.cohorts(),
        steps=tuple(reader.steps(data["steps"])),
        expect=reader.expectations(data.get("expect", {}), ("expect",)),
        places=document,
        targets=data.get("targets", DEFAULT_TARGETS),
        behaviour=data.get("behaviour", "membership"),
        only=data.get("only"),
        is_slow=data.get("slow", False),
        is_dated="start" in data,
        zone=data.get("zone", ""),
        ids=data.get("ids", "mixed"),
        destinations=reader.destinations(),
        needs=tuple(data.get("needs", ())),
        warehouse=reader.warehouse(data),
        recorded=reader.recorded(data),
    )
    if reader.mistakes:
        raise together(reader.mistakes)
    return scenario


def seconds(duration: str) -> float:
    """Read `500ms`, `30s`, `5m`, `1h` or `2d` as seconds."""
    unit = duration.lstrip("0123456789.")
    return float(duration.removesuffix(unit)) * _UNITS[unit]


class _Reader:
    """Resolves the names of cohorts, targets and files; where an unknown one stands is among the `mistakes`."""

    def __init__(
        self,
        document: Document,
        targets: Mapping[str, str],
        cohorts: Mapping[str, Any],
        destinations: Mapping[str, Any],
    ) -> None:
        self._document = document
        self._targets = targets
        self._cohorts = cohorts
        self._destinations = destinations
        self.mistakes: list[BadScenario] = []

    def _wrong(self, path: Path_, message: str) -> None:
        self.mistakes.append(BadScenario(self._document.place(path), message))

    def time(self, text: str) -> float:
        try:
            return _time(text, self._document.place(("start",)))
        except BadScenario as error:
            self.mistakes.append(error)
            return 0.0

    def trait_key(self, word: str) -> str:
        try:
            trait_key_format(word)
        except ContractsError as error:
            self._wrong(("trait_key",), str(error))
        return word

    def cohorts(self) -> dict[str, CohortPlan]:
        plans: dict[str, CohortPlan] = {}
        for short, plan in self._cohorts.items():
            export = plan.get("export")
            cohort_id = plan.get("id", _default_id(short, {known.cohort_id for known in plans.values()}))
            twin = next((name for name, known in plans.items() if known.cohort_id == cohort_id), None)
            if twin is not None:
                self._wrong(("cohorts", short, "id"), f"{short!r} and {twin!r} have the same id {cohort_id!r}.")
            plans[short] = CohortPlan(
                name=plan["name"],
                cohort_id=cohort_id,
                members=tuple(plan.get("members", ())),
                anonymous=plan.get("anonymous", 0),
                people=plan.get("people", 0),
                export=None if export is None else self._file(export, ("cohorts", short, "export")),
                uploaded=plan.get("uploaded", False),
                definition=self._definition(plan.get("definition"), ("cohorts", short, "definition")),
            )
        return plans

    def _definition(self, told: Any, path: Path_) -> Any:
        """Return a definition; words that cannot be read are told where they stand."""
        if isinstance(told, str):
            try:
                read_words(told)
            except NotUnderstood as error:
                self._wrong(path, str(error))
        return told

    def destinations(self) -> dict[str, Mapping[str, Any]]:
        """Return what a lab is told of each destination; the sources are those of its targets."""
        told: dict[str, Mapping[str, Any]] = {}
        for name, said in self._destinations.items():
            plan = dict(said or {})
            path: Path_ = ("destinations", name)
            is_amplitude = name == plan.get("destination", name) == AMPLITUDE  # a fault on the fake is one on it
            if name in {*_FAKES, *self._targets} and not (is_amplitude and name not in self._targets):
                self._wrong(path, f"{name!r} is the name of a fake or a target: say `destination: {name}` of another.")
            for index, target in enumerate(plan.get("targets", ())):
                self._known("target", target, self._targets, (*path, "targets", index))
            if "targets" in plan:
                plan["sources"] = [self._targets.get(target, "") for target in plan.pop("targets")]
            told[name] = plan
        return told

    def recorded(self, data: Mapping[str, Any]) -> Path | None:
        return self._file(data["recorded"], ("recorded",)) if "recorded" in data else None

    def steps(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
        for index, item in enumerate(items):
            ((verb, data),) = item.items()
            path: Path_ = ("steps", index, verb)
            if verb == "events":
                self._file(data, path)
            if verb == "define":
                self._definition(data["definition"], (*path, "definition"))
            if verb == "import":
                data = {**data, "export": self._named(data["export"], (*path, "export"))}
            step = Step(verb, data, self._document.place(path), index + 1)
            if verb not in _NO_COHORT:
                self._known("cohort", step.cohort, self._cohorts, path if isinstance(data, str) else (*path, "cohort"))
            if verb == "fault":
                self._known("fake or destination", data["on"], [*_FAKES, *self._destinations], (*path, "on"))
            if verb in {"enable", "disable"}:
                self._known("destination or target", data, [*self._destinations, *self._targets], path)
            if verb == "clear":
                self._known("target", data, self._targets, path)
            if verb in _NAMES_TARGET and isinstance(data, Mapping) and "target" in data:
                self._known("target", data["target"], self._targets, (*path, "target"))
            if verb in {"identify", "track"}:
                self._people(data, path)
            if verb == "upload" and not self._cohorts.get(step.cohort, {"uploaded": True}).get("uploaded"):
                told = f"{step.cohort!r} is no uploaded list; give it `uploaded: true`."
                self._wrong((*path, "cohort"), told)
            if verb == "expect":
                self.expectations(data, path)
            yield step

    def _people(self, data: Mapping[str, Any], path: Path_) -> None:
        """Refuse what does not go together in a step of people doing things."""
        if "user" in data and "users" in data:
            self._wrong((*path, "users"), "say user or users, not both.")
        if "message_id" in data and len(data.get("users", ())) > 1:
            self._wrong((*path, "message_id"), "one messageId is for one user.")
        if data.get("to") == AMPLITUDE:
            for name in ("target", "integrations"):
                if name in data:
                    self._wrong((*path, name), f"{name} is a matter of Segment's, and this goes to Amplitude.")

    def _one_webhook(self, path: Path_) -> None:
        kinds = [(plan or {}).get("destination", name) for name, plan in self._destinations.items()]
        hooks = sum(kind in HOOKS for kind in kinds)
        if hooks != 1:
            told = f"webhook is the scenario's one webhook, and it has {hooks}; say which under destinations."
            self._wrong(path, told)

    def expectations(self, expect: Mapping[str, Any], path: Path_) -> Mapping[str, Any]:
        if "target" in expect:
            self._known("target", expect["target"], self._targets, (*path, "target"))
        codes = [name for each in all_rules() for name in (each.code, each.name)]
        if isinstance(expect.get("contracts"), list):
            for index, word in enumerate(expect["contracts"]):
                self._known("rule", word, codes, (*path, "contracts", index))
        for code in expect.get("discards", {}):
            self._known("discard code", code, DISCARD_CODES, (*path, "discards", code))
        self._counts(expect, path)
        named: list[tuple[Path_, Mapping[str, Any]]] = [
            ((*path, name, user_id), cohorts)
            for name in ("profiles", "history")
            for user_id, cohorts in expect.get(name, {}).items()
        ]
        for name in ("destinations", "deliveries", "vendor_calls"):
            for destination in expect.get(name, {}):
                self._known("destination", destination, self._destinations, (*path, name, destination))
        for destination, users in expect.get("destinations", {}).items():
            for user_id, cohorts in users.items():
                named.append(((*path, "destinations", destination, user_id), cohorts))
        if "webhook" in expect:
            self._one_webhook((*path, "webhook"))
            named += [((*path, "webhook", user_id), cohorts) for user_id, cohorts in expect["webhook"].items()]
        for index, call in enumerate(expect.get("calls", ())):
            named += [((*path, "calls", index, user_id), cohorts) for user_id, cohorts in call.items()]
        for where, cohorts in named:
            for short in cohorts:
                self._known("cohort", short, self._cohorts, (*where, short))
        return expect

    def warehouse(self, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the warehouse's settings; one that is only looked at has none."""
        asked = [data.get("expect", {}), *(step["expect"] for step in data["steps"] if "expect" in step)]
        if "warehouse" not in data and not any("warehouse" in expect for expect in asked):
            return None
        settings: Mapping[str, Any] = data.get("warehouse", {}).get("settings", {})
        return settings

    def _counts(self, expect: Mapping[str, Any], path: Path_) -> None:
        """Refuse an amount that nothing can be: at least more than at most."""
        counts: dict[Path_, Any] = {(*path, name): count for name, count in expect.items()}
        for name in ("discards", "requests", "resent"):
            counts |= {(*path, name, each): count for each, count in expect.get(name, {}).items()}
        for where, count in counts.items():
            if isinstance(count, Mapping) and {"least", "most"} == count.keys() and count["least"] > count["most"]:
                self._wrong(where, f"at least {count['least']} and at most {count['most']} cannot be.")

    def _known(self, what: str, word: str, known: Iterable[str], path: Path_) -> None:
        if word not in known:
            self._wrong(path, f"there is no {what} {shown(word)} here; {nearest(word, known)}")

    def _file(self, name: str, path: Path_) -> Path:
        try:
            return beside(self._document.place(path), name, Path(self._document.file).parent)
        except BadScenario as error:
            self.mistakes.append(error)
            return Path(name)

    def _named(self, name: str, path: Path_) -> str:
        """Return the name of a file as the scenario itself would say it, though an included file said it."""
        file, here = self._file(name, path), Path(self._document.file).parent
        return name if file == here / name else os.path.relpath(file, here)


def _default_id(short: str, taken: set[str]) -> str:
    """Make a cohort id in Amplitude's shape from the short name, the same every time."""
    plain = "".join(letter for letter in short.lower() if letter.isascii() and letter.isalnum())
    made, number = f"{plain}0000000"[:8], 0
    while made in taken:
        number += 1
        made = f"{made[:-1]}{number % 10}"
    return made


def _time(text: str, place: Place) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadScenario(place, f"{shown(text)} is no ISO 8601 time, such as {DEFAULT_START}.") from error
    if moment.tzinfo is None:
        raise BadScenario(place, f"{text!r} has no time zone: write {moment.isoformat()}Z.")
    return moment.timestamp()


__all__ = ["CohortPlan", "Scenario", "Step", "read_scenario", "schema", "seconds"]
