"""The sync engine: Amplitude's cohort to Segment, told exactly once in effect, whatever breaks.

>>> from cohortlab import Engine, FileState, Source, Sync, Target
>>> engine = Engine(FileState("state"))
>>> report = engine.run(Sync("fplg9rf", Source("api-key", "secret"), Target("write-key")))  # doctest: +SKIP
"""

from __future__ import annotations

from syncer.clock import Clock, SystemClock
from syncer.difference import Change, DiffCounts, DiffRules, diff
from syncer.errors import (
    AlreadyRunning,
    CohortUnavailable,
    CredentialsRefused,
    DeliveryStopped,
    ExportFailed,
    MalformedExport,
    RunFailed,
    StateUnusable,
    SyncError,
    WrongCall,
)
from syncer.report import RunReport
from syncer.run import Engine
from syncer.secret import Secret
from syncer.settings import Settings
from syncer.state import FileState, MemoryState, State
from syncer.sync import Source, Sync, Target
from syncer.telling import (
    BatchSent,
    CohortFound,
    Diffed,
    Downloaded,
    Event,
    ExportReady,
    ExportRequested,
    Listener,
    Retried,
    RunFinished,
    RunStarted,
    UserFailed,
)
from syncer.wire import RequestsTransport, Transport

__all__ = [
    "AlreadyRunning",
    "BatchSent",
    "Change",
    "Clock",
    "CohortFound",
    "CohortUnavailable",
    "CredentialsRefused",
    "DeliveryStopped",
    "DiffCounts",
    "DiffRules",
    "Diffed",
    "Downloaded",
    "Engine",
    "Event",
    "ExportFailed",
    "ExportReady",
    "ExportRequested",
    "FileState",
    "Listener",
    "MalformedExport",
    "MemoryState",
    "RequestsTransport",
    "Retried",
    "RunFailed",
    "RunFinished",
    "RunReport",
    "RunStarted",
    "Secret",
    "Settings",
    "Source",
    "State",
    "StateUnusable",
    "Sync",
    "SyncError",
    "SystemClock",
    "Target",
    "Transport",
    "UserFailed",
    "WrongCall",
    "diff",
]
