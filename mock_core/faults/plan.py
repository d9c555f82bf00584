"""Which calls a fault strikes, and the armed faults of a workspace, counted and drawn from its seed."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from contracts.nearest import nearest
from mock_core.errors import BadControl
from mock_core.exchange import Exchange
from mock_core.faults.kinds import Fault, Script
from mock_core.moments import milliseconds

_LONGEST = 1e9  # seconds; thirty years are longer than any rehearsal


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a call can be told from others: its key, and the users and messageIds of the events in it."""

    key: str | None = None
    users: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls a fault strikes.

    `route` is a path or a beginning of one ended by `*`; `key` the write key or API key; `user` and `message_id` are
    those of an event in it, so that a fault stays with it when batches go out side by side; `times` how often it
    strikes (None: until lifted); `skip` how many matching calls pass first; `probability` is drawn from the lab's seed;
    `since` and `until` bound the lab's time in milliseconds.
    """

    route: str | None = None
    method: str | None = None
    key: str | None = None
    user: str | None = None
    message_id: str | None = None
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    since: int | None = None
    until: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise BadControl(f"The match of a fault has probability {self.probability:g}, expected 0 to 1.")

    def covers(self, exchange: Exchange, at: int, marks: Callable[[], Marks]) -> bool:
        """Say whether a call is of the matching sort, before counting."""
        path = exchange.call.path
        if self.route is not None:
            wanted = self.route
            if not (path.startswith(wanted[:-1]) if wanted.endswith("*") else wanted in (path, exchange.route)):
                return False
        # A browser's preflight is no call: a fault that does not name OPTIONS waits for what follows it.
        if exchange.call.method != self.method.upper() if self.method else exchange.call.method == "OPTIONS":
            return False
        if (self.since is not None and at < self.since) or (self.until is not None and at >= self.until):
            return False
        return (
            (self.key is None or self.key == marks().key)
            and (self.user is None or self.user in marks().users)
            and (self.message_id is None or self.message_id in marks().message_ids)
        )


@dataclass(slots=True)
class Armed:
    """A fault waiting for its calls, with the count of those it saw and struck."""

    id: str
    kind: str
    fault: Fault
    match: Match
    seen: int = 0
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        return self.match.times is not None and self.struck >= self.match.times

    def as_dict(self) -> dict[str, Any]:
        match = {name: value for name, value in dataclasses.asdict(self.match).items() if value is not None}
        return {
            "id": self.id,
            "fault": self.kind,
            **dataclasses.asdict(self.fault),
            "match": match,
            "seen": self.seen,
            "struck": self.struck,
            "spent": self.is_spent,
        }


class FaultPlan:
    """The armed faults of one workspace, in the order they were armed."""

    def __init__(self, kinds: Mapping[str, type[Fault]], random: Random) -> None:
        self.kinds = kinds
        self._random = random
        self._armed: list[Armed] = []
        self._lock = threading.Lock()
        self._count = 0

    def __iter__(self) -> Any:
        return iter(tuple(self._armed))

    def arm(self, spec: Mapping[str, Any]) -> Armed:
        """Arm a fault from its JSON form: `{"fault": "status", "status": 503, "match": {"route": "/v1/batch"}}`."""
        kind, fault, match = self.read(spec)
        with self._lock:
            self._count += 1
            armed = Armed(f"fault-{self._count}", kind, fault, match)
            self._armed.append(armed)
        return armed

    def read(self, spec: Mapping[str, Any]) -> tuple[str, Fault, Match]:
        """Read a fault from its JSON form, or raise `BadControl`."""
        rest = dict(spec)
        kind = rest.pop("fault", None)
        if not isinstance(kind, str) or kind not in self.kinds:
            raise BadControl(f"There is no fault {kind!r}: {nearest(str(kind), self.kinds)}")
        match_spec = _in_milliseconds(rest.pop("match", {}))
        fault = _build(self.kinds[kind], rest, f"Fault {kind!r}")
        match = _build(Match, match_spec, f"The match of fault {kind!r}")
        if isinstance(fault, Script):
            if match_spec.get("times", len(fault.statuses)) != len(fault.statuses):
                raise BadControl("Fault 'script' strikes once for each of its statuses: leave out times.")
            match = dataclasses.replace(match, times=len(fault.statuses))
        return kind, fault, match

    def reseed(self, random: Random) -> None:
        """Draw probabilities from another stream from now on."""
        self._random = random

    def lift(self, fault_id: str | None = None) -> int:
        """Lift one fault, or all of them, and return how many were lifted."""
        with self._lock:
            before = len(self._armed)
            self._armed = [] if fault_id is None else [armed for armed in self._armed if armed.id != fault_id]
            return before - len(self._armed)

    def claim(self, exchange: Exchange, at: int, marks: Callable[[], Marks]) -> list[tuple[Armed, int]]:
        """Take the faults that strike this call, each with how often it struck before; `marks` reads the call."""
        if not self._armed:
            return []
        striking, marks = [], cache(marks)
        with self._lock:
            for armed in self._armed:
                if armed.is_spent or not armed.match.covers(exchange, at, marks):
                    continue
                armed.seen += 1
                if armed.seen <= armed.match.skip or self._draw(armed) >= armed.match.probability:
                    exchange.spared.append(armed.id)
                    continue
                striking.append((armed, armed.struck))
                armed.struck += 1
        return striking

    def recall(self, struck: Iterable[str], spared: Iterable[str]) -> None:
        """Count a call of a reopened journal, so that counts and chance go on where they were."""
        by_id = {armed.id: armed for armed in self._armed}
        has_struck = dict.fromkeys(struck, True) | dict.fromkeys(spared, False)
        for fault_id, armed in by_id.items():
            if fault_id not in has_struck:
                continue
            armed.seen += 1
            if armed.seen > armed.match.skip:
                self._draw(armed)
            armed.struck += has_struck[fault_id]

    def _draw(self, armed: Armed) -> float:
        """Draw from the seed only where chance decides, so that other faults do not disturb the stream."""
        return self._random.random() if armed.match.probability < 1.0 else 0.0


def _in_milliseconds(match: Any) -> Any:
    """Return a match with its times in milliseconds; they may also be told in ISO 8601."""
    if not isinstance(match, Mapping):
        return match
    read = dict(match)
    for name in ("since", "until"):
        if isinstance(read.get(name), str):
            try:
                read[name] = milliseconds(read[name])
            except BadControl as error:
                raise BadControl(f"The match of a fault, {name}: {error}") from error
    return read


def _build(kind: type[Any], values: object, what: str) -> Any:
    if not isinstance(values, Mapping):
        raise BadControl(f"{what} is {values!r}, expected an object.")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name, value in values.items():
        if name not in fields:
            raise BadControl(f"{what} has no field {name!r}: {nearest(name, fields)}")
        if not _fits(value, str(fields[name].type)):
            raise BadControl(f"{what} has {name} {value!r}, expected {_in_words(str(fields[name].type))}.")
    missing = [name for name, field in fields.items() if field.default is dataclasses.MISSING and name not in values]
    if missing:
        raise BadControl(f"{what} lacks {' and '.join(missing)}.")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _in_words(annotation: str) -> str:
    return " or ".join(_WORDS[part.strip()] for part in annotation.split("|"))


_WORDS = {
    "int": "a whole number",
    "float": f"a number from 0 to {_LONGEST:,.0f}",
    "str": "text",
    "bool": "true or false",
    "None": "nothing",
    "tuple[int, ...]": "a list of whole numbers",
}


def _fits(value: Any, annotation: str) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "int": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
        "float": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v <= _LONGEST,
        "str": lambda v: isinstance(v, str),
        "bool": lambda v: isinstance(v, bool),
        "None": lambda v: v is None,
        "tuple[int, ...]": lambda v: isinstance(v, (list, tuple)) and bool(v) and all(type(i) is int for i in v),
    }
    return any(checks[part.strip()](value) for part in annotation.split("|"))
