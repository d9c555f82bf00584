"""The page of the table in the documentation."""

from __future__ import annotations

from downstream.table import page
from tests.repository import ROOT


def test_the_page_is_what_the_table_gives() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "destinations-table.md").read_text(encoding="utf-8") == page()
