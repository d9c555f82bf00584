"""The bench: a scenario on its way, what its steps change, its expectations look at, and its timeline records."""

from __future__ import annotations

from scenarios.bench.attempts import Attempt, attempts
from scenarios.bench.bench import Bench, WentWrong
from scenarios.bench.check import Check
from scenarios.bench.timeline import (
    CheckMade,
    FaultStruck,
    RequestMade,
    Standing,
    StepTaken,
    SyncEnded,
    SyncStarted,
    TimelineEvent,
)

__all__ = [
    "Attempt",
    "Bench",
    "Check",
    "CheckMade",
    "FaultStruck",
    "RequestMade",
    "Standing",
    "StepTaken",
    "SyncEnded",
    "SyncStarted",
    "TimelineEvent",
    "WentWrong",
    "attempts",
]
