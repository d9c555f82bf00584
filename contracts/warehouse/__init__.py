"""The warehouse's view of a stream of events, and of a list of cohorts: columns, types, and where they collide."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from contracts.warehouse.columns import column_name, snake_case, truncated
from contracts.warehouse.engines import ENGINES, OWN_COLUMNS, OWN_TABLES, Engine, UnknownEngine, engine

if TYPE_CHECKING:
    from contracts.warehouse.cohorts import CohortSet
    from contracts.warehouse.tables import Warehouse

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

# What judges loads the catalogue of rules; a loader that only wants names of columns starts sooner without it.
_HOMES = {"CohortSet": "cohorts", "Warehouse": "tables"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
