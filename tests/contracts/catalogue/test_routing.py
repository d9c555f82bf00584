"""Routing: `integrations` takes booleans and objects, and a cohort change is not led back to Amplitude."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import contract

CHANGE = {"type": "identify", "userId": "user-001", "traits": {"Power Users (7abc12d)": True}}
MARKER = {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}}


def codes(name: str, event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the codes and places that a contract finds."""
    return [(seen.rule.code, seen.pointer) for seen in contract(name).violations(event)]


@pytest.mark.parametrize("value", ["false", "true", "", 0, 1, 2.5, None, [], ["Braze"]])
@pytest.mark.parametrize("name", ["All", "Braze", "A destination that nobody knows"])
def test_a_value_that_is_neither_boolean_nor_object_is_told(value: object, name: str) -> None:
    """Readers differ in what such a value means, for `All` and for any destination."""
    assert ("H335", f"/integrations/{name}") in codes("event", {**CHANGE, "integrations": {name: value}})


def test_booleans_and_options_are_fine_and_all_takes_no_options() -> None:
    """An object of options means on; for `All` there are none."""
    fine = {"All": False, "Braze": True, "Slack": {}, "Warehouses": {"all": False}}

    assert codes("event", {**CHANGE, "integrations": fine}) == []
    assert codes("event", {**CHANGE, "integrations": {"All": {}}}) == [("H335", "/integrations/All")]


@pytest.mark.parametrize("name", ["Amplitude", "Actions Amplitude", "Amplitude (Actions)"])
@pytest.mark.parametrize("value", [True, {}, {"session_id": 1_767_603_600_000}])
@pytest.mark.parametrize(
    ("holding", "marked"), [("cohort-identify", False), ("identify", True), ("event", False), ("identify", False)]
)
def test_a_cohort_change_routed_to_amplitude_is_told(name: str, value: object, holding: str, marked: bool) -> None:
    """Under each of the destination's names, on or with options, with the marker of the sync or by its trait alone."""
    event = {**CHANGE, "integrations": {"All": False, name: value}, **({"context": MARKER} if marked else {})}

    assert ("H331", f"/integrations/{name}") in codes(holding, event)


@pytest.mark.parametrize("key", ["plan", "Opt in (sms)", "Terms (2026)"])
def test_any_other_identify_may_go_to_amplitude(key: str) -> None:
    """A trait that is no cohort's, or a cohort's that is no boolean, is what the destination is for."""
    event = {**CHANGE, "traits": {key: True}, "integrations": {"Actions Amplitude": True}}

    assert codes("event", event) == []
