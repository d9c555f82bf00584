"""The warehouse's view of a stream of events: tables, columns and types, and where they collide."""

from __future__ import annotations

from contracts.warehouse.columns import column_name, snake_case, truncated
from contracts.warehouse.tables import OWN_COLUMNS, OWN_TABLES, Warehouse

__all__ = [
    "OWN_COLUMNS",
    "OWN_TABLES",
    "Warehouse",
    "column_name",
    "snake_case",
    "truncated",
]
