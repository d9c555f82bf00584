"""Faults: what a network or a vendor does on a bad day, and which calls that strikes."""

from __future__ import annotations

from mock_core.faults.kinds import CORE_FAULTS, Fault, Moment, Proceed, announcing, expect_status
from mock_core.faults.plan import Armed, FaultPlan, Marks, Match

__all__ = [
    "CORE_FAULTS",
    "Armed",
    "Fault",
    "FaultPlan",
    "Marks",
    "Match",
    "Moment",
    "Proceed",
    "announcing",
    "expect_status",
]
