"""Running: the steps of a scenario in turn, and many scenarios one after the other or side by side."""

from __future__ import annotations

from scenarios.running.runner import Outcome, run_scenario
from scenarios.running.setting_up import COHORT_AGE, DEFAULT_SETTINGS, arm_fault, set_up
from scenarios.running.steps import in_words
from scenarios.running.suite import (
    OUTCOMES,
    WAITING_JOBS,
    Judging,
    is_for_any_program,
    is_stillborn,
    run_campaign,
    run_suite,
    unreadable,
)

__all__ = [
    "COHORT_AGE",
    "DEFAULT_SETTINGS",
    "OUTCOMES",
    "WAITING_JOBS",
    "Judging",
    "Outcome",
    "arm_fault",
    "in_words",
    "is_for_any_program",
    "is_stillborn",
    "run_campaign",
    "run_scenario",
    "run_suite",
    "set_up",
    "unreadable",
]
