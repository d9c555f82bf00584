"""The warehouse's view of a stream of events, and of a list of cohorts: columns, types, and where they collide."""

from __future__ import annotations

from contracts.warehouse.cohorts import CohortSet
from contracts.warehouse.columns import column_name, snake_case, truncated
from contracts.warehouse.engines import ENGINES, OWN_COLUMNS, Engine, UnknownEngine, engine
from contracts.warehouse.tables import OWN_TABLES, Warehouse

__all__ = [
    "ENGINES",
    "OWN_COLUMNS",
    "OWN_TABLES",
    "CohortSet",
    "Engine",
    "UnknownEngine",
    "Warehouse",
    "column_name",
    "engine",
    "snake_case",
    "truncated",
]
