"""Segment's routes: which path takes what, and who answers there."""

from __future__ import annotations

from mock_segment.routes.oauth import TOKEN_PATH
from mock_segment.routes.table import EVENT_TYPES, ROUTES

__all__ = [
    "EVENT_TYPES",
    "ROUTES",
    "TOKEN_PATH",
]
