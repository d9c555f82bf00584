"""Segment's routes: which path takes what, and who answers there."""

from __future__ import annotations

from mock_segment.routes.oauth import TOKEN_PATH
from mock_segment.routes.slips import LACKS, SLIPS
from mock_segment.routes.table import ROUTES

__all__ = [
    "LACKS",
    "ROUTES",
    "SLIPS",
    "TOKEN_PATH",
]
