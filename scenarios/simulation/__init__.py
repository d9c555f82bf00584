"""Simulation: our engine through thousands of generated rehearsals, and the smallest scenario for whatever fails."""

from __future__ import annotations

from scenarios.simulation.generate import rehearsal
from scenarios.simulation.repair import repaired
from scenarios.simulation.shrink import shrunk, trimmed
from scenarios.simulation.simulator import TRIED, Found, Plan, Tally, Tried, simulate, write_down
from scenarios.simulation.transport import DirectTransport
from scenarios.simulation.trial import Failure, Planted, Result, attempt, no_bug

__all__ = [
    "TRIED",
    "DirectTransport",
    "Failure",
    "Found",
    "Plan",
    "Planted",
    "Result",
    "Tally",
    "Tried",
    "attempt",
    "no_bug",
    "rehearsal",
    "repaired",
    "shrunk",
    "simulate",
    "trimmed",
    "write_down",
]
