"""Writing: a scenario of what happened in a lab, from both journals, to be run again against any program.

Memberships, names, faults and time become steps, and each export that was asked for a sync. What a scenario has no step
for is a comment at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from contracts.definitions import in_words, read_definition
from mock_amplitude import AmplitudeState
from mock_core.journal import Entry
from mock_segment import SegmentState
from scenarios.flow import flow

_SHORTEST = 1_000  # milliseconds that are worth an advance
_STATES = {
    ("archived", True): "archive",
    ("archived", False): "unarchive",
    ("published", True): "publish",
    ("published", False): "unpublish",
}
_SAID_ELSEWHERE = {"cohort.create", "settings.set", "source.put", "warehouse.settings.set"}


def scenario_of(amplitude: AmplitudeState, segment: SegmentState, title: str) -> str:
    """Return the text of a scenario file."""
    writer = _Writer(amplitude, segment)
    steps = list(writer.steps())
    if writer.cohorts and not any(step.startswith("-") for step in steps):
        steps += ["# no export was asked for; a scenario has a sync", f"- sync: {_scalar(next(iter(writer.cohorts)))}"]
    head = yaml.safe_dump({"scenario": title}, allow_unicode=True, width=1_000)
    lines = [head.rstrip("\n")]
    if writer.warehouse is not None:
        lines.append(f"warehouse: {_flowed({'settings': writer.warehouse} if writer.warehouse else {})}")
    lines.append("cohorts:")
    lines += [f"  {_scalar(short)}: {_flowed(plan)}" for short, plan in writer.cohorts.items()]
    lines += ["steps:", *(f"  {step}" for step in steps)]
    return "\n".join(lines) + "\n"


class _Writer:
    """Goes through both journals in the order of their times."""

    def __init__(self, amplitude: AmplitudeState, segment: SegmentState) -> None:
        self._amplitude = amplitude
        self._segment = segment
        self.cohorts: dict[str, dict[str, Any]] = {}
        self.warehouse: dict[str, Any] | None = None  # the settings that it had in the end
        self._short: dict[str, str] = {}
        self._jobs = {job.entry: job for job in amplitude.jobs()}

    def steps(self) -> Iterator[str]:
        """Yield the steps, as lines of the list that they are."""
        entries = [("amplitude", entry) for entry in self._amplitude.workspace.journal.walk()]
        entries += [("segment", entry) for entry in self._segment.workspace.journal.walk()]
        last: int | None = None
        for on, entry in sorted(entries, key=lambda each: (each[1].at, each[0], each[1].seq)):
            for step in self._of(on, entry):
                if last is not None and entry.at - last >= _SHORTEST:
                    yield f"- advance: {_duration(entry.at - last)}"
                last = entry.at
                yield step

    def _of(self, on: str, entry: Entry) -> Iterator[str]:
        if on == "amplitude" and entry.seq in self._jobs:
            short = self._short.get(self._jobs[entry.seq].cohort_id)
            if short is not None:
                yield f"- sync: {_scalar(short)}"
        if entry.kind != "control":
            return
        data, op = entry.data, entry.data["op"]
        if op == "cohort.create":
            self._create(data)
        elif op == "warehouse.settings.set":
            self.warehouse = {**(self.warehouse or {}), **data["changes"]}
        elif op == "fault.arm":
            yield f"- fault: {_flowed({'on': on, **data['spec'], 'as': f'{on}-{entry.seq}'})}"
        elif op == "fault.lift":
            yield f"- lift: {on}"
        elif data.get("cohort_id") in self._short:
            yield from self._change(self._short[data["cohort_id"]], entry)
        elif op not in _SAID_ELSEWHERE:
            yield f"# at {on}, which no step does: {flow(data)}"

    def _create(self, data: dict[str, Any]) -> None:
        cohort = data["cohort"]
        word = re.sub(r"[^a-z0-9]+", "-", cohort["name"].lower()).strip("-")[:20] or "cohort"
        short = word if word not in self.cohorts else f"{word}-{cohort['id']}"
        self._short[cohort["id"]] = short
        plan: dict[str, Any] = {"name": cohort["name"], "id": cohort["id"]}
        members = [each for each in data.get("members") or () if isinstance(each, str)]
        told = {"definition": _defined(cohort)} if cohort.get("definition") is not None else {}
        self.cohorts[short] = plan | ({"members": members} if members else {}) | told

    def _change(self, short: str, entry: Entry) -> Iterator[str]:
        data, op = entry.data, entry.data["op"]
        if op == "cohort.enter":
            users = [each for each in data["members"] if isinstance(each, str)]
            anonymous = sum(each is None for each in data["members"])
            who = ({"users": users} if users else {}) | ({"anonymous": anonymous} if anonymous else {})
            yield f"- enter: {_flowed({'cohort': short, **who})}"
        elif op == "cohort.leave":
            gone = set(data.get("amplitude_ids") or ())
            members = self._amplitude.membership(data["cohort_id"], entry=entry.seq - 1)
            users = [each.user_id for each in members if each.amplitude_id in gone and each.user_id]
            yield (
                f"- leave: {_flowed({'cohort': short, 'users': users})}" if users else f"# nobody left {short} by name"
            )
        elif op == "cohort.evaluate":
            return  # events and time do it again
        elif op == "cohort.edit" and data["changes"].keys() == {"definition"}:
            yield f"- define: {_flowed({'cohort': short, 'definition': _defined(data['changes'])})}"
        elif op == "cohort.delete":
            yield f"- delete: {_scalar(short)}"
        elif op == "cohort.edit" and data["changes"].keys() <= {"name", "archived", "published"}:
            for field, value in data["changes"].items():
                if field == "name":
                    yield f"- rename: {_flowed({'cohort': short, 'to': value})}"
                else:
                    yield f"- {_STATES[field, bool(value)]}: {_scalar(short)}"
        else:
            did = {name: each for name, each in data.items() if name != "seed"}
            yield f"# of {short}, which no step does: {flow(did)}"


def _defined(told: Mapping[str, Any]) -> Any:
    """Return a definition as people say it, or as it is where it cannot be said."""
    definition, _ = read_definition(told["definition"])
    return told["definition"] if definition is None else in_words(definition)


def _duration(milliseconds: int) -> str:
    """Write a time in the largest unit that holds it whole, in seconds at least."""
    seconds = round(milliseconds / 1000)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _flowed(value: Any) -> str:
    return str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)).strip()


def _scalar(word: str) -> str:
    return _flowed([word])[1:-1]
