"""Tracking plans: what one says of an event, in Segment's words, and what is wrong with a plan itself."""

from __future__ import annotations

from contracts.plans.check import plan_violations
from contracts.plans.dialect import BadPattern, Pattern, pattern
from contracts.plans.faults import plan_faults, read_plan
from contracts.plans.formats import FORMATS
from contracts.plans.plan import Plan, PlanRule, plan
from contracts.plans.schema import PlanSchema
from contracts.plans.verdict import ENFORCEMENTS, PlanJudge, Settings, settings_of

__all__ = [
    "ENFORCEMENTS",
    "FORMATS",
    "BadPattern",
    "Pattern",
    "Plan",
    "PlanJudge",
    "PlanRule",
    "PlanSchema",
    "Settings",
    "pattern",
    "plan",
    "plan_faults",
    "plan_violations",
    "read_plan",
    "settings_of",
]
