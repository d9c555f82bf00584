"""What may go over the wire between Amplitude, a sync and Segment: rules with names. No I/O."""

from __future__ import annotations

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
