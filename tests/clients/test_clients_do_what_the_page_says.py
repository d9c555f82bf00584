"""Clients nobody here wrote do today what docs/clients.md says of them, and the page is what was measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.catalogue import rule
from mock_core.control.reference import refreshed
from tests.clients.installing import NotInstalled
from tests.clients.known import CLIENTS, client
from tests.clients.page import MEASURED, tables
from tests.clients.trial import SITUATIONS, attempt, number_becomes
from tests.repository import ROOT


def test_the_page_is_current():
    """Its tables are written from what was measured."""
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    assert page == refreshed(page, tables()), "run: make docs"


def test_every_client_was_measured_at_the_version_it_is_pinned_to():
    """In every situation there is."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    assert {name: each["version"] for name, each in measured.items()} == {each.name: each.version for each in CLIENTS}
    assert all(each["situations"].keys() == SITUATIONS.keys() for each in measured.values())


@pytest.mark.parametrize(
    ("name", "situation"),
    [
        ("segment-analytics-python", "429"),
        ("analytics-python", "lost reply"),
        ("rudder-sdk-python", "well"),
        ("segmentio", "400"),
        ("analytics-node", "page"),
        ("@expo/rudder-sdk-node", "well"),
        ("@customerio/cdp-analytics-node", "400"),
        ("@june-so/analytics-node", "well"),
    ],
)
def test_a_client_does_what_was_measured(name: str, situation: str):
    """What it sends, what becomes of it, and what its program hears; not how many seconds that takes."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))[name]["situations"][situation]
    try:
        found = attempt(client(name), situation).as_dict()
    except NotInstalled as error:
        pytest.skip(f"{name}: {error}")

    assert _lasting(json.loads(json.dumps(found))) == _lasting(measured)
    if situation == "429":
        assert found["waits"][0] >= 1.9, "it waits for the Retry-After of two seconds"


@pytest.mark.parametrize("name", ["analytics-python", "segmentio", "@segment/analytics-node", "@expo/rudder-sdk-node"])
def test_a_client_does_with_a_number_what_was_measured(name: str):
    """Text is made of it, it is sent as it is, or refused."""
    try:
        found = number_becomes(client(name))
    except NotInstalled as error:
        pytest.skip(f"{name}: {error}")

    assert found == json.loads(MEASURED.read_text(encoding="utf-8"))[name]["number"]


def test_the_rule_names_every_client_that_sends_a_number():
    """Who reads why an event was discarded finds the client it was built with."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    told = rule("D204").explanation.partition(" refuse it; ")[2]

    assert [name for name, each in measured.items() if each["number"] == "number" and name not in told] == []
    assert [name for name, each in measured.items() if each["number"] != "number" and name in told] == []


def _lasting(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what does not depend on the moment: batches are cut where a timer falls."""
    wire = {name: value for name, value in outcome["wire"].items() if name != "batches"}
    return {**{name: value for name, value in outcome.items() if name != "waits"}, "wire": wire}
