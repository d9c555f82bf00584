"""The parts of a story: syncs, and what happened between them.

A run says itself where its syncs begin. Journals alone do not: there a sync begins with the first question to Amplitude
after a file was fetched or Segment was told something, after a long silence, or after somebody moved people or faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from scenarios.keeping.story import Happening, Story
from scenarios.recordings import StepRecorded

SILENCE: Final = 600_000  # milliseconds between two calls that belong to two syncs
STYLES: Final = ("amplitude", "segment", "partner", "partner-test")
_REQUEST: Final = re.compile(r"/api/[35]/cohorts/request/([^/]+)")
_OPENING: Final = re.compile(r"/api/3/cohorts(/(?!usage)[^/]+)?|/api/[35]/cohorts/request/[^/]+")
_FILE: Final = re.compile(r"/api/5/cohorts/request/[^/]+/file")
_SEPARATES: Final = frozenset(
    {
        *("fault.arm", "fault.lift", "cohort.enter", "cohort.leave", "cohort.populate", "cohort.churn"),
        *("cohort.recompute", "person.identify", "person.forget"),
    }
)


@dataclass(slots=True)
class SyncSeen:
    """One sync: its calls in order, and as far as they tell it the cohort, the write key and how it ended.

    `told` is what the step said of it, where there was one.
    """

    calls: list[Happening] = field(default_factory=list)
    cohort_id: str = ""
    write_key: str = ""
    ended: str = ""
    reason: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def began(self) -> int | None:
        return self.calls[0].at if self.calls else None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a run that leaves no entry, or is known by its words: `advance`, `restart`, `clear`, `track`."""

    verb: str
    words: str
    calls: tuple[Happening, ...] = ()


Part = SyncSeen | Happening | Taken


def parts_of(story: Story) -> Iterator[Part]:
    """Yield what happened, each sync whole."""
    yield from _of_run(story) if story.steps else _of_journals(story)


def _of_run(story: Story) -> Iterator[Part]:
    by_step: dict[int, list[Happening]] = {}
    for each in story.happenings:
        by_step.setdefault(each.step, []).append(each)
    for step in story.steps:
        verb, _, words = step.words.partition(" ")
        here = by_step.pop(step.step, [])
        calls = [each for each in here if each.kind == "request"]
        yield from (each for each in here if each.kind != "request")
        if verb == "sync":
            yield _sync_of(story, step, words, calls)
        elif verb in {"advance", "restart", "clear"} or calls:
            yield Taken(verb, words, tuple(calls))


def _sync_of(story: Story, step: StepRecorded, words: str, calls: list[Happening]) -> SyncSeen:
    said = _said(words)
    told = said if isinstance(said, dict) else {"cohort": str(said)}
    seen = SyncSeen(calls, ended=step.ended, reason=step.reason, told=told)
    _settle(story, seen)
    return seen


def _said(words: str) -> Any:
    """Read the words of a step, which are YAML on one line; `on` is a name there, and true to YAML."""

    def named(value: Any) -> Any:
        return (
            {"on" if key is True else key: named(each) for key, each in value.items()}
            if isinstance(value, dict)
            else value
        )

    return named(yaml.safe_load(words))


def _of_journals(story: Story) -> Iterator[Part]:
    current: SyncSeen | None = None
    waiting: list[Happening] = []  # controls while a sync was on its way: they come before the next one
    for each in story.happenings:
        if each.kind != "request":
            if current is not None and each.op in _SEPARATES:
                yield from _ended(story, current, waiting)
                current, waiting = None, []
            if current is None:
                yield each
            else:
                waiting.append(each)
            continue
        if current is not None and _begins(each, current.calls):
            yield from _ended(story, current, waiting)
            current, waiting = None, []
        current = current or SyncSeen()
        current.calls.append(each)
    if current is not None:
        yield from _ended(story, current, waiting)


def _ended(story: Story, sync: SyncSeen, waiting: Sequence[Happening]) -> Iterator[Part]:
    """Yield a sync, and then what somebody did while it was on its way."""
    _settle(story, sync)
    sync.ended = "succeeded" if _believed(story, sync) else "failed"
    yield sync
    yield from waiting


def _begins(call: Happening, calls: Sequence[Happening]) -> bool:
    """Say whether a call begins another sync than that of the calls before it."""
    if call.at - calls[-1].at >= SILENCE:
        return True
    if call.fake != "amplitude" or call.data["method"] != "GET" or not _OPENING.fullmatch(call.data["path"]):
        return False
    if any(each.fake == "segment" and _tells(each) for each in calls):
        return True
    if any(_FILE.fullmatch(each.data["path"]) and each.data["status"] in {200, 302} for each in calls):
        return True
    asked, before = _asked(call), {_asked(each) for each in calls}
    return asked is not None and bool(before - {None, asked})


def _tells(call: Happening) -> bool:
    return "upload" in call.data or "stored" in call.data


def _asked(call: Happening) -> str | None:
    """Return the cohort whose export a call asks for."""
    found = _REQUEST.fullmatch(call.data["path"]) if call.fake == "amplitude" else None
    return None if found is None else found[1]


def _settle(story: Story, sync: SyncSeen) -> None:
    """Find out which cohort a sync was of, and where it told of it."""
    sync.write_key = next((str(key) for each in sync.calls if (key := each.data.get("write_key"))), "")
    jobs = [each.data["did"]["job"]["cohort_id"] for each in sync.calls if each.data.get("did", {}).get("job")]
    asked = [found for each in sync.calls if (found := _asked(each))]
    known = {cohort.id for cohort in story.lab.amplitude.cohorts()}
    sync.cohort_id = next(iter([*jobs, *(each for each in asked if each in known)]), "")
    if not sync.cohort_id:
        sync.cohort_id = next((found for each in sync.calls if (found := _cohort_told_of(story, each, known))), "")


def _cohort_told_of(story: Story, call: Happening, known: set[str]) -> str | None:
    """Return the cohort that an upload tells of, by its trait keys."""
    if call.fake != "segment" or "stored" not in call.data:
        return None
    names = {cohort.name: cohort.id for cohort in story.lab.amplitude.cohorts()}
    capture = next(story.lab.segment.captures(after=call.seq - 1), None)
    for item in () if capture is None or capture.seq != call.seq else capture.items[:20]:
        traits = item.get("traits")
        for key in traits if isinstance(traits, dict) else ():
            found = cohort_in(key)
            if found in known or key in names:
                return found if found in known else names[key]
    return None


def cohort_in(trait: str) -> str | None:
    """Return the id of the cohort that a trait key names, by the published spellings."""
    for style in STYLES:
        try:
            read = trait_key_format(style).parse(trait)
        except ContractsError:
            continue
        if read is not None and read.cohort_id:
            return read.cohort_id
    return None


def _believed(story: Story, sync: SyncSeen) -> bool:
    """Say whether a program probably believed that its sync succeeded: journals do not tell.

    It did not when it got no export, or when what it told last was refused however often it tried. What it told once
    and was refused and never told again it took for told: that is the bug to be seen.
    """
    uploads = [each for each in sync.calls if each.fake == "segment" and _tells(each)]
    if not uploads:
        fetched = [each for each in sync.calls if _is_file(each)]
        return bool(fetched) and fetched[-1].data["status"] in {200, 302} and not fetched[-1].data.get("reset")
    last = uploads[-1]
    if last.data["status"] // 100 == 2 and not last.data.get("reset"):
        return True
    body = story.body(last)
    tries = [each for each in uploads if story.body(each) == body]
    return len(tries) < 2 and last.data["status"] in {408, 429, *range(500, 600)}


def _is_file(call: Happening) -> bool:
    return call.fake == "amplitude" and bool(
        _FILE.fullmatch(call.data["path"]) or call.data["path"].endswith(".csv") or "/api/" not in call.data["path"]
    )
