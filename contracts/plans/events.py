"""`Violation Generated`: the track event that Segment forwards for each violation (segment facts 5.6 [doc])."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.plans.plan import Plan
from contracts.plans.verdict import PlanVerdict


def violation_events(
    plan: Plan, verdict: PlanVerdict, event: dict[str, Any], *, source: dict[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one event for each violation, without what the server adds: its own message id and times.

    `source` may hold `sourceID`, `sourceName` and `sourceSlug`.
    """
    context = event.get("context")
    app = context.get("app") if isinstance(context, dict) else None
    for violation in verdict.violations:
        yield {
            "type": "track",
            "event": "Violation Generated",
            "userId": "schema-violations",
            "context": {"app": app, "library": {"name": "analytics-node", "version": "2.1.0"}},
            "integrations": {},
            "properties": {
                "appVersion": str(app.get("version", "")) if isinstance(app, dict) else "",
                "eventMessageID": event.get("messageId", ""),
                "eventName": event.get("event", ""),  # empty for identify [inferred]
                "eventSentAt": event.get("sentAt", ""),
                "eventTimestamp": event.get("timestamp", "0001-01-01T00:00:00Z"),
                "eventType": event.get("type", ""),
                "sourceID": "",
                "sourceName": "",
                "sourceSlug": "",
                **(source or {}),
                "trackingPlanID": plan.plan_id,
                "trackingPlanName": plan.name,
                "violationDescription": violation.description,
                "violationField": violation.field,
                "violationType": violation.type,
            },
        }
