"""Telling: what a run says while it works, and to whom."""

from __future__ import annotations

from syncer.telling.events import (
    BatchSent,
    CohortFound,
    Diffed,
    Downloaded,
    Event,
    ExportReady,
    ExportRequested,
    Listener,
    Listeners,
    Retried,
    RunFinished,
    RunStarted,
    UserFailed,
)
from syncer.telling.log import json_log
from syncer.telling.means import Means

__all__ = [
    "BatchSent",
    "CohortFound",
    "Diffed",
    "Downloaded",
    "Event",
    "ExportReady",
    "ExportRequested",
    "Listener",
    "Listeners",
    "Means",
    "Retried",
    "RunFinished",
    "RunStarted",
    "UserFailed",
    "json_log",
]
