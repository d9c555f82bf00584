from __future__ import annotations

from collections.abc import Iterator

import pytest

from cohortlab.testing import ClockStandsStill, Lab
from cohortlab.testing.standstill import Standstill
from tests.repository import ROOT

pytest_plugins = "pytester"

SYNC = """
import csv, io, time

def sync(lab, cohort_id):
    keys, base = (lab.api_key, lab.secret_key), lab.amplitude_url
    asked = lab.http.get(f"{base}/api/5/cohorts/request/{cohort_id}", auth=keys)
    where = f"{base}/api/5/cohorts/request-status/{asked.json()['request_id']}"
    while lab.http.get(where, auth=keys).status_code == 202:
        time.sleep(0.05)
    file = lab.http.get(f"{base}/api/5/cohorts/request/{asked.json()['request_id']}/file", auth=keys)
    for row in csv.DictReader(io.StringIO(file.text)):
        event = {"userId": row["user_id"], "traits": {f"Power Users ({cohort_id})": True}}
        lab.http.post(f"{lab.segment_url}/v1/identify", json=event, auth=(lab.write_key, ""))
"""


def test_a_sync_that_polls_ends(pytester: pytest.Pytester):
    """A program that waits in real time until its export is ready needs nothing set: exports are ready at once."""
    pytester.makepyfile(mysync=SYNC)
    pytester.makepyfile(
        """
        import pytest
        from mysync import sync

        @pytest.mark.parametrize("which", ["lab", "lab_served"])
        def test_it(which, request):
            lab = request.getfixturevalue(which)
            lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["ada", "grace"])
            sync(lab, "abcd1234")
            assert lab.segment.profile("ada").traits == {"Power Users (abcd1234)": True}
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=2)


def test_the_example_of_the_documentation_passes(pytester: pytest.Pytester):
    """docs/pytest.md, word for word."""
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    pytester.makepyfile(page.partition("## A sync that polls")[2].partition("```python\n")[2].partition("```")[0])

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)


def test_a_poll_that_nothing_can_answer_is_a_failure_with_its_cure(pytester: pytest.Pytester):
    """An export that takes lab time, a clock that stands still, a program that sleeps in real time: not for ever."""
    pytester.makepyfile(mysync=SYNC)
    pytester.makepyfile(
        """
        from mysync import sync

        def test_it(lab):
            lab.amplitude.configure(job_seconds=30)
            lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["ada"])
            sync(lab, "abcd1234")
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    assert "this export is ready in 30 s of lab time" in result.stdout.str()
    assert "lab.amplitude.configure(job_seconds=0)" in result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "*request-status/* was answered 202 * times while the lab's clock stood still at 2026-01-05T09:00:00*",
        ]
    )


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["ada"])
        yield lab


class Watch:
    """The time that passes for a program, told by hand."""

    def __init__(self, lab: Lab) -> None:
        self.now = 0.0
        lab.http.hooks["response"] = [Standstill(lab.clock, lab.amplitude, lab.segment.state, lambda: self.now)]


def ask(lab: Lab, path: str, method: str = "GET") -> int:
    """Make one call and return its status."""
    return lab.http.request(method, lab.amplitude_url + path, auth=(lab.api_key, lab.secret_key)).status_code


def request_of(lab: Lab) -> str:
    """Ask for an export and return the path of its status."""
    reply = lab.http.get(f"{lab.amplitude_url}/api/5/cohorts/request/abcd1234", auth=(lab.api_key, lab.secret_key))
    return f"/api/5/cohorts/request-status/{reply.json()['request_id']}"


def test_an_export_that_was_made_to_hang_is_told_as_that(lab: Lab):
    """No lab time would help."""
    watch = Watch(lab)
    lab.amplitude.workspace.arm({"fault": "job-hangs"})
    status = request_of(lab)

    with pytest.raises(ClockStandsStill, match="job-hangs makes this export one that is never ready"):
        for _ in range(100):
            ask(lab, status)
            watch.now += 1


def test_a_refusal_that_time_would_lift_is_told(lab: Lab):
    """A program that waits for a quota in real time waits for ever."""
    watch = Watch(lab)
    lab.amplitude.configure(monthly_requests=1)
    request_of(lab)

    with pytest.raises(ClockStandsStill, match=r"was answered 429 10 times .*: the quota or limit behind it"):
        for _ in range(100):
            ask(lab, "/api/5/cohorts/request/abcd1234")
            watch.now += 1


def test_what_is_retried_whatever_is_raised_ends_all_the_same(lab: Lab):
    """A loop that takes every exception for a bad connection is no way around it."""
    watch = Watch(lab)
    lab.amplitude.configure(job_seconds=30)
    status = request_of(lab)

    with pytest.raises(ClockStandsStill):
        while True:
            watch.now += 1
            try:
                assert ask(lab, status) == 200
            except Exception:
                continue


def test_a_fault_that_ends_at_a_time_is_told(lab: Lab):
    """An outage of the next minute lasts for ever when no minute passes."""
    watch = Watch(lab)
    lab.segment.workspace.arm(
        {"fault": "status", "status": 503, "match": {"times": None, "until": "2026-01-05T09:01Z"}}
    )

    with pytest.raises(
        ClockStandsStill, match=r"was answered 503 10 times .*: the fault that answers it ends at a time"
    ):
        for _ in range(100):
            lab.http.post(f"{lab.segment_url}/v1/identify", json={"userId": "u"}, auth=(lab.write_key, ""))
            watch.now += 1


@pytest.mark.parametrize("fault", [{"fault": "status", "status": 503}, {"fault": "status", "status": 429}])
def test_a_program_may_try_as_often_as_it_likes_what_time_does_not_change(lab: Lab, fault: dict[str, object]):
    """A fault that stays until it is lifted, an id that nobody knows: a program may try on, and give up in the end."""
    watch = Watch(lab)
    lab.segment.workspace.arm({**fault, "match": {"times": None}})

    for _ in range(30):
        reply = lab.http.post(f"{lab.segment_url}/v1/identify", json={"userId": "u"}, auth=(lab.write_key, ""))
        assert reply.status_code == fault["status"]
        assert ask(lab, "/api/5/cohorts/request-status/nobody") == 404
        watch.now += 1


def test_a_test_may_ask_as_often_as_it_likes(lab: Lab):
    """Counting refusals within a moment is no poll: no real time passes."""
    Watch(lab)
    lab.amplitude.configure(monthly_requests=1)
    request_of(lab)

    assert {ask(lab, "/api/5/cohorts/request/abcd1234") for _ in range(50)} == {429}


def test_a_poll_that_moves_the_clock_goes_on(lab: Lab):
    """As do one on a running clock, and polls for other exports."""
    watch = Watch(lab)
    lab.amplitude.configure(job_seconds=30)
    status = request_of(lab)
    for _ in range(29):
        assert ask(lab, status) == 202
        lab.clock.advance(1)
        watch.now += 1
    assert ask(lab, request_of(lab)) == 202
    lab.clock.advance(1)
    assert ask(lab, status) == 200

    lab.amplitude.configure(job_seconds=3_000)
    status = request_of(lab)
    lab.clock.run()
    for _ in range(20):
        assert ask(lab, status) == 202
        watch.now += 1


def test_a_program_may_sleep_on_the_labs_clock(lab: Lab):
    """Which is the cure that is named."""
    lab.amplitude.configure(job_seconds=30)
    status = request_of(lab)
    while ask(lab, status) == 202:
        lab.clock.sleep(5)

    assert lab.clock.now() == 1767603600.0 + 30
