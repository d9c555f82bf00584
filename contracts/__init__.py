"""What may go over the wire between Amplitude, a sync and Segment: rules with names. No I/O."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.catalogue import all_rules
    from contracts.check import CONTRACTS, Contract, contract
    from contracts.delivery import are_deliverable, discard_reason, is_deliverable
    from contracts.errors import ContractsError, MalformedJSON
    from contracts.policy import Policy
    from contracts.reading import parse_json
    from contracts.rule import Rule, Severity, Violation
    from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, TraitKeyFormat, trait_key_format

__all__ = [
    "CONTRACTS",
    "TRAIT_KEY_STYLES",
    "Contract",
    "ContractsError",
    "MalformedJSON",
    "Policy",
    "Rule",
    "Severity",
    "TraitKey",
    "TraitKeyFormat",
    "Violation",
    "all_rules",
    "are_deliverable",
    "contract",
    "discard_reason",
    "is_deliverable",
    "parse_json",
    "trait_key_format",
]

# Where each name lives. They are loaded when they are first asked for: whoever shows foreign text needs no rule.
_HOMES = {
    "CONTRACTS": "check",
    "Contract": "check",
    "ContractsError": "errors",
    "MalformedJSON": "errors",
    "Policy": "policy",
    "Rule": "rule",
    "Severity": "rule",
    "TRAIT_KEY_STYLES": "trait_key",
    "TraitKey": "trait_key",
    "TraitKeyFormat": "trait_key",
    "Violation": "rule",
    "all_rules": "catalogue",
    "are_deliverable": "delivery",
    "contract": "check",
    "discard_reason": "delivery",
    "is_deliverable": "delivery",
    "parse_json": "reading",
    "trait_key_format": "trait_key",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
