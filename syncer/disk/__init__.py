"""The disk: files that are there whole or not at all, and a database that explains itself when it cannot be used."""

from __future__ import annotations

from syncer.disk.database import Database, insert, update
from syncer.disk.durable import put_in_place, write

__all__ = [
    "Database",
    "insert",
    "put_in_place",
    "update",
    "write",
]
