"""Reduce a kept scenario while the same profiles stay wrong: to few users first, then to the steps that matter.

Of everything that is wrong, one user for each kind of it must stay wrong (the same trait, the same value where the same
was expected), and nothing else may become so.
"""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.reading import user_ids
from mock_core.errors import LabError
from recording.strangers import inflated
from scenarios.bench import Bench
from scenarios.errors import FileUnusable, ScenarioError
from scenarios.files import read_scenario
from scenarios.keeping.keeping import Draft, exports_in, fill, publishable
from scenarios.keeping.telling import RECORDED, Data
from scenarios.oracle import Difference
from scenarios.running import run_scenario
from scenarios.simulation import trimmed
from scenarios.subjects import MakeSubject

_FILE: Final = "kept.cohort.yaml"

Wrong = frozenset[tuple[str, str, bool | None, object]]
Progress = Callable[[str], object]


def shrunk(told: Draft, make_subject: MakeSubject, progress: Progress | None = None) -> Draft:
    """Return the smallest draft found in which the same profiles are wrong; raise `FileUnusable` when none is."""
    say = progress or (lambda _words: None)
    wrong = _wrong(told, make_subject)
    if not wrong:
        raise FileUnusable("every profile is right in it, so there is nothing that --shrink could reduce it to.")
    chosen = _one_of_each(wrong)
    say(f"{len(wrong):,} profiles are wrong, in {len(chosen)} ways; they are reduced to {len(chosen)}.")

    def fails(draft: Draft) -> bool:
        return chosen <= _wrong(draft, make_subject) <= wrong

    users = {user for user, *_ in chosen}
    smaller = next((each for each in _with_few(told, users) if fails(each)), told)

    def fails_alike(data: Data) -> bool:
        return bool(data["steps"]) and fails(replace(smaller, data=mended(data)))

    data = _without_idle_cohorts(mended(trimmed(smaller.data, fails_alike)))
    before, after = (sum("sync" in step for step in each["steps"]) for each in (told.data, data))
    say(f"{before:,} syncs became {after:,}, {len(told.data['steps']):,} steps {len(data['steps']):,}.")
    faults = sum("fault" in step for step in data["steps"])
    return replace(smaller, data=data, faults=faults)


def _wrong(draft: Draft, make_subject: MakeSubject) -> Wrong:
    """Run a draft and return what is wrong after the step where it first was, and at its end."""
    found: list[Difference] = []

    def look(bench: Bench) -> None:
        found.extend(bench.differences())
        found.extend(bench.went_wrong.differences if bench.went_wrong else ())

    with tempfile.TemporaryDirectory(prefix="cohortlab-shrink-") as folder:
        try:
            exports = {name: draft.exports[name] for name in exports_in(draft.data)}
            file = fill(Path(folder), _FILE, publishable(draft.data), exports, draft)
            run_scenario(read_scenario(file), make_subject, at_end=look)
        except (ScenarioError, LabError):  # a reduction that is no scenario
            return frozenset()
    return frozenset((each.user_id, each.trait, each.expected, _hashable(each.found)) for each in found)


def _hashable(value: object) -> object:
    return value if isinstance(value, bool | str | int | float | None) else orjson.dumps(value)


def _one_of_each(wrong: Wrong) -> Wrong:
    kinds: dict[tuple[object, ...], tuple[str, str, bool | None, object]] = {}
    for each in sorted(wrong, key=lambda each: (each[1], len(each[0]), each[0])):
        kinds.setdefault((each[1], each[2], each[3]), each)
    return frozenset(kinds.values())


def _with_few(told: Draft, users: Collection[str]) -> Iterator[Draft]:
    """Yield the draft with these users only: without the calls that told of others, then with one user for each."""
    data = _of_few(told, users)
    if not told.lines:
        yield replace(told, data=data, exports={})
        return
    some = [list(_lines_of_few(each, users)) for each in told.lines]
    lines = [[text for text, is_empty in each if not is_empty] for each in some]
    yield replace(told, data=_sooner(data, some), exports={}, lines=lines)
    more = {*users, *(user for each in told.lines for user in _one_for_each_call(each, users))}
    lines = [[text for text, _ in _lines_of_few(each, more)] for each in told.lines]
    yield replace(told, data=_of_few(told, more), exports={}, lines=lines)


def _sooner(data: Data, lines: Sequence[Sequence[tuple[bytes, bool]]]) -> Data:
    """Let the faults of Segment before a sync skip as many calls fewer as are left out of it."""
    steps: list[Data] = []
    waiting: list[int] = []
    for step in data["steps"]:
        if step.get("fault", {}).get("on") == "segment" and step["fault"].get("match", {}).get("skip"):
            waiting.append(len(steps))
        steps.append(step)
        if "sync" not in step:
            continue
        calls = [is_empty for text, is_empty in lines[step["sync"][RECORDED] - 1] if b'"on":"segment"' in text[:60]]
        for place in waiting:
            fault = steps[place]["fault"]
            skip = sum(not is_empty for is_empty in calls[: fault["match"]["skip"]])
            steps[place] = {"fault": {**fault, "match": {**fault["match"], "skip": skip}}}
        waiting = []
    return {**data, "steps": steps}


def _of_few(told: Draft, users: Collection[str]) -> Data:
    """Return the data with these users only, by name: an export becomes who enters and leaves with it."""
    cohorts, members = {}, {}
    for short, plan in told.data["cohorts"].items():
        here = _members(told, plan["export"], users) if "export" in plan else plan.get("members", ())
        members[short] = [user for user in here if user in users]
        rest = {name: value for name, value in plan.items() if name not in {"export", "members", "anonymous", "people"}}
        cohorts[short] = {**rest, **({"members": members[short]} if members[short] else {})}
    steps: list[Data] = []
    for step in told.data["steps"]:
        ((verb, said),) = step.items()
        if verb == "import":
            short, now = said["cohort"], _members(told, said["export"], users)
            left = [user for user in members[short] if user not in now]
            entered = [user for user in now if user not in members[short]]
            members[short] = now
            steps += [{"leave": {"cohort": short, "users": left}}] if left else []
            steps += [{"enter": {"cohort": short, "users": entered}}] if entered else []
            continue
        if verb in {"enter", "leave"}:
            some = [user for user in said.get("users", ()) if user in users]
            now = [user for user in members[said["cohort"]] if user not in some]
            members[said["cohort"]] = now + some if verb == "enter" else now
            if not some:
                continue
            step = {verb: {"cohort": said["cohort"], "users": some}}  # noqa: PLW2901
        steps.append(step)
    return {**told.data, "cohorts": cohorts, "steps": steps}


def _members(told: Draft, name: str, users: Collection[str]) -> list[str]:
    """Return which of these users an export has."""
    with tempfile.TemporaryFile() as stream:
        stream.writelines(told.exports[name]())
        stream.seek(0)
        reader: Any = io.BufferedReader(stream)
        return list(dict.fromkeys(user for user in user_ids(reader) if user in users))


def _lines_of_few(lines: Iterable[bytes], users: Collection[str]) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines of a sync with the events of these users, and whether a call is left with none."""
    for text in lines:
        line = orjson.loads(text)
        events = _events(line)
        if events is None:
            yield text, False
            continue
        body, batch = events
        some = [event for event in batch if isinstance(event, dict) and event.get("userId") in users]
        line.pop("base64", None)
        line["headers"].pop("content-encoding", None)
        line["text"] = orjson.dumps({**body, "batch": some}).decode()
        yield orjson.dumps(line) + b"\n", not some


def _one_for_each_call(lines: Iterable[bytes], users: Collection[str]) -> Iterator[str]:
    """Yield somebody of each call that tells of none of these users."""
    for text in lines:
        events = _events(orjson.loads(text))
        told = [] if events is None else [each.get("userId") for each in events[1] if isinstance(each, dict)]
        if told and isinstance(told[0], str) and not any(user in users for user in told):
            yield told[0]


def _events(line: dict[str, Any]) -> tuple[dict[str, Any], list[Any]] | None:
    """Return the body of an upload and its batch, None of another call."""
    if line.get("on") != "segment":
        return None
    body = line["text"].encode() if "text" in line else base64.b64decode(line.get("base64", ""))
    try:
        payload = orjson.loads(inflated(body) or body)
    except ValueError:
        return None
    batch = payload.get("batch") if isinstance(payload, dict) else None
    return (payload, batch) if isinstance(batch, list) and batch else None


def mended(data: Data) -> Data:
    """Return reduced data as a scenario that can be: nobody leaves who is no member, nothing is lifted unarmed."""
    members = {short: set(plan.get("members", ())) for short, plan in data["cohorts"].items()}
    is_listed = {short: "export" not in plan for short, plan in data["cohorts"].items()}
    armed: set[str] = set()
    steps: list[Data] = []
    for step in data["steps"]:
        ((verb, told),) = step.items()
        short = told.get("cohort") if isinstance(told, dict) else told
        if isinstance(told, dict) and "cohort" in told and short not in members:
            continue
        if verb in {"enter", "leave"} and is_listed[short]:
            users = [user for user in told.get("users", ()) if (user in members[short]) == (verb == "leave")]
            rest = {name: value for name, value in told.items() if name not in {"cohort", "users"} and value}
            if not users and not rest:
                continue
            members[short] = members[short] - set(users) if verb == "leave" else members[short] | set(users)
            step = {verb: {"cohort": short, **({"users": users} if users else {}), **rest}}  # noqa: PLW2901
        elif verb == "import":
            is_listed[short] = False
        elif verb == "fault":
            armed.add(told.get("as", ""))
        elif verb == "lift" and told not in {"amplitude", "segment"} and told not in armed:
            continue
        steps.append(step)
    return {**data, "steps": steps}


def _without_idle_cohorts(data: Data) -> Data:
    used = {
        told["cohort"] if isinstance(told, dict) else told
        for step in data["steps"]
        for told in step.values()
        if not isinstance(told, dict) or "cohort" in told
    }
    cohorts = {short: plan for short, plan in data["cohorts"].items() if short in used}
    return {**data, "cohorts": cohorts or data["cohorts"]}
