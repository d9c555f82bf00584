"""Fusing: a gate made of all fragments at once judges as the fragments do one by one."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, contract, contract_rules
from contracts.judging import CALLS, all_of
from contracts.judging.fuse import fuse
from contracts.rule import Frame
from contracts.trait_key import trait_key_format

NAMES = (
    "type",
    "userId",
    "anonymousId",
    "traits",
    "properties",
    "context",
    "integrations",
    "event",
    "timestamp",
    "batch",
)
INNER = ("plan", "Power Users (x1)", "consent", "device", "groupId", "All", "all", "a" * 20, "externalIds", "library")
VALUES = st.recursive(
    st.sampled_from((None, True, 0, 7, 1.5, "", "x", "true", "undefined", "2026-11-23T10:00:00", "x" * 600, *CALLS)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from((*NAMES, *INNER)), inner, max_size=3),
    max_leaves=6,
)
EXAMPLES = [
    json.loads(json.dumps(example))
    for rule in all_rules()
    if rule.contracts[0] in CONTRACTS and rule.code not in ("E101", "E102", "E106", "E107", "D218")
    for example in (rule.bad, rule.good)
]


@st.composite
def payloads(draw: st.DrawFn) -> Any:
    """Take an example of the catalogue and put other values into it."""
    payload = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    changes = draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
    return {**payload, **changes} if isinstance(payload, dict) else payload


def both(name: str) -> tuple[Any, Any]:
    """Return a contract's rules as a plain `allOf`, and fused."""
    frame = Frame(name if name in CALLS else None, trait_key_format())
    rules = [rule for rule in contract_rules(name) if rule.schema is not None]
    fused = fuse(fragment for rule in rules if (fragment := rule.fragment(frame)) is not None)
    return tuple(jsonschema_rs.Draft202012Validator(schema) for schema in (all_of(rules, frame), fused))  # type: ignore[return-value]


GATES = {name: both(name) for name in CONTRACTS}


@given(payloads() | VALUES)
def test_a_fused_gate_judges_like_its_parts(payload: Any) -> None:
    """No payload passes the one and not the other."""
    for name, (plain, fused) in GATES.items():
        assert plain.is_valid(payload) == fused.is_valid(payload), name


@pytest.mark.parametrize("name", CONTRACTS)
def test_fusing_makes_a_gate_smaller(name: str) -> None:
    """Fewer places to look at is what makes it quick."""
    frame = Frame(name if name in CALLS else None, trait_key_format())
    fragments = [fragment for rule in contract_rules(name) if (fragment := rule.fragment(frame)) is not None]

    assert len(fuse(fragments).get("allOf", ["one"])) < len(fragments)


@given(payloads())
def test_a_clean_payload_has_no_violations(payload: Any) -> None:
    """The quick look of a judge and the slow one agree."""
    for name in ("identify", "track", "event", "cohort-identify"):
        judge = contract(name).judge_of(payload) if isinstance(payload, dict) else None
        if judge is not None:
            assert judge.holds(payload) == (next(judge.violations(payload), None) is None)
