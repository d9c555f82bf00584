"""The catalogue as one list: every rule by its code."""

from __future__ import annotations

from functools import cache

from contracts.catalogue import (
    cohort,
    delivery,
    destination,
    edge,
    export,
    filters,
    harm_ids,
    harm_shape,
    harm_time,
    harm_values,
    plan,
    sequence,
    text,
    warehouse,
)
from contracts.errors import UnknownRule
from contracts.rule import Rule

ORDER = "JEDCHXWVSPF"
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
            *destination.RULES,
            *sequence.RULES,
            *plan.RULES,
            *filters.RULES,
        ),
        key=lambda rule: (ORDER.index(rule.code[0]), rule.code),
    )
)


@cache
def _by_code() -> dict[str, Rule]:
    return {rule.code: rule for rule in RULES}


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of their codes."""
    return RULES


def rule(code: str) -> Rule:
    """Return the rule with this code, or with this name; raise `UnknownRule` with the nearest of them."""
    known = _by_code()
    wanted = code.strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    for candidate in RULES:
        if candidate.name == wanted.lower():
            return candidate
    raise UnknownRule(code, (*known, *(each.name for each in RULES)))


@cache
def rules_of(contract: str) -> tuple[Rule, ...]:
    """Return the rules that a contract holds, in the order of their codes."""
    return tuple(rule for rule in RULES if contract in rule.contracts)
