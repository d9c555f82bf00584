"""The trace: one user and one trait, from the membership change to the folded value, read from both journals.

membership change -> export -> its row -> difference to the export before -> upload -> attempts -> verdict -> value
-> destinations -> rows of the warehouse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from contracts.errors import ContractsError
from contracts.foreign import NAME_COLUMNS, quoted
from contracts.trait_key import trait_key_format
from mock_amplitude import AmplitudeState
from mock_amplitude.exports import Job
from mock_core.errors import LabError
from mock_core.journal import Entry
from mock_segment import SegmentState
from mock_segment.delivery import is_in_vain, meant_for, slips, traits_meant
from scenarios.bench import SyncStarted, attempts, fault_in_words
from scenarios.errors import ScenarioError
from scenarios.files import nearest
from scenarios.flow import flow, json_of
from scenarios.flow import value as value_of
from scenarios.recordings.downstream import at_destinations
from scenarios.recordings.happenings import armed, happenings
from scenarios.recordings.loaded import in_warehouse
from scenarios.recordings.mark import Mark, folded
from scenarios.recordings.why import why_in

if TYPE_CHECKING:
    from downstream.warehouse import Target
    from scenarios.bench import Bench

_STYLES = ("amplitude", "segment", "partner", "partner-test")


class NothingToTrace(ScenarioError):
    """There is no such cohort or user in what is traced: name another."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Known:
    """What journals do not tell and a run does.

    The spelling of trait keys, the place of every (fake, entry) as both came, for each sync the last entries before it
    and its write key, and what each fault, by fake and id, was given.
    """

    spelling: str | None = None
    came: Mapping[tuple[str, int], int] = field(default_factory=dict)
    syncs: Sequence[tuple[dict[str, int], str]] = ()
    faults: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

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
        came = {each: place for place, each in enumerate(bench.order)}
        faults = {which: trouble.spec for which, trouble in bench.troubles.items()}
        return cls(bench.scenario.trait_key, came, syncs, faults)

    def write_key(self, fake: str, entry: int) -> str:
        """Return the write key of the sync that an entry belongs to; nothing where that is not known."""
        return next((key for before, key in reversed(self.syncs) if before[fake] < entry), "")


def trace(
    amplitude: AmplitudeState,
    segment: SegmentState,
    user_id: str,
    trait: str,
    known: Known | None = None,
    *,
    target: Target | None = None,
) -> list[Mark]:
    """Return the stations in order, the last one what must be and what is; `trait` is a trait key, a name or an id.

    `target` is a warehouse that was loaded from the journal of Segment, where the lab does not know it.
    """
    known = known or Known()
    cohort_id = _cohort_of(amplitude, trait, known)
    names = _targets(segment)
    told: list[Told] = []
    marks = [
        *_at_segment(segment, cohort_id, user_id, known, names=names, told=told),
        *_at_amplitude(amplitude, cohort_id, user_id, known, names=names, told=told),
    ]
    if all(mark.kind in {"export", "row", "difference", "download"} for mark in marks):
        _must_be_known(amplitude, segment, user_id)
    marks += happenings(amplitude, segment, cohort_id)
    in_order = folded(sorted(marks, key=lambda mark: _place(known, mark.at, mark.on, mark.entry)))
    traits = {each.trait for each in told}
    in_order += [*at_destinations(segment, user_id, traits), *in_warehouse(segment, user_id, traits, target)]
    return [*in_order, *_ends(amplitude, segment, cohort_id, user_id, names=names, told=told)]


@dataclass(frozen=True, slots=True)
class Told:
    """A value that a user was told, delivered: when (milliseconds), in which entry, under which write key and trait."""

    at: int
    entry: int
    write_key: str
    trait: str
    value: object


def _place(known: Known, at: int, on: str, entry: int) -> tuple[int, str, int]:
    """Return where an entry stands among those of both journals.

    Journals alone tell the time only; at one moment the export comes before what is told of it.
    """
    return (known.came[on, entry], "", 0) if known.came else (at, on, entry)


def _ends(
    amplitude: AmplitudeState,
    segment: SegmentState,
    cohort_id: str,
    user_id: str,
    *,
    names: Mapping[str, str],
    told: Sequence[Told],
) -> Iterator[Mark]:
    """Yield the verdict for each write key that was told of the cohort: what must be, and what is."""
    is_member = _is_member(amplitude, cohort_id, user_id, amplitude.workspace.journal.last)
    stands = "is a member" if is_member else "is no member"
    last = segment.workspace.journal.last
    journals = (amplitude.workspace.journal, segment.workspace.journal)
    at = max((entry.at for journal in journals for entry in journal.walk(journal.last - 1)), default=0)
    name = quoted(user_id, NAME_COLUMNS)
    for write_key in dict.fromkeys(each.write_key for each in told):
        values = {each.trait: each.value for each in told if each.write_key == write_key}
        (*former, current) = values
        must = is_member if is_member or any(value is not None for value in values.values()) else None
        found = values[current]
        is_right = found is must or (must is True and any(value is True for value in values.values()))
        words = f"{name} {stands}, so {quoted(current)} must be {value_of(must)}; it is {value_of(found)}"
        words += f"{names.get(write_key, '')}: {'as it must be' if is_right else 'that is wrong'}"
        stale = [quoted(each) for each in former if values[each] is True and not is_member]
        if stale:
            words += f"; {', '.join(stale)} is still true, and nobody closes the old key"
        yield Mark(at, "segment", last, "end", words)
    if not told:
        words = f"{name} {stands}, so the trait must be {value_of(True if is_member else None)}; it was never told"
        yield Mark(at, "segment", last, "end", f"{words}: {'that is wrong' if is_member else 'as it must be'}")


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
    amplitude: AmplitudeState,
    cohort_id: str,
    user_id: str,
    known: Known,
    *,
    names: Mapping[str, str],
    told: Sequence[Told],
) -> Iterator[Mark]:
    jobs = {job.entry: job for job in amplitude.jobs() if job.cohort_id == cohort_id}
    was_member, before = False, dict[str, Job]()
    for entry in amplitude.workspace.journal.walk():
        if entry.kind == "control" and _moves(entry, cohort_id):
            is_member = _is_member(amplitude, cohort_id, user_id, entry.seq)
            if is_member is not was_member:
                change = "entered" if is_member else "left"
                if entry.data["op"] == "cohort.evaluate":
                    yield from why_in(amplitude, cohort_id, user_id, entry)
                yield Mark(
                    entry.at, "amplitude", entry.seq, "membership", f"{quoted(user_id)} {change} ({entry.data['op']})"
                )
            was_member = is_member
        elif entry.seq in jobs:
            key = known.write_key("amplitude", entry.seq)
            last = _told_before(known, told, key, entry)
            marks = _export(amplitude, entry, user_id, (before.get(key), jobs[entry.seq]), last)
            yield from (replace(mark, words=f"{mark.words}{names.get(key, '')}") for mark in islice(marks, 1))
            yield from marks
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


def _told_before(known: Known, told: Sequence[Told], write_key: str, entry: Entry) -> Told | None:
    """Return what a user was told last when an export was asked for; None where that is not certain.

    Of what happened at one moment, journals alone do not tell what came first.
    """
    if not known.came and any(each.at == entry.at for each in told):
        return None
    here = _place(known, entry.at, "amplitude", entry.seq)
    nothing = Told(0, 0, write_key, "", None)
    before = [
        each
        for each in told
        if write_key in {"", each.write_key} and _place(known, each.at, "segment", each.entry)[0] < here[0]
    ]
    return [nothing, *before][-1]


def _last(told: Told) -> str:
    return "it was never told" if told.value is None else f"it was told {json_of(told.value)} last"


def _export(
    amplitude: AmplitudeState, entry: Entry, user_id: str, jobs: tuple[Job | None, Job], told: Told | None
) -> Iterator[Mark]:
    before, job = jobs
    row = _row(amplitude, job, user_id)
    words = f"export {job.request_id} asked for, {len(amplitude.export_of(job).members)} rows"
    yield Mark(entry.at, "amplitude", entry.seq, "export", words)
    where = "no row" if row is None else f"row {row[0]}, Amplitude id {row[1]}"
    yield Mark(entry.at, "amplitude", entry.seq, "row", f"{quoted(user_id)} has {where}")
    had = before is not None and _row(amplitude, before, user_id) is not None
    if before is None:
        change = "true is to be told: the first export" if row else "nothing is to be told"
    elif had is (row is not None):
        change = "nothing changed since the export before"
        # What an export changed may not have been told of it: a preview asks for one, too, and a sync may fail.
        if told is not None and (told.value is True) is not had:
            value = "true" if had else "false"
            change = f"{value} is to be told: nothing changed since the export before, and {_last(told)}"
    else:
        change = "true is to be told: not in the export before" if row else "false is to be told: in the export before"
    yield Mark(entry.at, "amplitude", entry.seq, "difference", change)


def _row(amplitude: AmplitudeState, job: Job, user_id: str) -> tuple[int, int] | None:
    members = amplitude.export_of(job).members
    return next(((place, each.amplitude_id) for place, each in enumerate(members, 1) if each.user_id == user_id), None)


def _at_segment(
    segment: SegmentState, cohort_id: str, user_id: str, known: Known, *, names: Mapping[str, str], told: list[Told]
) -> Iterator[Mark]:
    struck = armed(segment.workspace.journal) | {
        each: spec for (on, each), spec in known.faults.items() if on == "segment"
    }
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
            faults = [fault_in_words("segment", struck[each]) for each in attempt.faults if each in struck]
            answer += f" ({', '.join(faults)})" if faults else ""
            said = (
                f"{flow(message_id)}: {_values(about)}, "
                f"event {index + 1} of {len(attempt.events)}{names.get(write_key, '')}, {answer}{_slipped(event)}"
            )
            words = f"attempt {tries[message_id]} of message {said}"
            yield Mark(attempt.at, "segment", attempt.entry, "attempt", words, tries[message_id], said)
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
                told.append(Told(attempt.at, attempt.entry, write_key, key, value))
                if values.get((write_key, key)) != value:
                    values[write_key, key] = value
                    words = f"{quoted(user_id)} has {_values({key: value})}{names.get(write_key, '')}"
                    yield Mark(attempt.at, "segment", attempt.entry, "profile", words)


def _values(about: Mapping[str, Any]) -> str:
    return ", ".join(f"{quoted(key)} = {json_of(value)}" for key, value in about.items())


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
