"""The disk: files that are there whole or not at all, and a database that explains itself when it cannot be used."""

from __future__ import annotations

from syncer.disk.database import Database, insert, update

__all__ = [
    "Database",
    "insert",
    "update",
]
