"""How much a project may ask for, on the lab's clock (amplitude facts 0, 1.2 H, 1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude.exports import TEN_MINUTES, Usage, excess, month_of, next_month
from mock_amplitude.exports.quotas import MINUTE
from mock_amplitude.settings import AmplitudeSettings

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

C = "/api/5/cohorts/request/c"


@pytest.fixture
def asking(desk: Desk) -> Desk:
    """A desk with a cohort `c` and only the limits that a test sets."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.configure(
        monthly_requests=0, requests_per_10_minutes=0, parallel_per_minute=0, concurrent_jobs=0, job_seconds=2.0
    )
    return desk


def statuses(desk: Desk, count: int) -> list[int]:
    return [desk.get(C).status_code for _ in range(count)]


def test_the_documented_limits_are_the_defaults():
    """500 a month, 60 in 10 minutes, 4 in parallel per minute, 5 concurrent, 2,000,000 users, 100,000 ids."""
    settings = AmplitudeSettings()

    assert (settings.monthly_requests, settings.requests_per_10_minutes) == (500, 60)
    assert (settings.parallel_per_minute, settings.concurrent_jobs) == (4, 5)
    assert (settings.max_export_members, settings.max_ids) == (2_000_000, 100_000)


def test_the_month_is_used_up_and_begins_anew(asking: Desk):
    """The request after the last is a 429; usage tells so; the first of the month there is room again."""
    asking.amplitude.configure(monthly_requests=3)

    assert statuses(asking, 4) == [202, 202, 202, 429]
    usage = asking.get("/api/3/cohorts/usage").json()
    assert usage == {"rest_download": {"limit": 3, "usage": 3, "resets_at": "2026-02-01T00:00:00Z"}}
    asking.clock.freeze(1_769_904_000.0)  # 2026-02-01T00:00:00Z
    assert statuses(asking, 1) == [202]
    assert asking.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 1


def test_failed_requests_cost_unless_told_otherwise(asking: Desk):
    """Existence checks burn quota in silence; polling, listing and refused calls do not."""
    asking.get("/api/5/cohorts/request/nothere")
    asking.get("/api/3/cohorts")
    asking.get("/api/5/cohorts/request-status/nothere")
    asking.anyone.get(f"{asking.url}{C}")

    assert asking.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 1
    asking.amplitude.configure(failed_requests_count=False)
    asking.get("/api/5/cohorts/request/nothere")
    assert asking.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 1


def test_a_429_does_not_count(asking: Desk):
    """Or a client that keeps trying would never get through."""
    asking.amplitude.configure(requests_per_10_minutes=2)

    assert statuses(asking, 5) == [202, 202, 429, 429, 429]
    asking.clock.advance(600)
    assert statuses(asking, 1) == [202]


def test_the_61st_request_in_ten_minutes_is_refused(asking: Desk):
    """A sliding window: as the first requests leave it, there is room for as many."""
    asking.amplitude.configure(requests_per_10_minutes=60)
    assert statuses(asking, 30) == [202] * 30
    asking.clock.advance(300)
    assert statuses(asking, 31) == [202] * 30 + [429]

    asking.clock.advance(300)

    assert statuses(asking, 31) == [202] * 30 + [429]


def test_the_fifth_parallel_request_of_a_minute_is_refused(asking: Desk):
    """Four may run that were asked for within a minute; when one lands, another may start."""
    asking.amplitude.configure(parallel_per_minute=4, concurrent_jobs=5, job_seconds=30.0)
    assert statuses(asking, 5) == [202] * 4 + [429]

    asking.clock.advance(30)

    assert statuses(asking, 1) == [202]


def test_the_sixth_concurrent_job_is_refused_however_old_the_others_are(asking: Desk):
    """After a minute the four no longer count as parallel, but they still run."""
    asking.amplitude.configure(parallel_per_minute=4, concurrent_jobs=5, job_seconds=300.0)
    assert statuses(asking, 4) == [202] * 4
    asking.clock.advance(61)

    answers = statuses(asking, 2)

    assert answers == [202, 429]
    assert "concurrent" in asking.details(asking.get(C))


def test_retry_after_is_off_and_says_when_there_is_room(asking: Desk):
    """None is documented; as a setting it tells the seconds to wait."""
    asking.amplitude.configure(requests_per_10_minutes=1)
    asking.get(C)
    asking.clock.advance(100)

    plain = asking.get(C)
    asking.amplitude.configure(retry_after=True)

    assert "Retry-After" not in plain.headers
    assert asking.get(C).headers["Retry-After"] == "500"


def test_limits_are_each_projects_own(asking: Desk):
    """What one project uses leaves the other's quota alone."""
    other = asking.amplitude.put_project("k", "s")
    asking.amplitude.create_cohort("D", cohort_id="d", project_id=other.id)
    asking.amplitude.configure(monthly_requests=1)

    assert statuses(asking, 2) == [202, 429]
    assert asking.anyone.get(f"{asking.url}/api/5/cohorts/request/d", auth=("k", "s")).status_code == 202


@pytest.mark.parametrize("status", [400, 413])
def test_a_cohort_over_the_limit_is_not_exported(asking: Desk, status: int):
    """Exactly two million are; one more is refused, and costs a request all the same."""
    asking.amplitude.configure(oversize_cohort_status=status)
    asking.amplitude.populate("c", 2_000_000)
    assert statuses(asking, 1) == [202]

    asking.amplitude.populate("c", 1)

    assert statuses(asking, 1) == [status]
    assert asking.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 2


@given(st.lists(st.integers(0, 3 * TEN_MINUTES), max_size=40).map(sorted), st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_limit(arrivals: list[int], limit: int):
    """Whatever the arrivals: of those let through, no ten minutes hold more than the limit."""
    settings = AmplitudeSettings(requests_per_10_minutes=limit, monthly_requests=0)
    usage, through = Usage(), []

    for at in arrivals:
        if excess(usage, (), settings, at) is None:
            usage.count(at)
            through.append(at)

    for start in through:
        assert sum(start <= at < start + TEN_MINUTES for at in through) <= limit


@given(st.integers(0, 4_000_000_000_000))
def test_the_next_month_is_the_first_moment_of_another_month(at: int):
    """Calendar months in UTC, whatever the moment, December included."""
    resets = next_month(at)

    assert month_of(resets) > month_of(at)
    assert month_of(resets - 1) == month_of(at)
    assert resets - at <= 31 * 24 * 60 * MINUTE
