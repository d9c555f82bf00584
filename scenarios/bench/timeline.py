"""The timeline: what happened in a scenario, as typed events that reports are drawn from.

Every event carries the lab's time and how far both journals had come, so that a report can look up the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One thing that happened: `at` in epoch seconds, `amplitude` and `segment` the newest entry of each journal."""

    kind: ClassVar[str]
    at: float
    amplitude: int
    segment: int

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken(TimelineEvent):
    """A step was done; step 0 is the start, when the cohorts are made."""

    kind = "step"
    number: int
    verb: str
    words: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStarted(TimelineEvent):
    """The subject was told to sync."""

    kind = "sync-started"
    step: int
    cohort: str
    cohort_id: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncEnded(TimelineEvent):
    """The subject ended, believing that it succeeded or not."""

    kind = "sync-ended"
    step: int
    cohort: str
    cohort_id: str
    target: str
    succeeded: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMade(TimelineEvent):
    """A fake was called.

    `on` is the fake and `entry` the call's place in its journal. Status 0 is a connection lost before the reply.
    `verdicts` counts what became of the events of an upload that Segment took.
    """

    kind = "request"
    on: str
    entry: int
    method: str
    path: str
    status: int
    events: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultStruck(TimelineEvent):
    """A fault struck the call that is entry `entry` of the journal of `on`."""

    kind = "fault"
    on: str
    entry: int
    fault_id: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(TimelineEvent):
    """Who is a member and who has the trait true, after a step that changed either."""

    kind = "standing"
    cohort: str
    cohort_id: str
    target: str
    trait: str
    members: int
    anonymous: int
    told_true: int
    told_false: int
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMade(TimelineEvent):
    """A claim was checked."""

    kind = "check"
    claim: str
    held: bool
    reason: str
    note: str = ""
