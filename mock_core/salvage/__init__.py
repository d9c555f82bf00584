"""Salvage: rows of a damaged SQLite file, page by page, where SQLite itself refuses to read on.

The file is read as bytes and never opened as a database, so that nothing in it is run, written or locked. Only what our
own files have is read: UTF-8, tables with and without rowids, no auto-vacuum. Source of every number: the page
"Database File Format" of SQLite's documentation.
"""

from __future__ import annotations

from mock_core.salvage.cells import Row, Value
from mock_core.salvage.pages import Pages, opened
from mock_core.salvage.trees import Walk, stray_rows, table_roots

__all__ = ["Pages", "Row", "Value", "Walk", "opened", "stray_rows", "table_roots"]
