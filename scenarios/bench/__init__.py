"""The bench: a scenario on its way, what its steps change, its expectations look at, and its timeline records."""

from __future__ import annotations

from scenarios.bench.attempts import Attempt, attempts
from scenarios.bench.bench import Bench, FormerKey, WentWrong
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
from scenarios.bench.trouble import Trouble, fault_in_words

__all__ = [
    "Attempt",
    "Bench",
    "Check",
    "CheckMade",
    "FaultStruck",
    "FormerKey",
    "RequestMade",
    "Standing",
    "StepTaken",
    "SyncEnded",
    "SyncStarted",
    "TimelineEvent",
    "Trouble",
    "WentWrong",
    "attempts",
    "fault_in_words",
]
