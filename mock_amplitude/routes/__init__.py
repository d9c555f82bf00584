"""Amplitude's routes: which path takes what, and who answers there."""

from __future__ import annotations

from mock_amplitude.routes.downloads import job_row
from mock_amplitude.routes.table import MEMBERSHIP, ROUTES
from mock_amplitude.routes.uploads import cohort_edited

__all__ = [
    "MEMBERSHIP",
    "ROUTES",
    "cohort_edited",
    "job_row",
]
