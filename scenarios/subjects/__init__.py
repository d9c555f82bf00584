"""Subjects: the sync program under test: our engine, anyone's as a command, or one behind an HTTP address."""

from __future__ import annotations

from scenarios.subjects.choice import EngineSubject, MakeSubject, Subject, is_address, subject_maker
from scenarios.subjects.command import CommandSubject, stopping
from scenarios.subjects.order import KillPoint, SyncOrder, SyncResult
from scenarios.subjects.tidying import take_away
from scenarios.subjects.wire import WatchedWire

__all__ = [
    "CommandSubject",
    "EngineSubject",
    "KillPoint",
    "MakeSubject",
    "Subject",
    "SyncOrder",
    "SyncResult",
    "WatchedWire",
    "is_address",
    "stopping",
    "subject_maker",
    "take_away",
]
