"""The verdict: what must hold of the lab, of every profile and of a program's conduct, and why it does not."""

from __future__ import annotations

from scenarios.verdict.by_definition import as_defined
from scenarios.verdict.conduct import waited
from scenarios.verdict.diagnosis import STILLBORN, Finding, diagnose
from scenarios.verdict.expectations import judge
from scenarios.verdict.libraries import LIBRARIES, Library, library

__all__ = [
    "LIBRARIES",
    "STILLBORN",
    "Finding",
    "Library",
    "as_defined",
    "diagnose",
    "judge",
    "library",
    "waited",
]
