"""Forecast: what a month of syncs meets in the way of quotas, rehearsed on the lab's clock before it begins."""

from __future__ import annotations

from scenarios.forecast.mending import Mend, mended
from scenarios.forecast.month import pass_month
from scenarios.forecast.outcome import Month, Run, Standing, staleness
from scenarios.forecast.page import page
from scenarios.forecast.plan import Plan, PlannedSync, changes, dues, most_within
from scenarios.forecast.reading import CHURN, SIZE, read_plan
from scenarios.forecast.words import age, mend_in_words, month_in_words

__all__ = [
    "CHURN",
    "SIZE",
    "Mend",
    "Month",
    "Plan",
    "PlannedSync",
    "Run",
    "Standing",
    "age",
    "changes",
    "dues",
    "mend_in_words",
    "mended",
    "month_in_words",
    "most_within",
    "page",
    "pass_month",
    "read_plan",
    "staleness",
]
