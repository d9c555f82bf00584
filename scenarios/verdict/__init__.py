"""The verdict: what must hold of the lab, of every profile and of a program's conduct, and why it does not."""

from __future__ import annotations

from scenarios.verdict.conduct import waited
from scenarios.verdict.diagnosis import STILLBORN, Finding, diagnose
from scenarios.verdict.expectations import judge

__all__ = [
    "STILLBORN",
    "Finding",
    "diagnose",
    "judge",
    "waited",
]
