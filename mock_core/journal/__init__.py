"""The journal and what is computed from it: entries in order, folds over them, counts."""

from __future__ import annotations

from mock_core.journal.entries import APPLICATION_ID, Entry, Journal, is_journal
from mock_core.journal.folds import MemoryFold, TableFold
from mock_core.journal.metrics import MEDIA_TYPE, Metric, core_metrics, exposition

__all__ = [
    "APPLICATION_ID",
    "MEDIA_TYPE",
    "Entry",
    "Journal",
    "MemoryFold",
    "Metric",
    "TableFold",
    "core_metrics",
    "exposition",
    "is_journal",
]
