"""Examining: what is checked together, with every finding placed, known ones set aside, as a team has configured it."""

from __future__ import annotations

from contracts.examining.baseline import Baseline, Recorder, baseline
from contracts.examining.configuration import Configuration, configuration
from contracts.examining.examination import Examination
from contracts.examining.finding import Finding, at_place, of_record, placed
from contracts.examining.tally import Tally, Trouble

__all__ = [
    "Baseline",
    "Configuration",
    "Examination",
    "Finding",
    "Recorder",
    "Tally",
    "Trouble",
    "at_place",
    "baseline",
    "configuration",
    "of_record",
    "placed",
]
