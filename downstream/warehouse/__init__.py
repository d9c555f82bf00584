"""Warehouses: the tables in which delivered events end, in DuckDB or PostgreSQL, laid out as Segment does."""

from __future__ import annotations

from downstream.warehouse.account import FAILURE, MOST_SHOWN, PARTIAL, SUCCESS, Account, note_line
from downstream.warehouse.annexe import warehouse_annexe
from downstream.warehouse.choosing import target_of
from downstream.warehouse.client import WarehouseClient, WarehouseColumn, WarehouseLoad, WarehouseNote
from downstream.warehouse.errors import BadQuery, WarehouseTrouble
from downstream.warehouse.events_file import EventsFile
from downstream.warehouse.loader import Loader
from downstream.warehouse.loading import Loaded
from downstream.warehouse.reading import JournalSource, Source
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Target
from downstream.warehouse.tracing import Stop, stops
from downstream.warehouse.warehouse import Warehouse, load_rest, warehouse_of

__all__ = [
    "FAILURE",
    "MOST_SHOWN",
    "PARTIAL",
    "SUCCESS",
    "Account",
    "BadQuery",
    "EventsFile",
    "JournalSource",
    "Loaded",
    "Loader",
    "Source",
    "Stop",
    "Target",
    "Warehouse",
    "WarehouseClient",
    "WarehouseColumn",
    "WarehouseLoad",
    "WarehouseNote",
    "WarehouseSettings",
    "WarehouseTrouble",
    "load_rest",
    "note_line",
    "stops",
    "target_of",
    "warehouse_annexe",
    "warehouse_of",
]
