"""State: what was begun, acknowledged and refused, and the syncs and targets that stand."""

from __future__ import annotations

from syncer.state.folder import FileState, MemoryState, State
from syncer.state.keys import keep_key, kept_key
from syncer.state.ledger import LOST
from syncer.state.records import FailedRow, Holding, Run, Settlement
from syncer.state.registry import StandingSync

__all__ = [
    "LOST",
    "FailedRow",
    "FileState",
    "Holding",
    "MemoryState",
    "Run",
    "Settlement",
    "StandingSync",
    "State",
    "keep_key",
    "kept_key",
]
