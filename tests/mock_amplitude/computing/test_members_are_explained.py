"""The lab says why somebody is in a cohort, over the control plane."""

from __future__ import annotations

from typing import Any

from tests.mock_amplitude.computing.test_members_follow_events import DAY, TWICE, order, send


def test_a_member_is_explained(desk: Any):
    """By user id or Amplitude id; now or then."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", DAY, at=desk.start))
    desk.clock.advance(60)
    send(desk, order("ada-1815", at=desk.start + 60))
    told = desk.lab("GET", "/cohorts/gold/explain", params={"user": "ada-1815"}).json()

    assert told["is_member"]
    assert (told["since"], told["until"]) == ("2026-01-05T09:01:00.000Z", "2026-02-03T09:00:00.001Z")
    assert [event["at"] for event in told["clauses"][0]["met"]] == [
        "2026-01-04T09:00:00.000Z",
        "2026-01-05T09:01:00.000Z",
    ]
    then = desk.lab("GET", "/cohorts/gold/explain", params={"user": "ada-1815", "at": "2026-01-05T09:00:30Z"}).json()
    assert (then["is_member"], then["clauses"][0]["found"]) == (False, 1)
    number = str(next(iter(desk.amplitude.membership("gold")))[0])
    assert desk.lab("GET", "/cohorts/gold/explain", params={"user": number}).json()["is_member"]


def test_what_cannot_be_explained_is_told_in_words(desk: Any):
    """Nobody of that name, no user at all; of members by hand there is no more to say than that."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    desk.amplitude.create_cohort("List", cohort_id="list", members=["ada-1815"])
    asked = [("gold", {"user": "nobody"}), ("list", {"user": "ada-1815"}), ("gold", {})]
    answers = [desk.lab("GET", f"/cohorts/{cohort}/explain", params=params) for cohort, params in asked]

    assert [answer.status_code for answer in answers] == [404, 200, 400]
    assert "Nobody is called 'nobody'" in answers[0].text
    assert (answers[1].json()["is_member"], answers[1].json()["clauses"]) == (True, [])
