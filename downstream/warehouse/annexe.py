"""The warehouse's part of the control plane: /__lab/warehouse and its views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from downstream.warehouse.account import FAILURE, SUCCESS
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.plain import plain, plain_row
from downstream.warehouse.told import SHAPES
from downstream.warehouse.warehouse import Warehouse, warehouse_of
from mock_core.annexe import Annexe
from mock_core.clock import iso
from mock_core.control import Filters, Operation, Rows, View
from mock_core.settings import described
from mock_segment import SegmentState

MOST_ROWS: Final = 10_000
"""Rows that one query over HTTP answers with."""


def warehouse_annexe(into: str | None = None) -> Annexe:
    """Return the annexe that gives each workspace a warehouse; `into` as `cohortlab up --warehouse` has it."""
    return Annexe("warehouse", partial(Warehouse, into=into), OPERATIONS, VIEWS, SHAPES)


def _status(state: SegmentState, _payload: Any) -> dict[str, Any]:
    warehouse = warehouse_of(state)
    told: dict[str, Any] = {"into": warehouse.where, "wanted": warehouse.is_wanted, "loads": 0, "failures": []}
    if not warehouse.is_wanted:
        return told
    try:
        loads = warehouse.loads()
    except WarehouseTrouble as error:  # told, and not answered with, for then it is asked
        return {**told, "loads": None, "failures": [*map(plain_row, warehouse.untold)], "trouble": str(error)}
    failures = [plain_row(load) for load in loads if load["status"] == FAILURE]
    return {**told, "loads": len(loads) - len(failures), "failures": failures}


def _load(state: SegmentState, _payload: Any) -> list[dict[str, Any]]:
    return [
        {
            "load": each.load,
            "at": iso(each.at),
            "status": SUCCESS,
            "events": each.events,
            "duplicates": each.duplicates,
            "new_columns": each.new_columns,
            "notes": each.notes,
            "words": "",
            "rows": {f"{schema}.{table}": count for (schema, table), count in each.rows.items()},
        }
        for each in warehouse_of(state).load()
    ]


def _query(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    names, rows = warehouse_of(state).query(payload["sql"])
    shown = [[plain(value) for value in row] for row in rows[:MOST_ROWS]]
    return {"columns": names, "rows": shown, "left_out": max(0, len(rows) - MOST_ROWS)}


def _settings(state: SegmentState, _payload: Any) -> list[dict[str, Any]]:
    return described(warehouse_of(state).settings)


def _set(state: SegmentState, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return described(warehouse_of(state).configure(**payload))


def _rows(ask: Callable[[Warehouse], list[dict[str, Any]]], state: SegmentState, filters: Filters, after: int) -> Rows:
    for place, row in enumerate(ask(warehouse_of(state)), 1):
        told = plain_row(row)
        if place > after and all(str(told[name]) == value for name, value in filters.items()):
            yield place, told


def _stops(state: SegmentState, filters: Filters, after: int) -> Rows:
    keys = (filters["trait"],) if "trait" in filters else None
    for place, stop in enumerate(warehouse_of(state).trace(filters.get("user_id", ""), keys), 1):
        if place > after:
            yield place, stop.as_dict()


_NAMES: Final = {"table_name": "a table", "trait_key": "a trait key, as it was sent"}
OPERATIONS: Final = (
    Operation("warehouse.read", "GET", "/warehouse", "Which database, and how its loads went.", _status),
    Operation("warehouse.load", "POST", "/warehouse/load", "Load what was delivered by now, due or not.", _load),
    Operation(
        "warehouse.query",
        "POST",
        "/warehouse/query",
        "The rows that a SELECT finds, after the loads that are due.",
        _query,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["sql"],
            "properties": {"sql": {"type": "string"}},
        },
        example={"sql": "SELECT count(*) AS loads FROM cohortlab.lab_loads"},
    ),
    Operation(
        "warehouse.settings.read",
        "GET",
        "/warehouse/settings",
        "Every setting of the warehouse, its value, default, meaning and source.",
        _settings,
    ),
    Operation(
        "warehouse.settings.set",
        "POST",
        "/warehouse/settings",
        "Change settings of the warehouse.",
        _set,
        {"type": "object"},
        example={"loads": "at once"},
    ),
)
VIEWS: Final = (
    View("warehouse-loads", "Loads into the warehouse, with what each did.", {}, partial(_rows, Warehouse.loads)),
    View(
        "warehouse-columns",
        "Columns by the trait key they came from: type, since when, by which event.",
        _NAMES,
        partial(_rows, Warehouse.columns),
    ),
    View(
        "warehouse-trace",
        "Where each value of a user's trait ended: its row, column and value, and when it was loaded, or why not.",
        {"user_id": "the user", "trait": "the trait key, as it was sent; every one when left out"},
        _stops,
    ),
    View(
        "warehouse-notes",
        "What happened to names and values on the way into the warehouse.",
        {**_NAMES, "what": "met, cut, refused, reserved, nameless, full, cast, dropped or schema"},
        partial(_rows, Warehouse.notes),
    ),
)
