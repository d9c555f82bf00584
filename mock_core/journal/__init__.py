"""The journal and what is computed from it: entries in order, folds over them, counts; and what makes a file one."""

from __future__ import annotations

from mock_core.journal.entries import Entry, Journal
from mock_core.journal.folds import MemoryFold, TableFold, refuse_set_aside, set_aside
from mock_core.journal.keeping import hold
from mock_core.journal.metrics import MEDIA_TYPE, Metric, core_metrics, exposition
from mock_core.journal.opening import APPLICATION_ID, check_tables, is_journal
from mock_core.journal.shelf import Shelf
from mock_core.journal.soundness import CORE_SHAPES, SEED, Shapes, check_journal, saved_entries, shape, sound_entry
from mock_core.journal.trouble import UNREAD, advice, telling, told

__all__ = [
    "APPLICATION_ID",
    "CORE_SHAPES",
    "MEDIA_TYPE",
    "SEED",
    "UNREAD",
    "Entry",
    "Journal",
    "MemoryFold",
    "Metric",
    "Shapes",
    "Shelf",
    "TableFold",
    "advice",
    "check_journal",
    "check_tables",
    "core_metrics",
    "exposition",
    "hold",
    "is_journal",
    "refuse_set_aside",
    "saved_entries",
    "set_aside",
    "shape",
    "sound_entry",
    "telling",
    "told",
]
