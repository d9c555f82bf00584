"""`cohortlab cohort`: make cohorts in a lab that runs, and move people in and out."""

from __future__ import annotations

from cohortlab.live import cohort as command

__all__ = ["command"]
