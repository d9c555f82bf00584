"""Measuring: runs Segment's own code to say what a destination does with a cohort's identify."""

from downstream.measuring.destinations import measured_row, measured_table, prepared
from downstream.measuring.events import identify
from downstream.measuring.steady import alike, steady

__all__ = ["alike", "identify", "measured_row", "measured_table", "prepared", "steady"]
