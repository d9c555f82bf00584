"""The rules, one module for each family or part of one, and all of them by code, name and contract."""

from __future__ import annotations

from contracts.catalogue.rules import all_rules, rule, rules_of

__all__ = [
    "all_rules",
    "rule",
    "rules_of",
]
