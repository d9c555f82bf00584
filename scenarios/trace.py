"""The trace: one user and one trait, from the membership change to the folded value, read from both journals.

membership change -> export -> its row -> difference to the export before -> upload -> attempts -> verdict -> value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from mock_amplitude import AmplitudeState
from mock_amplitude.jobs import Job
from mock_core.clock import iso
from mock_core.errors import LabError
from mock_core.journal import Entry
from mock_segment import SegmentState
from scenarios.attempts import attempts
from scenarios.errors import ScenarioError
from scenarios.shape import nearest


class NothingToTrace(ScenarioError):
    """There is no such cohort in what is traced: name another."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """One station of the way: when (milliseconds), where in which journal, what kind, and in words."""

    at: int
    on: str
    entry: int
    kind: str
    words: str

    def as_dict(self) -> dict[str, Any]:
        return {"at": iso(self.at), "on": self.on, "entry": self.entry, "kind": self.kind, "words": self.words}


def trace(amplitude: AmplitudeState, segment: SegmentState, user_id: str, trait: str) -> list[Mark]:
    """Return the stations in order; `trait` is a trait key, a cohort's name or its id."""
    cohort_id = _cohort_of(amplitude, trait)
    marks = [*_at_amplitude(amplitude, cohort_id, user_id), *_at_segment(segment, cohort_id, user_id)]
    # At one moment the export comes before what is told of it.
    return sorted(marks, key=lambda mark: (mark.at, mark.on, mark.entry))


def _cohort_of(amplitude: AmplitudeState, word: str) -> str:
    """Return the id of the cohort that is meant, deleted ones included."""
    names: dict[str, str] = {}
    for entry in amplitude.workspace.journal.walk(kind="control"):
        data = entry.data
        if data["op"] == "cohort.create":
            names[data["cohort"]["id"]] = data["cohort"]["id"]
            names[data["cohort"]["name"]] = data["cohort"]["id"]
        elif data["op"] == "cohort.edit" and "name" in data["changes"]:
            names[data["changes"]["name"]] = data["cohort_id"]
    if word in names:
        return names[word]
    for style in ("amplitude", "segment", "partner", "partner-test"):
        try:
            read = trait_key_format(style).parse(word)
        except ContractsError:
            continue
        if read is not None and read.cohort_id in names:
            return names[read.cohort_id]
    raise NothingToTrace(f"there is no cohort {word!r} in what is traced; {nearest(word, names)}")


def _at_amplitude(amplitude: AmplitudeState, cohort_id: str, user_id: str) -> Iterator[Mark]:
    jobs = {job.entry: job for job in amplitude.jobs() if job.cohort_id == cohort_id}
    was_member, before = False, None
    for entry in amplitude.workspace.journal.walk():
        if entry.kind == "control" and _moves(entry, cohort_id):
            is_member = _is_member(amplitude, cohort_id, user_id, entry.seq)
            if is_member is not was_member:
                change = "entered" if is_member else "left"
                yield Mark(entry.at, "amplitude", entry.seq, "membership", f"{user_id!r} {change} ({entry.data['op']})")
            was_member = is_member
        elif entry.seq in jobs:
            yield from _export(amplitude, jobs[entry.seq], before, user_id, entry)
            before = jobs[entry.seq]
        elif entry.kind == "request" and entry.data["path"].endswith("/file"):
            wanted = entry.data["path"].split("/")[-2]
            if any(job.request_id == wanted for job in jobs.values()):
                answer = "connection lost" if entry.data.get("reset") else f"answered {entry.data['status']}"
                yield Mark(entry.at, "amplitude", entry.seq, "download", f"the file of export {wanted} was {answer}")


def _moves(entry: Entry, cohort_id: str) -> bool:
    data = entry.data
    about = data.get("cohort_id") or data.get("cohort", {}).get("id")
    return bool(data["op"].startswith("person.") or (data["op"].startswith("cohort.") and about == cohort_id))


def _is_member(amplitude: AmplitudeState, cohort_id: str, user_id: str, entry: int) -> bool:
    try:
        return any(member.user_id == user_id for member in amplitude.membership(cohort_id, entry=entry))
    except LabError:  # deleted by then
        return False


def _export(amplitude: AmplitudeState, job: Job, before: Job | None, user_id: str, entry: Entry) -> Iterator[Mark]:
    row = _row(amplitude, job, user_id)
    told = f"export {job.request_id} asked for, {len(amplitude.export_of(job).members)} rows"
    yield Mark(entry.at, "amplitude", entry.seq, "export", told)
    where = "no row" if row is None else f"row {row[0]}, Amplitude id {row[1]}"
    yield Mark(entry.at, "amplitude", entry.seq, "row", f"{user_id!r} has {where}")
    had = before is not None and _row(amplitude, before, user_id) is not None
    if before is None:
        change = "true is to be told: the first export" if row else "nothing is to be told"
    elif had is (row is not None):
        change = "nothing changed since the export before"
    else:
        change = "true is to be told: not in the export before" if row else "false is to be told: in the export before"
    yield Mark(entry.at, "amplitude", entry.seq, "difference", change)


def _row(amplitude: AmplitudeState, job: Job, user_id: str) -> tuple[int, int] | None:
    members = amplitude.export_of(job).members
    return next(((place, each.amplitude_id) for place, each in enumerate(members, 1) if each.user_id == user_id), None)


def _at_segment(segment: SegmentState, cohort_id: str, user_id: str) -> Iterator[Mark]:
    tries: dict[str, int] = {}
    value: object = None
    for attempt in attempts(segment):
        verdicts = segment.verdicts(attempt.entry) if attempt.is_stored else []
        for index, event in enumerate(attempt.events):
            traits = event.get("traits")
            about = [key for key in traits if _is_of(key, cohort_id)] if isinstance(traits, dict) else []
            if event.get("userId") != user_id or not about or not isinstance(traits, dict):
                continue
            message_id = str(event.get("messageId"))
            tries[message_id] = tries.get(message_id, 0) + 1
            answer = "the connection was lost" if attempt.status == 0 else f"answered {attempt.status}"
            told = (
                f"attempt {tries[message_id]} of message {message_id}: {about[0]!r} = {traits[about[0]]!r}, "
                f"event {index + 1} of {len(attempt.events)}, {answer}"
            )
            yield Mark(attempt.at, "segment", attempt.entry, "attempt", told)
            if index >= len(verdicts):
                yield Mark(attempt.at, "segment", attempt.entry, "verdict", "not stored")
                continue
            verdict = verdicts[index]
            became = " ".join(word for word in (verdict.verdict, verdict.code, verdict.reason) if word)
            yield Mark(attempt.at, "segment", attempt.entry, "verdict", became)
            if verdict.verdict == "delivered" and traits[about[0]] != value:
                value = traits[about[0]]
                told = f"{user_id!r} has {about[0]!r} = {value!r}"
                yield Mark(attempt.at, "segment", attempt.entry, "profile", told)


def _is_of(key: str, cohort_id: str) -> bool:
    return cohort_id in key
