"""Snapshots: exports kept and compared, in memory or in files of any size."""

from __future__ import annotations

from syncer.snapshots.duckdb import FileMemberships
from syncer.snapshots.memberships import Memberships, MemoryMemberships

__all__ = [
    "FileMemberships",
    "Memberships",
    "MemoryMemberships",
]
