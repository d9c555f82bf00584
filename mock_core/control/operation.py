"""What one may tell a lab to do (an operation) and read from it (a view): rows of the control plane's tables.

A row is a route under /__lab/, its validation, its line in the index and its part of the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Filters = Mapping[str, str]
Rows = Iterator[tuple[int, dict[str, Any]]]
State = Any  # a vendor's state; the tables below are built per vendor, which knows its type


@dataclass(frozen=True, slots=True)
class Operation:
    """Something one can tell the lab to do.

    `run(state, payload)` gets the JSON payload, validated by `schema`, or, when `raw`, the bytes as `body` beside the
    `query` parameters; what it returns is the JSON answer, or a response of the media type `produces`. Parts of
    the path, as in `/faults/<id>`, are added to the payload.
    """

    name: str
    method: str
    path: str
    doc: str
    run: Callable[[State, Any], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    raw: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    produces: str = "application/json"


@dataclass(frozen=True, slots=True)
class View:
    """Something one can read from the lab: rows in order, each with a cursor to go on from.

    `rows(state, filters, after)` yields `(cursor, row)` beyond cursor `after`; `filters` names what may be asked.
    """

    name: str
    doc: str
    filters: Mapping[str, str]
    rows: Callable[[State, Filters, int], Rows]
