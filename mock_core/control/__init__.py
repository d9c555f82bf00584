"""The control plane, /__lab/: operations and views as tables, their OpenAPI documents, and a client for them."""

from __future__ import annotations

from mock_core.control.bodies import fault_schema, match_schema, settings_schema
from mock_core.control.client import LabClient
from mock_core.control.operation import Filters, Operation, Rows, View
from mock_core.control.plane import control_blueprint
from mock_core.control.tables import REQUEST_FILTERS, request_rows

__all__ = [
    "REQUEST_FILTERS",
    "Filters",
    "LabClient",
    "Operation",
    "Rows",
    "View",
    "control_blueprint",
    "fault_schema",
    "match_schema",
    "request_rows",
    "settings_schema",
]
