"""Amplitude's routes: which path takes what, and who answers there."""

from __future__ import annotations

from mock_amplitude.routes.downloads import job_row
from mock_amplitude.routes.slips import LACKS, SLIPS
from mock_amplitude.routes.table import MEMBERSHIP, REQUEST_STATUS, ROUTES
from mock_amplitude.routes.uploads import UPLOAD_TYPES, cohort_edited

__all__ = [
    "LACKS",
    "MEMBERSHIP",
    "REQUEST_STATUS",
    "ROUTES",
    "SLIPS",
    "UPLOAD_TYPES",
    "cohort_edited",
    "job_row",
]
