"""The trace: one user and one trait, from the membership change to the folded value, read from both journals.

membership change -> export -> its row -> difference to the export before -> upload -> attempts -> verdict -> value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from mock_amplitude import AmplitudeState
from mock_amplitude.exports import Job
from mock_core.clock import iso
from mock_core.errors import LabError
from mock_core.journal import Entry
from mock_segment import SegmentState
from mock_segment.delivery import is_in_vain, meant_for, slips, traits_meant
from scenarios.bench import SyncStarted, attempts
from scenarios.errors import ScenarioError
from scenarios.files import nearest

if TYPE_CHECKING:
    from scenarios.bench import Bench

_STYLES = ("amplitude", "segment", "partner", "partner-test")


class NothingToTrace(ScenarioError):
    """There is no such cohort or user in what is traced: name another."""

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


@dataclass(frozen=True, slots=True)
class Known:
    """What journals do not tell and a run does.

    The spelling of trait keys, the place of every (fake, entry) as both came, and for each sync the last entries
    before it and its write key.
    """

    spelling: str | None = None
    came: Mapping[tuple[str, int], int] = field(default_factory=dict)
    syncs: Sequence[tuple[dict[str, int], str]] = ()

    @classmethod
    def of(cls, bench: Bench) -> Self:
        """Return what a scenario on its way knows."""
        syncs = []
        for event in bench.timeline:
            if isinstance(event, SyncStarted):
                keys = dict(bench.scenario.targets)
                for step in bench.scenario.steps[: event.step - 1]:
                    if step.verb in {"swap", "clear"}:
                        target, key = (
                            (step.data["target"], step.data["key"]) if step.verb == "swap" else (step.data, "")
                        )
                        keys[target] = key
                syncs.append(({"amplitude": event.amplitude, "segment": event.segment}, keys[event.target]))
        return cls(bench.scenario.trait_key, {each: place for place, each in enumerate(bench.order)}, syncs)

    def write_key(self, fake: str, entry: int) -> str:
        """Return the write key of the sync that an entry belongs to; nothing where that is not known."""
        return next((key for before, key in reversed(self.syncs) if before[fake] < entry), "")


def trace(
    amplitude: AmplitudeState, segment: SegmentState, user_id: str, trait: str, known: Known | None = None
) -> list[Mark]:
    """Return the stations in order; `trait` is a trait key, a cohort's name or its id."""
    known = known or Known()
    cohort_id = _cohort_of(amplitude, trait, known)
    names = _targets(segment)
    marks = [
        *_at_amplitude(amplitude, cohort_id, user_id, known, names),
        *_at_segment(segment, cohort_id, user_id, known, names),
    ]
    if all(mark.kind in {"export", "row", "difference", "download"} for mark in marks):
        _must_be_known(amplitude, segment, user_id)
    if known.came:
        return sorted(marks, key=lambda mark: known.came[mark.on, mark.entry])
    # Journals alone tell the time only; at one moment the export comes before what is told of it.
    return sorted(marks, key=lambda mark: (mark.at, mark.on, mark.entry))


def _targets(segment: SegmentState) -> dict[str, str]:
    """Return how to name each write key, where there are several: by its target, with the key if that had two."""
    sources = segment.sources()
    names = [source.name for source in sources]
    return {
        key: f", for {name if name and names.count(name) == 1 else f'{name} ({key})'.strip()}"
        for key, name in ((source.write_key, source.name) for source in sources)
        if len(sources) > 1
    }


def _must_be_known(amplitude: AmplitudeState, segment: SegmentState, user_id: str) -> None:
    """Refuse a user whom neither fake ever heard of: the name is misspelt."""
    users = {user for attempt in attempts(segment) for event in attempt.events if (user := meant_for(event))}
    for job in amplitude.jobs():
        users |= {member.user_id for member in amplitude.export_of(job).members if member.user_id}
    for cohort in amplitude.cohorts():
        users |= {member.user_id for member in amplitude.membership(cohort.id) if member.user_id}
    if user_id not in users:
        raise NothingToTrace(f"there is no user {user_id!r} in what is traced; {nearest(user_id, sorted(users))}")


def _cohort_of(amplitude: AmplitudeState, word: str, known: Known) -> str:
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
    for style in (*_STYLES, *([known.spelling] if known.spelling else ())):
        try:
            read = trait_key_format(style).parse(word)
        except ContractsError:
            continue
        if read is not None and read.cohort_id in names:
            return names[read.cohort_id]
    raise NothingToTrace(f"there is no cohort {word!r} in what is traced; {nearest(word, names)}")


def _at_amplitude(
    amplitude: AmplitudeState, cohort_id: str, user_id: str, known: Known, names: Mapping[str, str]
) -> Iterator[Mark]:
    jobs = {job.entry: job for job in amplitude.jobs() if job.cohort_id == cohort_id}
    was_member, before = False, dict[str, Job]()
    for entry in amplitude.workspace.journal.walk():
        if entry.kind == "control" and _moves(entry, cohort_id):
            is_member = _is_member(amplitude, cohort_id, user_id, entry.seq)
            if is_member is not was_member:
                change = "entered" if is_member else "left"
                yield Mark(entry.at, "amplitude", entry.seq, "membership", f"{user_id!r} {change} ({entry.data['op']})")
            was_member = is_member
        elif entry.seq in jobs:
            key = known.write_key("amplitude", entry.seq)
            yield from _export(amplitude, jobs[entry.seq], before.get(key), user_id, entry, to=names.get(key, ""))
            before[key] = jobs[entry.seq]
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


def _export(
    amplitude: AmplitudeState, job: Job, before: Job | None, user_id: str, entry: Entry, *, to: str
) -> Iterator[Mark]:
    row = _row(amplitude, job, user_id)
    told = f"export {job.request_id} asked for, {len(amplitude.export_of(job).members)} rows{to}"
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


def _at_segment(
    segment: SegmentState, cohort_id: str, user_id: str, known: Known, names: Mapping[str, str]
) -> Iterator[Mark]:
    tries: dict[str, int] = {}
    values: dict[tuple[str, str], object] = {}
    for attempt in attempts(segment):
        verdicts = segment.verdicts_of(attempt.entry) if attempt.is_stored else []
        write_key = attempt.write_key or known.write_key("segment", attempt.entry)
        for index, event in enumerate(attempt.events):
            if meant_for(event) != user_id:
                continue
            about = {key: value for key, value in traits_meant(event).items() if _is_of(key, cohort_id, known)}
            if not about:
                continue
            message_id = str(event.get("messageId"))
            tries[message_id] = tries.get(message_id, 0) + 1
            answer = "the connection was lost" if attempt.status == 0 else f"answered {attempt.status}"
            told = (
                f"attempt {tries[message_id]} of message {message_id}: "
                f"{', '.join(f'{key!r} = {value!r}' for key, value in about.items())}, "
                f"event {index + 1} of {len(attempt.events)}{names.get(write_key, '')}, {answer}{_slipped(event)}"
            )
            yield Mark(attempt.at, "segment", attempt.entry, "attempt", told)
            if index >= len(verdicts):
                why = f": {attempt.refused}" if attempt.refused else ""
                yield Mark(attempt.at, "segment", attempt.entry, "verdict", f"not stored{why}")
                continue
            verdict = verdicts[index]
            became = " ".join(word for word in (verdict.verdict, verdict.code, verdict.reason) if word)
            yield Mark(attempt.at, "segment", attempt.entry, "verdict", became)
            is_told = verdict.verdict == "delivered" and not is_in_vain(event)
            if verdict.verdict == "delivered" and not is_told:
                yield Mark(
                    attempt.at, "segment", attempt.entry, "verdict", "told nothing: nobody looks for traits there"
                )
            for key, value in about.items() if is_told else ():
                if values.get((write_key, key)) != value:
                    values[write_key, key] = value
                    told = f"{user_id!r} has {key!r} = {value!r}{names.get(write_key, '')}"
                    yield Mark(attempt.at, "segment", attempt.entry, "profile", told)


def _slipped(event: Mapping[str, Any]) -> str:
    """Say which names of an event nobody reads, if any."""
    named = slips(event)
    return f"; it has {' and '.join(f'`{name}`' for name in named)}" if named else ""


def _is_of(key: str, cohort_id: str, known: Known) -> bool:
    """Say whether a trait key is one of the cohort: by its spelling, or else by the id standing in it as a word."""
    styles = (known.spelling,) if known.spelling else _STYLES
    ids = {read.cohort_id for style in styles if (read := trait_key_format(style).parse(key))}
    word = rf"(?<![A-Za-z0-9]){re.escape(cohort_id)}(?![A-Za-z0-9])"
    return cohort_id in ids if ids else re.search(word, key) is not None
