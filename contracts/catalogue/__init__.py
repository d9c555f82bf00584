"""The rules, one module for each family or part of one; data only."""

from __future__ import annotations

from contracts.catalogue import (
    cohort,
    delivery,
    edge,
    export,
    harm_ids,
    harm_shape,
    harm_time,
    harm_values,
    plan,
    sequence,
    text,
    warehouse,
)
from contracts.rule import Rule

ORDER = "JEDCHXWSP"
"""The families in the order in which rules are judged, by their letters: what comes first excuses what comes later."""

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *text.RULES,
            *edge.RULES,
            *delivery.RULES,
            *cohort.RULES,
            *harm_ids.RULES,
            *harm_shape.RULES,
            *harm_values.RULES,
            *harm_time.RULES,
            *export.RULES,
            *warehouse.RULES,
            *sequence.RULES,
            *plan.RULES,
        ),
        key=lambda rule: (ORDER.index(rule.code[0]), rule.code),
    )
)

__all__ = ["ORDER", "RULES"]
