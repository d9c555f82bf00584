"""The catalogue as one list: every rule by its code."""

from __future__ import annotations

from functools import cache

from contracts import catalogue
from contracts.errors import UnknownRule
from contracts.rule import Rule

__all__ = ["all_rules", "rule", "rules_of"]


@cache
def _by_code() -> dict[str, Rule]:
    return {rule.code: rule for rule in catalogue.RULES}


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of their codes."""
    return catalogue.RULES


def rule(code: str) -> Rule:
    """Return the rule with this code, or with this name; raise `UnknownRule` with the nearest code."""
    known = _by_code()
    wanted = code.strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    for candidate in catalogue.RULES:
        if candidate.name == wanted.lower():
            return candidate
    raise UnknownRule(code, known)


@cache
def rules_of(contract: str) -> tuple[Rule, ...]:
    """Return the rules that a contract holds, in the order of their codes."""
    return tuple(rule for rule in catalogue.RULES if contract in rule.contracts)
