"""Cohorts: what is said of each, and who is in it."""

from __future__ import annotations

from mock_amplitude.cohorts.cohort import BEHAVIORAL, UPLOADED, Cohort, Sync
from mock_amplitude.cohorts.membership import CHANGES, Cohorts
from mock_amplitude.cohorts.templates import OWNER, TEMPLATES, definition
from mock_amplitude.cohorts.told import Who, check_cohort_id, check_edits, check_shares, listed, told_members

__all__ = [
    "BEHAVIORAL",
    "CHANGES",
    "OWNER",
    "TEMPLATES",
    "UPLOADED",
    "Cohort",
    "Cohorts",
    "Sync",
    "Who",
    "check_cohort_id",
    "check_edits",
    "check_shares",
    "definition",
    "listed",
    "told_members",
]
