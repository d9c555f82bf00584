"""Subjects: the sync program under test: our engine, anyone's as a command, or one behind an HTTP address."""

from __future__ import annotations

from scenarios.subjects.calls import call_line, sync_line
from scenarios.subjects.choice import ENGINE, EngineSubject, MakeSubject, Subject, is_address, subject_maker
from scenarios.subjects.command import CommandSubject, stopping
from scenarios.subjects.order import KillPoint, SyncOrder, SyncResult
from scenarios.subjects.tidying import take_away
from scenarios.subjects.wire import WatchedWire

__all__ = [
    "ENGINE",
    "CommandSubject",
    "EngineSubject",
    "KillPoint",
    "MakeSubject",
    "Subject",
    "SyncOrder",
    "SyncResult",
    "WatchedWire",
    "call_line",
    "is_address",
    "stopping",
    "subject_maker",
    "sync_line",
    "take_away",
]
