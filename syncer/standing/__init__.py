"""Standing syncs: run when they are due, and every run there was."""

from __future__ import annotations

from syncer.standing.history import entry, write_csv
from syncer.standing.watch import Watch

__all__ = [
    "Watch",
    "entry",
    "write_csv",
]
