"""What Segment or the wire does to a run, and what the run makes of it."""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

import pytest

from syncer import CredentialsRefused, DeliveryStopped, Retried, RunFailed, UserFailed
from syncer.errors import SyncError
from syncer.wire import Pace
from tests.syncer.conftest import Answer, Bench, answer

MEMBERS = [f"user-{n:02}" for n in range(10)]


def test_a_reply_lost_after_the_commit_is_told_once_in_effect(bench: Bench) -> None:
    """A batch stored without a reply is sent again byte for byte, and Segment drops the copy."""
    bench.segment.script.append("lost")

    report = bench.run(*MEMBERS)

    first, second = (request.body for request in bench.segment.requests)
    assert first == second
    assert bench.segment.duplicates == len(MEMBERS)
    assert bench.segment.told() == set(MEMBERS)
    assert (report.calls, report.attempts, report.retries, report.batches) == (10, 2, 1, 1)


def test_retries_say_how_many_came_before(quick: Bench) -> None:
    """From the second try on, X-Retry-Count says how many came before (segment facts 3.1)."""
    quick.segment.script.extend([503, 503])

    quick.run(*MEMBERS)

    assert [request.headers.get("X-Retry-Count") for request in quick.segment.requests] == [None, "1", "2"]


def test_jitter_comes_from_the_chance_that_is_passed_in(quick: Bench) -> None:
    """The same chance gives the same waits."""
    quick.segment.script.extend([503, 503])
    quick.amplitude.become(*MEMBERS)

    quick.engine(chance=lambda: 0.5).run(quick.sync(retry_jitter=0.2))

    assert quick.clock.waits == pytest.approx([1.1, 2.2])


def test_a_throttled_run_waits_as_long_as_it_is_asked(quick: Bench) -> None:
    """A 429 with Retry-After holds the run for exactly that long, and listeners hear of it."""
    quick.segment.script.append(Answer(429, headers={"Retry-After": "17"}))

    quick.run(*MEMBERS)

    assert quick.clock.waits == [17.0]
    assert [(event.attempt, event.after) for event in quick.heard if isinstance(event, Retried)] == [(1, 17.0)]


@pytest.mark.parametrize(
    "reply",
    [
        Answer(200, b"<html>Sign in</html>"),
        Answer(200, b""),
        Answer(200, b'{"success": false}'),
        Answer(200, b'{"success": "true"}'),
        Answer(200, b"[true]"),
        Answer(204),
        Answer(200, b'{"success": true', {"Content-Length": "99"}),
    ],
)
def test_a_2xx_that_is_not_segments_is_no_acknowledgement(quick: Bench, reply: Answer) -> None:
    """Only a JSON object whose success is true acknowledges; anything else with a 2xx is tried again."""
    quick.segment.script.append(reply)

    report = quick.run(*MEMBERS)

    assert len(quick.segment.requests) == 2
    assert quick.segment.told() == set(MEMBERS)
    assert report.is_complete


def test_a_run_that_cannot_deliver_stops_and_goes_on_later(bench: Bench) -> None:
    """After the last retry the run stops; the next one sends the same messageIds, then what changed since."""
    bench.segment.script.extend([200, *[503] * 9])
    with pytest.raises(DeliveryStopped, match="Segment answered 503") as stopped:
        bench.run("ann", "bob", batch_events=1)
    tried = [json.loads(request.body or b"") for request in bench.segment.requests][-1]

    report = bench.run("ann", "cleo", batch_events=1)

    assert stopped.value.report is not None
    assert (stopped.value.report.status, stopped.value.report.calls) == ("stopped", 1)
    assert bench.segment.events[1]["messageId"] == tried["batch"][0]["messageId"]
    assert bench.segment.sent() == [("ann", True), ("bob", True), ("cleo", True), ("bob", False)]
    assert report.resumed is not None
    assert report.resumed.status == "succeeded"


def test_an_attempted_enter_that_then_leaves_is_not_left_behind(bench: Bench) -> None:
    """Stored without a reply, given up, and gone from the next export: the user still ends as false."""
    bench.segment.script.extend(["lost"] * 9)
    with pytest.raises(DeliveryStopped):
        bench.run("ann")

    bench.run()

    assert bench.segment.sent() == [("ann", True), ("ann", False)]


def test_a_refused_batch_is_split_to_find_the_bad_event(bench: Bench) -> None:
    """One refused user takes nobody down with it; it is reported, and told again by the next run."""
    bench.segment.refused_users = {"user-03"}

    report = bench.run(*MEMBERS)

    assert bench.segment.told() == set(MEMBERS) - {"user-03"}
    assert (report.status, report.calls, report.failed, report.is_complete) == ("partial", 9, 1, False)
    failed = [event for event in bench.heard if isinstance(event, UserFailed)]
    assert [(event.position, "malformed JSON" in event.reason) for event in failed] == [(3, True)]

    bench.segment.refused_users = set()
    again = bench.again()

    assert bench.segment.told() == set(MEMBERS)
    assert (again.entered, again.status) == (1, "succeeded")


def test_a_refused_leave_is_told_again(bench: Bench) -> None:
    """A leave that was refused stays in the snapshot, so the next run tells it again."""
    bench.run(*MEMBERS)
    bench.segment.refused_users = {"user-03"}
    bench.run(*MEMBERS[:3])

    bench.segment.refused_users = set()
    report = bench.again()

    assert (report.left, report.entered) == (1, 0)
    assert bench.segment.told() == set(MEMBERS[:3])


def test_a_refused_enter_that_leaves_is_not_mentioned(bench: Bench) -> None:
    """Who was refused for certain and then left was never told true, so no false is sent."""
    bench.segment.refused_users = {"ann"}
    bench.run("ann", "bob")
    bench.segment.refused_users = set()

    bench.run("bob")

    assert bench.segment.sent() == [("bob", True)]
    assert bench.state.ledger.failed_rows("abc123", bench.sync().target.name) == []


def test_a_doubtful_refusal_is_cleared_up(bench: Bench) -> None:
    """Stored without a reply and refused on the retry: nobody knows, so the next run tells how it is now."""
    bench.segment.script.append("lost")
    bench.amplitude.become("ann", "bob")

    class Turning(set[str]):
        """Refuses from the second request on."""

        def __contains__(self, user: object) -> bool:
            return user == "ann" and len(bench.segment.requests) > 1

    bench.segment.refused_users = Turning()
    bench.again()
    bench.segment.refused_users = set()

    bench.run("bob")

    assert bench.segment.traits["ann"] == {"Power Users (abc123)": False}
    assert bench.segment.told() == {"bob"}


def test_a_refusal_after_a_stop_is_doubtful_too(bench: Bench) -> None:
    """Stored without a reply before the run stopped, refused when it went on, and gone by then: told false."""
    bench.segment.script.append("lost")
    with pytest.raises(DeliveryStopped):
        bench.run("ann", retries=0)
    bench.segment.refused_users = {"ann"}
    bench.run("bob")
    bench.segment.refused_users = set()

    bench.again()

    assert bench.segment.told() == {"bob"}


def test_an_event_too_large_for_segment_is_never_sent(bench: Bench) -> None:
    """An event over 32 KB would take its batch down: it is set aside with the reason, the rest is sent."""
    giant = "g" * 40_000

    report = bench.run("ann", giant, "zoe")

    assert bench.segment.told() == {"ann", "zoe"}
    assert (report.failed, report.status) == (1, "partial")
    assert all(len(request.body or b"") < 1_000 for request in bench.segment.requests)


def test_a_wrong_key_blames_no_user(quick: Bench) -> None:
    """Segment's 400 for a key is no refusal of an event: the run stops after one try, and can go on."""
    body = {"success": False, "message": "An invalid write key was provided", "code": "invalid_request"}
    quick.segment.script.append(answer(400, body))

    with pytest.raises(DeliveryStopped, match="write key"):
        quick.run(*MEMBERS)

    assert len(quick.segment.requests) == 1
    assert quick.again().resumed is not None
    assert quick.segment.told() == set(MEMBERS)


def test_an_endpoint_that_refuses_everybody_blames_nobody(quick: Bench) -> None:
    """When event after event is refused the endpoint is at fault: the run stops and no user counts as failed."""
    members = [f"user-{n:03}" for n in range(200)]
    quick.segment.refused_users = set(members)
    with pytest.raises(DeliveryStopped, match="25 events in a row"):
        quick.run(*members)

    quick.segment.refused_users = set()
    report = quick.again()

    assert quick.segment.told() == set(members)
    assert report.resumed is not None
    assert (report.resumed.failed, report.resumed.status) == (0, "succeeded")


def test_labelled_as_amplitude_labels_it_a_partial_run_succeeded(bench: Bench) -> None:
    """With partial_failure = commit, refused users count as told, and the run as successful."""
    bench.segment.refused_users = {"user-03"}
    report = bench.run(*MEMBERS, partial_failure="commit")
    bench.segment.refused_users = set()

    again = bench.again(partial_failure="commit")

    assert (report.status, report.failed) == ("succeeded", 1)
    assert again.calls == 0
    assert [row.user_id for row in bench.state.ledger.failed_rows("abc123", bench.sync().target.name)] == ["user-03"]


def test_a_partial_run_may_count_as_failed(bench: Bench) -> None:
    """With partial_failure = fail, the run raises, and the next one tells who was refused."""
    bench.segment.refused_users = {"user-03"}
    with pytest.raises(RunFailed, match="users refused: 1"):
        bench.run(*MEMBERS, partial_failure="fail")
    bench.segment.refused_users = set()

    bench.again(partial_failure="fail")

    assert bench.segment.told() == set(MEMBERS)
    assert len(bench.segment.events) == len(MEMBERS)


def test_the_retry_budget_ends_a_hopeless_run(quick: Bench) -> None:
    """All batches together may be retried only so often."""
    quick.segment.script.extend([503, 200] * 5)

    with pytest.raises(DeliveryStopped, match="retry budget of 3"):
        quick.run(*MEMBERS, batch_events=1, retry_budget=3)

    assert len(quick.segment.requests) == 7


def test_after_many_failures_one_try_at_a_time_goes_out(quick: Bench) -> None:
    """The open circuit breaker spaces tries, and the first success closes it."""
    quick.segment.script.extend([503] * 4)

    quick.run(*MEMBERS, batch_events=5, breaker_failures=2, breaker_seconds=60)

    # Two failures open the breaker; each try after the next waits out the rest of its minute.
    assert quick.clock.waits == [1, 2, 4, 56, 8, 52]
    assert quick.segment.told() == set(MEMBERS)


def test_events_can_be_limited_by_the_second(quick: Bench) -> None:
    """With a limit, batches go out so far apart that no more events a second leave."""
    quick.run(*MEMBERS, batch_events=4, events_per_second=2)

    assert quick.clock.waits == [2.0, 2.0]


def test_one_call_for_each_user(bench: Bench) -> None:
    """With transport = identify every user is one POST to /v1/identify, whose body is the event itself."""
    bench.run("ann", "bob", transport="identify")
    bench.run("bob", transport="identify")

    assert {request.path_url for request in bench.segment.requests} == {"/v1/identify"}
    assert bench.segment.sent() == [("ann", True), ("bob", True), ("ann", False)]


def test_several_in_flight_are_all_settled(bench: Bench) -> None:
    """With four batches in flight and trouble among them, everybody is told once in effect."""
    lock = threading.Lock()
    handle = bench.segment.handle

    def locked(request: Any) -> Answer:
        with lock:
            return handle(request)

    session = bench.transport._session
    session.get_adapter("https://segment.test")._handle = locked
    bench.segment.script.extend([503, 200, "lost", Answer(429, headers={"Retry-After": "1"}), 200, "lost"])
    members = [f"user-{n:03}" for n in range(100)]

    report = bench.run(*members, parallel=4, batch_events=7)

    assert bench.segment.told() == set(members)
    assert len(bench.segment.events) == 100
    assert report.calls == 100
    assert report.batches == 15


def test_stopped_with_several_in_flight_nothing_is_lost(bench: Bench) -> None:
    """When one of several batches stops the run, what the others settled is kept, and the rest is sent later."""
    bench.segment.script.extend([200, 401, 200, 200])
    members = [f"user-{n:03}" for n in range(100)]
    with pytest.raises(DeliveryStopped):
        bench.run(*members, parallel=4, batch_events=7)
    settled = len(bench.segment.events)

    report = bench.again(parallel=4, batch_events=7)

    assert bench.segment.told() == set(members)
    assert bench.segment.duplicates == 0
    assert report.resumed is not None
    assert report.resumed.calls == 100
    assert 0 < settled < 100


def test_an_unknown_amplitude_key_is_the_callers_mistake(quick: Bench) -> None:
    """Amplitude's 403 is not retried; it names the key and the region, and the history has a line."""
    quick.amplitude.script["cohorts"] = deque(
        [answer(403, {"error": {"http_code": 403, "metadata": {"details": "Invalid API Key"}}})]
    )

    with pytest.raises(CredentialsRefused, match=r"Invalid API Key.*region") as refused:
        quick.run("ann")

    assert refused.value.exit_status == 2
    assert [(run.phase, "Invalid API Key" in run.reason) for run in quick.state.ledger.runs()] == [("failed", True)]


def test_every_error_names_the_sync(quick: Bench) -> None:
    """An error says which sync it is about, and never a key."""
    quick.amplitude.names.clear()

    with pytest.raises(SyncError) as error:
        quick.run("ann")

    assert str(error.value).startswith("sync of cohort abc123 to key-")
    assert "write-key" not in str(error.value)
    assert "secret-key" not in str(error.value)


def test_a_clock_set_back_does_not_lengthen_a_wait(quick: Bench) -> None:
    """What is still to be waited for when the clock is set back is waited for, and no more."""
    pace = Pace(quick.clock)
    pace.hold(10)
    quick.clock.sleep(-86_400)
    quick.clock.waits.clear()

    pace.admit(1)

    assert quick.clock.waits == [10.0]
