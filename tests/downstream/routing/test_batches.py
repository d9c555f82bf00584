"""Events go together where the destination takes them so, and a batch stands and falls as one."""

from __future__ import annotations

from tests.downstream.routing.bench import POWER

REFUSES_GRACE = {"fault": "status", "status": 400, "match": {"user": "grace", "times": None}}


def batching(benches, **settings):
    bench = benches()
    bench.destinations.put("small", settings={"most": 3})
    if settings:
        bench.destinations.configure(**settings)
    return bench


def test_what_is_due_at_a_time_goes_together(benches):
    """As many as the destination takes."""
    bench = batching(benches)
    bench.tell("ada", "grace", "joan", "mary")

    assert [request["users"] for request in bench.destinations.requests()] == [["ada", "grace", "joan"], ["mary"]]
    assert bench.destinations.known("small")["joan"] == {POWER: True}


def test_batching_can_be_switched_off(benches):
    """Then each goes by itself."""
    bench = batching(benches, batch="off")
    bench.tell("ada", "grace")

    assert [request["users"] for request in bench.destinations.requests()] == [["ada"], ["grace"]]


def test_a_vendor_that_refuses_one_user_refuses_the_batch(benches):
    """A failed batch marks every item; Ada is not told of, for she came with Grace."""
    bench = batching(benches)
    bench.destinations.arm("small", **REFUSES_GRACE)
    bench.tell("ada", "grace")
    bench.tell("mary")

    assert bench.verdicts() == [("ada", "refused"), ("grace", "refused"), ("mary", "refused")]


def test_a_refused_batch_may_be_sent_one_by_one(benches):
    """By a setting: only she who is refused is refused."""
    bench = batching(benches, batch_failure="one-by-one")
    bench.destinations.arm("small", **REFUSES_GRACE)
    bench.tell("ada", "grace")

    assert bench.verdicts() == [("ada", "reached"), ("grace", "refused")]


def test_batches_are_formed_anew_when_they_are_tried_again(benches):
    """What failed together is due together, with what else is due by then; or each alone, by a setting."""
    bench = batching(benches)
    bench.destinations.arm("small", "status", status=503)
    bench.tell("ada", "grace")
    assert {row["due"] for row in bench.destinations.deliveries()} != {None}
    bench.clock.advance(3600)
    assert [request["users"] for request in bench.destinations.requests()] == [["ada", "grace"], ["ada", "grace"]]

    alone = batching(benches, batch_again="alone")
    alone.destinations.arm("small", "status", status=503)
    alone.tell("ada", "grace")
    alone.clock.advance(3600)
    assert [request["users"] for request in alone.destinations.requests()] == [["ada", "grace"], ["ada"], ["grace"]]
