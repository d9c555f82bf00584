"""Tracking plans: what one says of an event, in Segment's words, and what is wrong with a plan itself."""

from __future__ import annotations

from contracts.plans.check import plan_faults, plan_violations
from contracts.plans.plan import Plan, PlanRule, plan
from contracts.plans.verdict import ENFORCEMENTS, PlanJudge, Settings, settings_of

__all__ = [
    "ENFORCEMENTS",
    "Plan",
    "PlanJudge",
    "PlanRule",
    "Settings",
    "plan",
    "plan_faults",
    "plan_violations",
    "settings_of",
]
