"""What reports say of a client is what was measured of it."""

from __future__ import annotations

import json

import pytest

from scenarios.verdict.libraries import LIBRARIES, does_not_wait, gives_up, library_of
from tests.clients.page import MEASURED

MEASURED_CLIENTS = json.loads(MEASURED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MEASURED_CLIENTS)
def test_a_measured_client_is_known_as_it_was_measured(name: str):
    """Whether it waited for the two seconds it was told, and when it gave a call up."""
    situations = MEASURED_CLIENTS[name]["situations"]
    wire = situations["well"]["wire"]
    known = LIBRARIES[wire["library"], wire["library_version"]]

    assert known.waits == (situations["429"]["waits"][0] >= 1.9)
    outage = situations["outage"]
    if outage["exit"] is None:
        assert known.tries is None
    else:
        assert known.tries == outage["tries"]
        assert known.seconds == pytest.approx(sum(outage["waits"]), abs=0.3)


def test_a_client_says_its_name_or_nothing():
    """Whatever stands in its place."""
    assert library_of({"context": {"library": {"name": "x", "version": "1"}}}) == ("x", "1")
    for odd in (
        {},
        {"context": 1},
        {"context": {"library": "x"}},
        {"context": {"library": {"name": 1, "version": None}}},
    ):
        assert library_of(odd) == ("", "")
        assert does_not_wait(odd) == gives_up(odd) == ""
    assert does_not_wait({"context": {"library": {"name": "my-own"}}}) == "context.library is my-own"
