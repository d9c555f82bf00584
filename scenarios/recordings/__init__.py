"""Recordings: the lab as it was at any moment of a run, and one user's way through it."""

from __future__ import annotations

from scenarios.recordings.folder import lab_in
from scenarios.recordings.mark import Mark
from scenarios.recordings.recording import (
    APPLICATION_ID,
    FAKES,
    Happened,
    Recorded,
    Recorder,
    Recording,
    StepRecorded,
    new_recording,
    summary,
)
from scenarios.recordings.trace import Known, trace
from scenarios.recordings.wrong import Wrong, wrong_at

__all__ = [
    "APPLICATION_ID",
    "FAKES",
    "Happened",
    "Known",
    "Mark",
    "Recorded",
    "Recorder",
    "Recording",
    "StepRecorded",
    "Wrong",
    "lab_in",
    "new_recording",
    "summary",
    "trace",
    "wrong_at",
]
