"""`--destination`: what becomes of cohort traits further on, told once for each trait."""

from __future__ import annotations

import json

import pytest

from cohortlab.cli import run
from contracts.destinations import AtDestinations, Destination
from contracts.trait_key import trait_key_format

SPELLING = trait_key_format("amplitude")


def _codes(destination: Destination, *events: dict[str, object]) -> list[str]:
    judge = AtDestinations([destination], SPELLING)
    return [seen.rule.code for event in events for seen in judge.see(dict(event))]


def _identify(key: str = "VIP (x1)", **more: object) -> dict[str, object]:
    return {"type": "identify", "userId": "user-001", "traits": {key: True}, **more}


def test_a_trait_is_told_once_and_what_an_event_lacks_each_time() -> None:
    """A million events of one cohort are one finding about its trait."""
    lossy = Destination("lossy", arrives=False)
    needy = Destination("needy", needs=("email",))

    assert _codes(lossy, _identify(), _identify(), _identify("Other (x2)")) == ["V701", "V701"]
    assert _codes(needy, _identify(), _identify()) == ["V704", "V704"]


@pytest.mark.parametrize(
    "event",
    [
        _identify("plain_trait"),
        {"type": "track", "userId": "u", "event": "e", "properties": {"VIP (x1)": True}},
        {"type": "identify", "userId": "u", "traits": ["VIP (x1)"]},
        {"type": "identify", "userId": "u"},
    ],
)
def test_only_cohort_traits_of_an_identify_are_judged(event: dict[str, object]) -> None:
    """Other traits and other calls are not a cohort's."""
    assert _codes(Destination("lossy", arrives=False, needs=("email",)), event) == []


def test_context_traits_hide_the_trait_where_they_are_read_first() -> None:
    """Even empty ones do (destination facts 8)."""
    first = Destination("first", reads_context=True)

    assert _codes(first, _identify(), _identify(context={})) == []
    assert _codes(first, _identify(context={"traits": {}})) == ["V701"]


@pytest.mark.parametrize(
    ("key", "reach"),
    [
        ("Power Users (x1)", ""),
        ("[Amplitude] Power Users (x1)", "no filter"),
        ("it's (x1)", "no path"),
        ("[2024] Buyers (x1)", "no filter in FQL matches it and no path"),
        ("v2.0 (x1)", "no filter in FQL matches it and no path"),
    ],
)
def test_names_out_of_reach_are_told_by_what_cannot_reach_them(key: str, reach: str) -> None:
    """Filters stop at brackets and dots, paths at dots and quotes (destination facts 4, 5)."""
    found = list(AtDestinations([], SPELLING).see(dict(_identify(key))))

    assert [seen.found for seen in found if reach not in seen.found or not reach] == []
    assert len(found) == bool(reach)


def test_the_command_reads_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several names with commas; an unknown one is told the nearest."""
    import io
    import sys

    event = {**_identify(), "timestamp": "2026-11-29T10:00:00Z", "messageId": "m1"}
    data = json.dumps(event).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    assert (
        run(["check", "--destination", "braze,hubspot", "--destination", "fullstory", "--select", "V", "--json", "-"])
        == 1
    )
    codes = [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]]
    assert sorted(codes) == ["V701", "V702", "V704"]
    assert run(["check", "--destination", "hubspto", "-"]) == 2
    assert "did you mean 'hubspot'?" in capsys.readouterr().err
