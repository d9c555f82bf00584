"""Commands for a lab that runs, in whichever process: make cohorts, arm faults, move time, change settings."""

from __future__ import annotations

from cohortlab.live.clock import clock
from cohortlab.live.cohort import cohort
from cohortlab.live.explaining import explain
from cohortlab.live.fault import fault
from cohortlab.live.journals import journals_of
from cohortlab.live.lab import amplitude_at
from cohortlab.live.setting import setting

__all__ = ["amplitude_at", "clock", "cohort", "explain", "fault", "journals_of", "setting"]
