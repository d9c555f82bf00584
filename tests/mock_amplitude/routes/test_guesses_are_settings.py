"""What the facts leave open is a setting: each choice does what it says, and the default is what it was."""

from __future__ import annotations

from typing import Any

import pytest

COHORT = "abcd1234"
UPLOAD = {"name": "L", "app_id": 100001, "id_type": "BY_USER_ID", "owner": "o@example.com", "published": True}


@pytest.fixture
def known(desk: Any) -> Any:
    """A cohort, and people whom the project knows."""
    desk.amplitude.create_cohort("Power Users", cohort_id=COHORT, members=["ann", "bea"])
    return desk


@pytest.mark.parametrize(("choice", "size"), [(True, 2), (False, None)])
def test_get_recomputes(known: Any, choice: bool, size: int | None):
    """A look at a cohort computes it, or leaves it as it was."""
    known.amplitude.configure(get_recomputes=choice)

    told = known.get(f"/api/3/cohorts/{COHORT}").json()

    assert told["cohort"]["size"] == size
    assert known.amplitude.cohort(COHORT).size == size


@pytest.mark.parametrize(("choice", "usage", "statuses"), [(False, 0, [200, 200, 200]), (True, 2, [200, 200, 429])])
def test_get_counts(known: Any, choice: bool, usage: int, statuses: list[int]):
    """It costs one of the month's requests, or nothing; recomputed or not."""
    known.amplitude.configure(get_counts=choice, monthly_requests=2)

    answers = [known.get(f"/api/3/cohorts/{COHORT}?refreshCohort={each}") for each in ("true", "false", "true")]

    assert [answer.status_code for answer in answers] == statuses
    assert known.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == usage


@pytest.mark.parametrize(("choice", "status"), [("running", 202), ("requested", 429)])
def test_parallel_counts(known: Any, choice: str, status: int):
    """Jobs that have landed count no more, or all of the minute do."""
    known.amplitude.configure(parallel_counts=choice, parallel_per_minute=1, job_seconds=2, retry_after=True)
    known.request(COHORT)
    known.clock.advance(5)

    answer = known.get(f"/api/5/cohorts/request/{COHORT}")

    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == (None if status == 202 else "55")


@pytest.mark.parametrize(("choice", "told"), [("iso", "2026-02-01T00:00:00Z"), ("epoch-seconds", 1_769_904_000)])
def test_usage_resets_at(known: Any, choice: str, told: Any):
    """The first of the next month, as text or as a number."""
    known.amplitude.configure(usage_resets_at=choice)

    assert known.get("/api/3/cohorts/usage").json()["rest_download"]["resets_at"] == told


@pytest.mark.parametrize(("choice", "skipped"), [("succeeds", [[], []]), ("skipped", [["ann"], ["bea"]])])
def test_membership_no_effect(known: Any, choice: str, skipped: list[list[str]]):
    """Adding a member and removing a stranger: a word about it, or none; what an earlier part did counts."""
    known.amplitude.configure(membership_no_effect=choice)
    listed = known.post("/api/3/cohorts/upload", {**UPLOAD, "ids": ["ann"]}).json()["cohortId"]
    parts = [
        {"ids": ["ann", "bea"], "id_type": "BY_NAME", "operation": "ADD"},
        {"ids": ["ann", "bea", "bea"], "id_type": "BY_NAME", "operation": "REMOVE"},
    ]

    answer = known.post("/api/3/cohorts/membership", {"cohort_id": listed, "memberships": parts}).json()

    assert [part["skipped_ids"] for part in answer["memberships_result"]] == skipped
    assert len(known.amplitude.membership(listed)) == 0


@pytest.mark.parametrize("status", [400, 413])
def test_too_many_ids_status(known: Any, status: int):
    """On an upload and on a membership call."""
    known.amplitude.configure(too_many_ids_status=status, max_ids=1)
    part = {"ids": ["ann", "bea"], "id_type": "BY_NAME", "operation": "ADD"}

    assert known.post("/api/3/cohorts/upload", {**UPLOAD, "ids": ["ann", "bea"]}).status_code == status
    body = {"cohort_id": COHORT, "memberships": [part]}
    assert known.post("/api/3/cohorts/membership", body).status_code == status


def test_sdk_sync_target(known: Any):
    """Which sync makes a cohort one for the Experiment SDKs."""
    known.amplitude.configure(sdk_cohort="synced", sdk_sync_target="experiment-local")
    known.amplitude.put_sync(COHORT, target="experiment")
    before = known.get(f"/sdk/v1/cohort/{COHORT}").status_code
    known.amplitude.put_sync(COHORT, target="experiment-local")

    assert (before, known.get(f"/sdk/v1/cohort/{COHORT}").status_code) == (404, 200)
