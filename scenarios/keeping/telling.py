"""A story told as the data of a scenario: cohorts, steps, faults and time, and what no step does as notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
import yaml

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from mock_core.clock import iso
from mock_core.errors import BadControl
from mock_core.moments import milliseconds
from scenarios.files import DEFAULT_TARGETS
from scenarios.flow import flow
from scenarios.keeping.memberships import Memberships
from scenarios.keeping.parts import STYLES, Part, SyncSeen, Taken, parts_of
from scenarios.keeping.story import Happening, Story
from scenarios.keeping.trouble import troubles

Data = dict[str, Any]

RECORDED: Final = "recorded"  # of a sync step on its way: which of the recorded syncs it is
_SHORTEST: Final = 1_000  # milliseconds that are worth an advance
_STATES: Final = {
    ("archived", True): "archive",
    ("archived", False): "unarchive",
    ("published", True): "publish",
    ("published", False): "unpublish",
}
_SAID_ELSEWHERE: Final = frozenset(
    {
        *("cohort.create", "source.put", "settings.set", "hour", "seed.set", "cohort.recompute", "cohort.evaluate"),
        *("cohort.enter", "cohort.leave", "cohort.set-members", "cohort.import", "cohort.populate", "cohort.churn"),
        *("cohort.membership", "cohort.upload", "person.identify", "people.add"),
    }
)

# The fields of an event that a step says, and its words for them.
_STEP: Final = {
    "userId": "user",
    "anonymousId": "anonymous",
    "messageId": "message_id",
    "event": "event",
    "traits": "traits",
    "properties": "properties",
    "integrations": "integrations",
}


class Telling:
    """Tells one story: `data` is the scenario's once `tell` was called, `syncs` what was seen of each sync."""

    def __init__(self, story: Story, title: str) -> None:
        self._story = story
        self.syncs: list[SyncSeen] = []
        self.memberships = Memberships(story)
        self.notes: list[str] = []
        self.faults = 0
        self._short: dict[str, str] = {}
        self._steps: list[Data] = []
        self._settings: dict[str, Data] = {}
        self._warehouse: Data = {}
        self._targets: dict[str, str] = {}
        self._on: dict[str, bool] = {}
        self._met = self._faults_met()
        self._armed: dict[str, int] = {"amplitude": 0, "segment": 0}
        self._last: int | None = None
        self.data: Data = {"scenario": title}

    def tell(self) -> Data:
        """Return the data of the scenario; raises nothing of its own."""
        parts = list(parts_of(self._story))
        self._begin(parts)
        for part in parts:
            if isinstance(part, SyncSeen):
                self._sync(part)
            elif isinstance(part, Taken):
                self._taken(part)
            else:
                self._steps += self._control(part)
        self.data |= {
            **({"trait_key": spelt} if (spelt := self._spelling()) else {}),
            **({"settings": self._settings} if self._settings else {}),
            **({"warehouse": {"settings": self._warehouse}} if self._warehouse else {}),
            **({"targets": self._targets} if self._targets != DEFAULT_TARGETS else {}),
            "cohorts": self._plans,
            "steps": self._steps,
        }
        return self.data

    def _begin(self, parts: list[Part]) -> None:
        """Say what is there from the start: time, targets, and each cohort as it stood at its first sync."""
        story = self._story
        first = next((at for part in parts if isinstance(part, SyncSeen) and (at := part.began) is not None), None)
        start = story.start * 1000 if story.start is not None else first
        seed = story.seed & ((1 << 63) - 1)
        self.data |= {**({"seed": seed} if seed else {}), **({} if start is None else {"start": iso(int(start))})}
        for each in story.happenings:
            if each.op == "source.put":
                self._targets.setdefault(
                    each.data["name"] or f"target-{len(self._targets) + 1}", each.data["write_key"]
                )
        keys = dict.fromkeys(part.write_key for part in parts if isinstance(part, SyncSeen) and part.write_key)
        for key in keys:
            if key not in self._keys_ever():
                name = "lab" if not self._targets else f"target-{len(self._targets) + 1}"
                self._targets[name] = key
        self._targets = self._targets or dict(DEFAULT_TARGETS)
        self._plans: dict[str, Data] = {}
        created = [each for each in story.happenings if each.op == "cohort.create"]
        at_first = {part.cohort_id: self._seen_at(part) for part in reversed(parts) if isinstance(part, SyncSeen)}
        for each in created:
            cohort = each.data["cohort"]
            short = self._name(cohort["name"], cohort["id"])
            is_list = {"uploaded": True} if cohort.get("kind") == "uploaded" else {}
            self._plans[short] = {"name": cohort["name"], "id": cohort["id"], **is_list}
            if cohort["id"] in at_first:
                self._plans[short] |= self.memberships.first(short, cohort["id"], at_first[cohort["id"]])

    def _keys_ever(self) -> set[str]:
        return {each.data["write_key"] for each in self._story.happenings if each.op == "source.put"}

    def _name(self, name: str, cohort_id: str) -> str:
        word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:20].strip("-") or "cohort"
        short = word if word not in self._plans else f"{word}-{cohort_id}"
        self._short[cohort_id] = short
        return short

    def _seen_at(self, sync: SyncSeen) -> int:
        """Return the entry as of which a sync saw its cohort: its last export that landed, else its beginning."""
        jobs = [each for each in sync.calls if each.data.get("did", {}).get("job")]
        landed = [each for each in jobs if each.data["did"]["job"].get("outcome", "lands") == "lands"]
        for each in (*reversed(landed), *jobs, *sync.calls):
            if each.fake == "amplitude":
                return each.seq
        at = sync.calls[0].at if sync.calls else None
        before = [
            each.seq for each in self._story.happenings if each.fake == "amplitude" and (at is None or each.at <= at)
        ]
        return max(before, default=0)

    def _sync(self, sync: SyncSeen) -> None:
        short = self._short.get(sync.cohort_id) or self._meant(sync)
        if short is None:
            called = f" at {iso(sync.began)}" if sync.began is not None else ""
            self.notes.append(f"A sync{called} that names no cohort was left out.")
            return
        self._advance(sync)
        cohort_id = next(each for each, name in self._short.items() if name == short)
        if cohort_id in self.memberships.known:
            self._steps += self.memberships.since(short, cohort_id, self._seen_at(sync))
        met = list(troubles(sync.calls))
        self._steps += [{"fault": each} for each in met]
        self.faults += len(met)
        told: Data = {"cohort": short}
        names = {key: name for name, key in self._targets_now.items()}
        target = sync.told.get("target") or names.get(sync.write_key, next(iter(self._targets)))
        if target != next(iter(self._targets)):
            told["target"] = target
        told |= {name: sync.told[name] for name in ("killed", "fails", "converges", "within") if name in sync.told}
        if (
            "fails" not in told
            and "killed" not in told
            and (met or self._was_struck(sync) or sync.ended == "failed")
            and not sync.told
        ):
            told["fails"] = "maybe"
        self.syncs.append(sync)
        self._steps.append({"sync": {**told, RECORDED: len(self.syncs)}})

    @property
    def _targets_now(self) -> Mapping[str, str]:
        now = dict(self._targets)
        for step in self._steps:
            if "swap" in step:
                now[step["swap"]["target"]] = step["swap"]["key"]
            elif "clear" in step:
                now[step["clear"]] = ""
        return now

    def _meant(self, sync: SyncSeen) -> str | None:
        """Return the cohort that the words of a step mean, or the only one there is."""
        word = str(sync.told.get("cohort", ""))
        plain = "".join(letter for letter in word.lower() if letter.isascii() and letter.isalnum())
        return (
            self._short.get(f"{plain}0000000"[:8])
            or (word if word in self._plans else None)
            or (next(iter(self._plans)) if len(self._plans) == 1 else None)
        )

    def _was_struck(self, sync: SyncSeen) -> bool:
        return any(each.data.get("faults") for each in sync.calls)

    def _advance(self, sync: SyncSeen) -> None:
        if sync.began is None:
            return
        if not self._story.steps and self._last is not None and sync.began - self._last >= _SHORTEST:
            self._steps.append({"advance": duration(sync.began - self._last)})
        self._last = sync.calls[-1].at

    def _taken(self, part: Taken) -> None:
        if part.verb == "restart":
            self._steps.append({"restart": "subject"})
        elif part.verb in {"advance", "clear"}:
            self._steps.append({part.verb: yaml.safe_load(part.words)})
        for call in part.calls:
            self._steps += self._told_besides(call)

    def _told_besides(self, call: Happening) -> Iterator[Data]:
        """Yield a step for each event that another program told Segment beside the sync."""
        try:
            body = orjson.loads(self._story.body(call))
        except ValueError:
            return
        if call.fake != "segment" or not isinstance(body, dict):
            return
        key = str(call.data.get("write_key", ""))
        name = next((each for each, known in self._targets_now.items() if known == key), None)
        target = {} if name in {None, next(iter(self._targets))} else {"target": name}
        events = body["batch"] if isinstance(body.get("batch"), list) else [body]
        for event in events:
            verb = event.get("type", call.data["path"].rpartition("/")[2]) if isinstance(event, dict) else None
            if verb in {"identify", "track"}:
                told = {_STEP[field]: value for field, value in event.items() if field in _STEP and value is not None}
                more = {} if verb == "track" else {"traits": event.get("traits") or {}}
                yield {verb: {**told, **more, **_late(event, call.at), **target}}

    def _control(self, each: Happening) -> Iterator[Data]:
        data, op = each.data, each.op
        short = self._short.get(str(data.get("cohort_id", "")))
        if op == "settings.set":
            yield from self._setting(each)
        elif op == "warehouse.settings.set":
            self._warehouse |= data["changes"]
        elif op == "fault.arm":
            yield from self._arm(each)
        elif op == "fault.lift":
            yield from self._lift(each)
        elif op == "source.put":
            yield from self._source(data)
        elif op == "person.forget":
            yield from self._forget(each)
        elif op == "cohort.delete" and short:
            yield {"delete": short}
        elif op == "cohort.edit" and short and data["changes"].keys() <= {"name", "archived", "published"}:
            for field, value in data["changes"].items():
                yield (
                    {"rename": {"cohort": short, "to": value}}
                    if field == "name"
                    else {_STATES[field, bool(value)]: short}
                )
        elif each.kind == "control" and op not in _SAID_ELSEWHERE:
            self.notes.append(f"At {each.fake}, which no step does: {flow(dict(data))}")
        if op == "cohort.create" and data["cohort"].get("published") is False:
            yield {"unpublish": self._short[data["cohort"]["id"]]}

    def _setting(self, each: Happening) -> Iterator[Data]:
        if self.syncs:
            self.notes.append(f"At {each.fake} settings were changed on the way: {flow(dict(each.data['changes']))}")
        else:
            self._settings.setdefault(each.fake, {}).update(each.data["changes"])
        yield from ()

    def _arm(self, each: Happening) -> Iterator[Data]:
        self._armed[each.fake] += 1
        name = f"{each.fake}-{self._armed[each.fake]}"
        spec = dict(each.data["spec"])
        if f"fault-{self._armed[each.fake]}" in self._met[each.fake] or spec.get("match", {}).get("probability", 1) < 1:
            self.faults += 1
            yield {"fault": {"on": each.fake, **spec, "as": name}}

    def _lift(self, each: Happening) -> Iterator[Data]:
        if each.data["id"] is None:
            yield {"lift": each.fake}
            return
        name = f"{each.fake}-{str(each.data['id']).removeprefix('fault-')}"
        if any(step.get("fault", {}).get("as") == name for step in self._steps):
            yield {"lift": name}

    def _faults_met(self) -> dict[str, set[str]]:
        """Return the ids of the faults that struck a call, by fake."""
        met: dict[str, set[str]] = {"amplitude": set(), "segment": set()}
        for each in self._story.happenings:
            met[each.fake].update(each.data.get("faults", ()) if each.kind == "request" else ())
        return met

    def _source(self, data: Mapping[str, Any]) -> Iterator[Data]:
        names = {key: name for name, key in self._targets_now.items()}
        key, name = data["write_key"], data["name"]
        if key not in names and name in self._targets:
            yield {"swap": {"target": name, "key": key}}
            names[key] = name
        is_on = data.get("enabled", True)
        if key in names and self._on.get(key, True) != is_on:
            yield {"enable" if is_on else "disable": names[key]}
        self._on[key] = is_on

    def _forget(self, each: Happening) -> Iterator[Data]:
        number = each.data["amplitude_id"]
        for cohort_id, short in self._short.items():
            if cohort_id not in self.memberships.known:
                continue
            yield from self.memberships.since(short, cohort_id, each.seq - 1)
            user = self.memberships.user(cohort_id, number)
            if user is not None:
                self.memberships.forgot(cohort_id, each.seq)
                yield {"forget": {"cohort": short, "user": user}}
                return

    def _spelling(self) -> str | None:
        """Return how the program spelt traits, None where it is the usual way or none can be told."""
        if self._story.trait_key is not None:
            return self._story.trait_key if self._story.trait_key != "amplitude" else None
        names = {plan["id"]: {plan["name"]} for plan in self._plans.values()}
        for step in self._steps:
            if "rename" in step:
                names[self._plans[step["rename"]["cohort"]]["id"]].add(step["rename"]["to"])
        sent = self._traits_sent()
        for style in STYLES:
            spelt = {_spelt(style, name, cohort_id) for cohort_id, called in names.items() for name in called}
            if spelt & sent:
                return None if style == "amplitude" else style
        return None

    def _traits_sent(self) -> set[str]:
        """Return the trait keys of some events of each sync."""
        found: set[str] = set()
        for sync in self.syncs[:20]:
            entry = next((each.seq for each in sync.calls if each.fake == "segment" and "stored" in each.data), None)
            if entry is None:
                continue
            capture = next(self._story.lab.segment.captures(after=entry - 1), None)
            for item in capture.items[:20] if capture else ():
                traits = item.get("traits")
                found |= set(traits) if isinstance(traits, dict) else set()
        return found


def _spelt(style: str, name: str, cohort_id: str) -> str:
    try:
        return trait_key_format(style).format(name, cohort_id)
    except ContractsError:
        return ""


def _late(event: Data, at: int) -> Data:
    """Return how long before its call an event says it happened; nothing where that is less than a second."""
    try:
        happened = milliseconds(str(event["timestamp"]))
    except (KeyError, BadControl):
        return {}
    return {"ago": duration(at - happened)} if at - happened >= _SHORTEST else {}


def duration(milliseconds: int) -> str:
    """Write a time in the largest unit that holds it whole, in seconds at least."""
    seconds = round(milliseconds / 1000)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
