"""The warehouse's view of a stream of events: tables, columns and types, and where they collide."""

from __future__ import annotations

from contracts.warehouse.tables import Warehouse

__all__ = [
    "Warehouse",
]
