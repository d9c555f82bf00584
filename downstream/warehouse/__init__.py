"""Warehouses: the tables in which delivered events end, in DuckDB or PostgreSQL, laid out as Segment does."""

from __future__ import annotations

from downstream.warehouse.annexe import warehouse_annexe
from downstream.warehouse.errors import BadQuery, WarehouseTrouble
from downstream.warehouse.loading import Loaded
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.warehouse import Warehouse, warehouse_of

__all__ = [
    "BadQuery",
    "Loaded",
    "Warehouse",
    "WarehouseSettings",
    "WarehouseTrouble",
    "warehouse_annexe",
    "warehouse_of",
]
