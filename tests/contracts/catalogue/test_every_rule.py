"""Every rule is broken by its bad example and not by its good twin; the examples are the documentation's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, contract
from contracts.destinations import AtDestinations
from contracts.examining import Examination
from contracts.filters import judge_filter
from contracts.plans import PlanJudge, plan, plan_faults, plan_violations, settings_of
from contracts.policy import Policy
from contracts.reading import Record, read, read_export
from contracts.rule import FAMILIES, Rule
from contracts.sequences import Sequence, memberships
from contracts.trait_key import trait_key_format
from contracts.warehouse import Warehouse
from downstream.table import as_contract, row_named

SPELLING = trait_key_format("amplitude")


def of_payload(rule: Rule, payload: Any) -> list[str]:
    """Judge a payload under the contract that the rule's examples are written for."""
    return of_stream(rule, [payload], rule.contracts[0])


def of_stream(rule: Rule, payloads: Any, name: str = "event") -> list[str]:
    """Judge payloads that arrive one after the other; a pedantic rule is also asked for."""
    found = []
    for policy in (Policy(), Policy(select=(rule.code,))) if rule.pedantic else (Policy(),):
        warehouse = Warehouse()
        for payload in payloads if isinstance(payloads, list) else [payloads]:
            found += [seen.rule.code for seen in contract(name, policy=policy).violations(payload, warehouse=warehouse)]
    return found


def of_text(_: Rule, text: Any) -> list[str]:
    """Read a text."""
    return [part.code for part in read(io.BytesIO(text)) if not isinstance(part, Record)]


def of_export(_: Rule, text: Any) -> list[str]:
    """Read a cohort export, with a limit that an example can pass."""
    return [fault.code for fault in read_export(io.BytesIO(text), largest=10)]


def of_capture(_: Rule, capture: Any) -> list[str]:
    """Fold a capture, and compare it with the memberships if there are any."""
    members = memberships(capture["memberships"]) if "memberships" in capture else None
    examination = Examination(contract("event"), sequence=Sequence(SPELLING), memberships=members)
    records = [Record(event, b"{}", line) for line, event in enumerate(capture["events"], 1)]
    return [finding.code for finding in (*examination.payloads(records, "capture"), *examination.end())]


def of_plan(_: Rule, case: Any) -> list[str]:
    """Hold an event to a plan."""
    judge = PlanJudge(plan(case["plan"]), settings_of(case["settings"]))
    return [seen.rule.code for seen in plan_violations(judge, case["event"], SPELLING)]


def of_plan_file(_: Rule, case: Any) -> list[str]:
    """Look for faults of a plan itself."""
    return [seen.rule.code for seen in plan_faults(case["plan"], SPELLING)]


def of_destination(_: Rule, case: Any) -> list[str]:
    """Hold an event to what a destination does."""
    at_destinations = AtDestinations([as_contract(row_named(case["destination"]))], SPELLING)
    return [seen.rule.code for seen in at_destinations.see(case["event"])]


def of_filter(rule: Rule, case: Any) -> list[str]:
    """Say what a filter does; one rule is about a trait that it must be asked with."""
    trait = "Power Users (7abc12de)" if rule.name == "trait-makes-no-difference" else ""
    return [seen.rule.code for seen in judge_filter(case, trait)[1]]


JUDGES: dict[str, Callable[[Rule, Any], list[str]]] = {
    **dict.fromkeys(CONTRACTS, of_payload),
    "warehouse": of_stream,
    "text": of_text,
    "export": of_export,
    "sequence": of_capture,
    "destination": of_destination,
    "filter": of_filter,
    "plan": of_plan,
    "plan-file": of_plan_file,
}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_bad_example_breaks_the_rule(rule: Rule) -> None:
    """A rule that its own bad example does not break would find nothing anywhere."""
    assert rule.code in JUDGES[rule.contracts[0]](rule, rule.bad)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_good_twin_breaks_no_rule_at_all(rule: Rule) -> None:
    """The twin shows how to do it right, so nothing else may be wrong with it either."""
    assert JUDGES[rule.contracts[0]](rule, rule.good) == []


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_says_everything_a_person_needs(rule: Rule) -> None:
    """Code, name, texts and source are filled in and in form."""
    assert re.fullmatch(r"[A-Z]\d{3}", rule.code)
    assert rule.code[0] in FAMILIES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.message.endswith(".")
    assert rule.explanation.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.expected
    assert rule.source.tag in {"[doc]", "[sdk]", "[sdk-run]", "[obs]", "[client]", "[inferred]"}
    assert re.match(r"(segment|amplitude|destination) facts \d", rule.source.facts)
    assert rule.source.page
    assert re.match(r"20\d\d", rule.source.date)


def test_codes_and_names_are_unique() -> None:
    """A code, and a name, stands for one rule; and there are enough of them."""
    rules = all_rules()

    assert len({rule.code for rule in rules}) == len(rules)
    assert len({rule.name for rule in rules}) == len(rules)
    assert len(rules) >= 60
    assert {rule.code[0] for rule in rules} == set(FAMILIES)


def test_presumed_rules_exist_and_come_first() -> None:
    """A rule can only presume what was judged before it."""
    position = {rule.name: index for index, rule in enumerate(all_rules())}

    for rule in all_rules():
        for presumed in rule.presumes:
            assert position[presumed] < position[rule.name], (rule.code, presumed)


@pytest.mark.parametrize(
    "moment", ["2026-28-11T10:22:18Z", "2026-11-32", "2026-11-23T25:00:00Z", "2026-11-23T10:61:00Z"]
)
def test_what_no_calendar_or_clock_has_is_no_moment(moment: str):
    """Day and month the wrong way round have the shape of ISO 8601, and eleven months a year pass for it."""
    found = contract("identify").violations({"type": "identify", "userId": "u1", "timestamp": moment})

    assert [each.rule.code for each in found] == ["H350"]


@pytest.mark.parametrize(
    "moment",
    [
        *("2025-02-29T08:00:00Z", "2026-04-31", "1900-02-29T08:00:00Z", "2026-06-31T08:00:00+02:00"),
        *("2026-11-23T24:00:00Z", "2026-11-23T08:00:61Z", "2026-11-23T08:12:60Z"),
        *("2026-11-23T08:00:00+24:00", "2026-11-23T08:00:00-08:60", "2026-11-23T08:00:00+9900"),
    ],
)
def test_days_hours_and_offsets_that_are_not_are_told(moment: str):
    """Leap years count, and so does what a zone can be."""
    found = contract("identify").violations({"type": "identify", "userId": "u1", "timestamp": moment})

    assert [each.rule.code for each in found] == ["H350"]


@pytest.mark.parametrize(
    "moment",
    [
        *("2024-02-29T08:00:00Z", "2000-02-29T08:00:00Z", "2026-12-31T23:59:59.999999999Z", "2016-12-31T23:59:60Z"),
        *("2026-11-23T00:00:00-11:00", "2026-11-23T00:00+14:00", "2026-11-23"),
    ],
)
def test_days_and_hours_that_are_there_are_fine(moment: str):
    """The last second of a year too, and one more where one was put in."""
    found = contract("identify").violations({"type": "identify", "userId": "u1", "timestamp": moment})

    assert "H350" not in [each.rule.code for each in found]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**53 - 1, False),
        (2**53, True),
        (2**53 + 1, True),
        (-(2**53), True),
        (1 - 2**53, False),
        ({"id": 2**60}, True),
        ([1, 2**60], True),
        ({"company": {"id": 2**60}}, True),
        ([{"id": 2**60}], True),
        ("9007199254740993", False),
        (1.5, False),
    ],
)
def test_numbers_that_readers_change_are_told(value: Any, told: bool):
    """From 2^53 on doubles have no odd integers; further in, too."""
    found = contract("identify").violations({"type": "identify", "userId": "u1", "traits": {"account": value}})

    assert [each.rule.code for each in found] == (["H348"] if told else [])


def test_numbers_that_readers_change_are_told_in_the_traits_of_a_context():
    """They go to profiles as those of an identify do."""
    context = {"traits": {"account": 2**60}}
    found = contract("track").violations({"type": "track", "userId": "u1", "event": "Opened", "context": context})

    assert [(each.rule.code, each.pointer) for each in found] == [("H348", "/context/traits/account")]
