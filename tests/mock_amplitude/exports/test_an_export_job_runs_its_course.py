"""Request, status, file: the life of a job on the lab's clock (amplitude facts 1.2 C, D, E)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mock_amplitude.exports import COMPLETED, EXPIRED, FAILED, Job
from mock_amplitude.exports.jobs import IN_PROGRESS, REQUESTED, TRANSITIONS

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

STATUS = "/api/5/cohorts/request-status/{}"
FILE = "/api/5/cohorts/request/{}/file"


def test_a_request_is_answered_with_exactly_two_keys(desk: Desk):
    """202 and `request_id`, `cohort_id`; a request id is six letters and digits."""
    desk.amplitude.create_cohort("C", cohort_id="26umsb5")

    answer = desk.get("/api/5/cohorts/request/26umsb5")

    assert answer.status_code == 202
    assert list(answer.json()) == ["request_id", "cohort_id"]
    assert answer.json()["cohort_id"] == "26umsb5"
    assert re.fullmatch(r"[A-Za-z0-9]{6}", answer.json()["request_id"])


def test_a_job_is_202_until_its_time_is_up(desk: Desk):
    """JOB INPROGRESS in one word, then 200 and JOB COMPLETED, not a moment earlier."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    request_id = desk.request("c")

    desk.clock.advance(1.999)
    early = desk.get(STATUS.format(request_id))
    desk.clock.advance(0.001)
    done = desk.get(STATUS.format(request_id))

    assert (early.status_code, early.json()["async_status"]) == (202, "JOB INPROGRESS")
    assert (done.status_code, done.json()) == (
        200,
        {"request_id": request_id, "cohort_id": "c", "async_status": "JOB COMPLETED"},
    )


def test_the_file_of_an_unfinished_job_is_refused(desk: Desk):
    """404 by default, 409 as a setting."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    request_id = desk.request("c")

    first = desk.get(FILE.format(request_id))
    desk.amplitude.configure(not_ready_status=409)

    assert first.status_code == 404
    assert desk.get(FILE.format(request_id)).status_code == 409


def test_a_request_id_is_good_for_seven_days(desk: Desk):
    """Then status and file answer 404, or 410 as a setting."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u"])
    request_id = desk.request("c")

    desk.clock.advance(7 * 86_400 - 1)
    assert desk.get(FILE.format(request_id)).status_code == 200
    desk.clock.advance(1)

    assert desk.get(FILE.format(request_id)).status_code == 404
    desk.amplitude.configure(expired_request_status=410)
    assert desk.get(STATUS.format(request_id)).status_code == 410


@pytest.mark.parametrize(
    ("how", "status", "word"),
    [("500", 500, None), ("200-job-failed", 200, "JOB FAILED"), ("202-forever", 202, "JOB INPROGRESS")],
)
def test_a_failed_job_answers_as_the_setting_says(desk: Desk, how: str, status: int, word: str | None):
    """Nothing is documented: 500 with an envelope, 200 with another word, or 202 for ever."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.configure(failed_job=how)
    desk.amplitude.workspace.arm({"fault": "job-fails"})
    request_id = desk.request("c")

    desk.clock.advance(3)
    answer = desk.get(STATUS.format(request_id))

    assert answer.status_code == status
    assert answer.json().get("async_status") == word
    assert desk.get(FILE.format(request_id)).status_code in {404, 500}


def test_a_hanging_job_stays_in_progress(desk: Desk):
    """A job that never leaves 202, however long one polls."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.workspace.arm({"fault": "job-hangs"})
    request_id = desk.request("c")

    desk.clock.advance(6 * 86_400)

    assert desk.get(STATUS.format(request_id)).json()["async_status"] == "JOB INPROGRESS"


def test_durations_are_fixed_ranged_or_per_cohort(desk: Desk):
    """A cohort's own duration wins over the range, the range over the fixed one; a fault wins over all."""
    desk.amplitude.create_cohort("Plain", cohort_id="plain")
    desk.amplitude.create_cohort("Slow", cohort_id="slow", job_seconds=120.0)
    desk.amplitude.configure(job_seconds=30.0, job_seconds_max=60.0, parallel_per_minute=0, concurrent_jobs=0)
    ranged = [desk.request("plain") for _ in range(8)]
    slow = desk.request("slow")
    desk.amplitude.workspace.arm({"fault": "job-takes", "seconds": 7})
    struck = desk.request("slow")

    jobs = {job.request_id: job for job in desk.amplitude.jobs()}

    durations = {jobs[each].duration for each in ranged}
    assert len(durations) > 1
    assert all(30_000 <= each <= 60_000 for each in durations)
    assert (jobs[slow].duration, jobs[struck].duration) == (120_000, 7_000)


@pytest.mark.parametrize("path", ["/api/5/cohorts/request/nope", STATUS.format("nope"), FILE.format("nope")])
def test_unknown_ids_are_404_and_leave_a_line_in_the_journal(desk: Desk, path: str):
    """The documented envelope; 400 as a setting."""
    before = desk.amplitude.workspace.journal.last

    answer = desk.get(path)

    assert answer.status_code == 404
    assert "nope" in desk.details(answer)
    assert desk.amplitude.workspace.journal.last == before + 1
    desk.amplitude.configure(unknown_id_status=400)
    assert desk.get(path).status_code == 400


def test_an_unpublished_cohort_cannot_be_requested(desk: Desk):
    """Documents speak of discoverable cohorts only."""
    desk.amplitude.create_cohort("C", cohort_id="c", published=False)

    assert desk.get("/api/5/cohorts/request/c").status_code == 404
    desk.amplitude.configure(request_unpublished=True)
    assert desk.get("/api/5/cohorts/request/c").status_code == 202


def test_a_job_exports_the_members_of_its_request(desk: Desk):
    """Who enters later is not in the file, however often it is fetched."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["first"])
    request_id = desk.request("c")
    desk.amplitude.enter("c", ["second"])
    desk.clock.advance(2)

    once = desk.get(FILE.format(request_id)).text
    desk.amplitude.leave("c", ["first"])

    assert "first" in once
    assert "second" not in once
    assert desk.get(FILE.format(request_id)).text == once


def test_an_old_jobs_export_is_folded_from_the_journal(desk: Desk):
    """More jobs than are held in memory: the oldest still exports what it was asked for."""
    desk.amplitude.configure(parallel_per_minute=0, concurrent_jobs=0)
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u0"])
    ids = []
    for number in range(1, 13):
        ids.append(desk.request("c"))
        desk.amplitude.enter("c", [f"u{number}"])
    desk.clock.advance(2)

    files = [desk.get(FILE.format(each)).text for each in ids]

    assert [text.count("\n") - 1 for text in files] == list(range(1, 13))


def test_without_recomputing_the_last_computed_members_are_exported(desk: Desk):
    """Computed and true membership are different moments; the first request computes in any case."""
    desk.amplitude.configure(request_recomputes=False)
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    desk.download("c")
    desk.amplitude.enter("c", ["u2"])

    stale = desk.download("c").text
    desk.amplitude.recompute("c")

    assert "u2" not in stale
    assert "u2" in desk.download("c").text


def test_a_lost_reply_still_made_the_job(desk: Desk):
    """The request counted and runs although its answer never came."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.workspace.arm({"fault": "lost-reply"})

    with pytest.raises(OSError, match="reset"):
        desk.get("/api/5/cohorts/request/c")

    assert len(desk.amplitude.jobs()) == 1
    assert desk.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 1


def test_a_job_walks_its_table():
    """Every phase in order, at the moments the job was given."""
    job = Job("r", 1, "c", 1, requested_at=1_000, duration=100, lifetime=10_000)

    assert [job.phase(at) for at in (1_000, 1_010, 1_099, 1_100, 10_999, 11_000)] == [
        REQUESTED, IN_PROGRESS, IN_PROGRESS, COMPLETED, COMPLETED, EXPIRED,
    ]  # fmt: skip


def test_a_failed_job_expires_too():
    """FAILED is not the end of the road: the request id expires."""
    job = Job("r", 1, "c", 1, requested_at=0, duration=100, outcome="fails", lifetime=10_000)

    assert [job.phase(at) for at in (99, 100, 10_000)] == [IN_PROGRESS, FAILED, EXPIRED]


def test_the_table_has_one_end():
    """Every phase leads on but the last, and nothing leads out of it."""
    assert [phase for phase, events in TRANSITIONS.items() if not events] == [EXPIRED]
    assert {after for events in TRANSITIONS.values() for after in events.values()} <= set(TRANSITIONS)
