"""Recordings: the lab as it was at any moment of a run, and one user's way through it."""

from __future__ import annotations

from scenarios.recordings.mark import Mark
from scenarios.recordings.recording import (
    APPLICATION_ID,
    Happened,
    Recorded,
    Recorder,
    Recording,
    new_recording,
    summary,
)
from scenarios.recordings.trace import Known, trace
from scenarios.recordings.writing import scenario_of

__all__ = [
    "APPLICATION_ID",
    "Happened",
    "Known",
    "Mark",
    "Recorded",
    "Recorder",
    "Recording",
    "new_recording",
    "scenario_of",
    "summary",
    "trace",
]
