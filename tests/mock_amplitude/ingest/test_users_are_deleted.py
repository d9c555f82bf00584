"""Deletion jobs: who is taken in, their states on the lab's clock, and what is gone when they have run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_amplitude import AmplitudeFake, create_app
from mock_core import Clocks, LabClock

DAY = 86_400
PATH = "/api/2/deletions/users"


def delete(desk: Any, **asked: Any) -> Any:
    desk.clock.advance(1)
    return desk.post(PATH, asked)


def jobs(desk: Any) -> Any:
    return desk.get(PATH, params={"start_day": "2026-01-01", "end_day": "2026-12-31"}).json()


def test_a_job_is_told_as_live_ones_are(desk: Any, send: Any):
    """Twelve days ahead, in staging; the recorded keys (amplitude facts 5.7 [client])."""
    send({"user_id": "user-1"})
    (event,) = desk.amplitude.ingested()
    answer = delete(desk, user_ids=["user-1"], requester="segment")

    request = {"amplitude_id": event.amplitude_id, "requested_on_day": "2026-01-05", "requester": "segment"}
    job = {
        "day": "2026-01-17",
        "status": "staging",
        "amplitude_ids": [request],
        "app": "100001",
        "active_scrub_done_date": None,
    }
    assert answer.json() == jobs(desk) == [job]
    assert desk.lab("GET", "/deletions", params={"status": "staging"}).json()["deletions"] == [job]


def test_it_goes_from_staging_to_submitted_to_done_and_then_the_person_is_gone(desk: Any, send: Any):
    """Out of cohorts, search, activity and exports; events in the meantime are gone with the rest."""
    send({"user_id": "user-1", "user_properties": {"plan": "pro"}}, {"user_id": "user-2"})
    one, two = (each.amplitude_id for each in desk.amplitude.ingested())
    desk.amplitude.create_cohort("C", cohort_id="c", members=["user-1", "user-2"])
    delete(desk, user_ids=["user-1"])
    states = []
    for days in (8, 1, 2, 1):
        desk.clock.advance(days * DAY)
        send({"user_id": "user-1", "device_id": f"device-{days}"}) if days == 2 else None
        states.append(jobs(desk)[0]["status"])

    assert states == ["staging", "submitted", "submitted", "done"]
    assert jobs(desk)[0]["active_scrub_done_date"] == "2026-01-17"
    assert [tuple(each) for each in desk.amplitude.membership("c")] == [(two, "user-2")]
    assert [each.amplitude_id for each in desk.amplitude.happenings()] == [two]
    assert desk.get("/api/2/usersearch", params={"user": "user-1"}).json()["type"] == "nomatch"
    assert desk.get("/api/2/useractivity", params={"user": str(one)}).status_code == 400

    send({"user_id": "user-1"})
    again = [each.amplitude_id for each in desk.amplitude.happenings()][-1]
    assert again not in {one, two}
    assert desk.amplitude.world.cohorts.directory.properties_of(again or 0) == {}


def test_requests_join_the_open_job_and_can_be_taken_back_until_it_closes(desk: Any, send: Any):
    """Afterwards another job begins, and nothing stops the first."""
    send(*({"user_id": f"user-{number}"} for number in range(4)))
    ids = [each.amplitude_id for each in desk.amplitude.ingested()]
    delete(desk, user_ids=["user-0"])
    desk.clock.advance(2 * DAY)
    delete(desk, amplitude_ids=[ids[1], str(ids[2])])
    kept = desk.session.delete(f"{desk.url}{PATH}/{ids[1]}/2026-01-17")
    desk.clock.advance(7 * DAY)
    late = desk.session.delete(f"{desk.url}{PATH}/{ids[2]}/2026-01-17")
    delete(desk, user_ids=["user-3"])

    assert kept.json()["amplitude_ids"][0]["amplitude_id"] == ids[1]
    assert (late.status_code, desk.details(late)) == (400, "The job of 2026-01-17 is submitted: it cannot be stopped")
    told = {job["day"]: [each["amplitude_id"] for each in job["amplitude_ids"]] for job in jobs(desk)}
    assert told == {"2026-01-17": [ids[0], ids[2]], "2026-01-26": [ids[3]]}
    desk.clock.advance(20 * DAY)
    assert [each.amplitude_id for each in desk.amplitude.happenings()] == [ids[1]]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"user_ids": ["nobody"]}, 400),
        ({"user_ids": ["nobody", "ann"], "ignore_invalid_id": "True"}, 200),
        ({"user_ids": ["nobody"], "delete_from_org": True}, 200),
        ({"amplitude_ids": [1], "delete_from_org": True}, 400),
        ({"user_ids": []}, 400),
        ({"user_ids": "ann"}, 400),
        ({"user_ids": [{}]}, 400),
        ({"amplitude_ids": [f"{number}" for number in range(101)]}, 400),
        ({"user_ids": ["ann"], "requester": 5}, 400),
        ([], 400),
    ],
)
def test_wrong_requests_are_refused_whole(desk: Any, asked: Any, status: int):
    """Unknown people, unless they are to be ignored; more than a hundred; what is no list."""
    desk.amplitude.add_people(["ann"])

    assert desk.post(PATH, asked).status_code == status


def test_one_request_a_second(desk: Any):
    """A setting; a job of each project where the whole organisation is meant."""
    desk.amplitude.add_people(["ann", "bea"])
    desk.amplitude.put_project("other", "secret")
    first, second = (desk.post(PATH, {"user_ids": ["ann"], "delete_from_org": "True"}) for _ in range(2))
    desk.amplitude.configure(deletion_requests_per_second=0)

    assert (first.status_code, second.status_code) == (200, 429)
    assert [job["app"] for job in first.json()] == ["100001", "100002"]
    assert desk.post(PATH, {"user_ids": ["bea"]}).status_code == 200


def test_a_lab_that_is_opened_again_has_deleted_the_same_people(tmp_path: Path):
    """Also when the day of the job came while it was closed."""
    keys = ("lab-api-key", "lab-secret-key")
    event = {"event_type": "x", "user_id": "user-1"}
    fake = AmplitudeFake(clocks=Clocks(LabClock(1_767_603_600.0)), path=tmp_path / "amplitude.db")
    client = create_app(fake).test_client()
    client.post("/batch", json={"api_key": "lab-api-key", "events": [event]})
    fake.state.create_cohort("C", cohort_id="c", members=["user-1"])
    assert client.post(PATH, json={"user_ids": ["user-1"]}, auth=keys).status_code == 200
    fake.close()

    fake = AmplitudeFake(clocks=Clocks(LabClock(1_767_603_600.0 + 30 * DAY)), path=tmp_path / "amplitude.db")
    assert (list(fake.state.membership("c")), list(fake.state.happenings())) == ([], [])
    fake.close()
