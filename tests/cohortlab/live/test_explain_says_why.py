"""`cohortlab explain` against a lab that another process serves: why somebody is in a cohort, or is not."""

from __future__ import annotations

import json

import pytest

from cohortlab.cli import run
from cohortlab.testing import Lab

DAY = 86_400


def test_a_member_a_near_miss_and_a_member_by_hand_are_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """In words and as JSON; now and then."""
    with Lab(served=True) as lab:
        monkeypatch.setenv("AMPLITUDE_BASE_URL", lab.amplitude_url)
        words = "performed Order at least 2 times in 30 days where tier is gold, and not performed Refund"
        lab.amplitude.create_cohort("Gold", cohort_id="gold", definition=words)
        lab.amplitude.create_cohort("List", cohort_id="list", members=["ada-1815"])
        now = round(lab.clock.now() * 1000)
        events = [
            {
                "event_type": "Order",
                "user_id": user,
                "event_properties": {"tier": tier},
                "time": now - days * DAY * 1000,
            }
            for user, tier, days in (("ada-1815", "gold", 1), ("ada-1815", "gold", 2), ("grace-1906", "silver", 3))
        ]
        lab.http.post(f"{lab.amplitude_url}/batch", json={"api_key": lab.api_key, "events": events})

        assert run(["explain", "Gold", "ada-1815"]) == 0
        member = capsys.readouterr().out
        assert run(["explain", "gold", "grace-1906"]) == 0
        near = capsys.readouterr().out
        assert run(["explain", "list", "ada-1815"]) == 0
        by_hand = capsys.readouterr().out
        assert run(["explain", "gold", "ada-1815", "--json", "--at", "2020-01-01T00:00:00Z"]) == 0
        then = json.loads(capsys.readouterr().out)

    assert "ada-1815 is a member of gold at " in member
    assert "leaves at " in member
    assert "yes  performed Order at least 2 times in 30 days where tier is gold  [found 2]" in member
    assert "no   excluded: performed Refund" in member
    assert "grace-1906 is no member" in near
    assert "Order: tier is silver" in near
    assert "by hand: it has no definition of its own" in by_hand
    assert (then["is_member"], then["events"]) == (False, 0)
