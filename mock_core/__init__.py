"""What both fakes share: clock, seed, journal and folds, faults, workspaces, control plane, server."""

from __future__ import annotations

from mock_core.app import build_app
from mock_core.clock import Clock, LabClock, iso
from mock_core.control import Operation, View
from mock_core.exchange import Call, Exchange, Reply, Wire, json_reply
from mock_core.fake import Fake, Route
from mock_core.journal import Entry, Journal, MemoryFold, TableFold
from mock_core.seed import Seed
from mock_core.wire import Server
from mock_core.workspace import Clocks, Workspace, Workspaces

__all__ = [
    "Call",
    "Clock",
    "Clocks",
    "Entry",
    "Exchange",
    "Fake",
    "Journal",
    "LabClock",
    "MemoryFold",
    "Operation",
    "Reply",
    "Route",
    "Seed",
    "Server",
    "TableFold",
    "View",
    "Wire",
    "Workspace",
    "Workspaces",
    "build_app",
    "iso",
    "json_reply",
]
