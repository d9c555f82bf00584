"""Every event has a verdict at every destination, and a reason."""

from __future__ import annotations

import pytest

from mock_core.errors import BadControl
from tests.downstream.routing.bench import POWER, Bench

HOURS = 3600


def test_what_reaches_a_vendor_is_told_with_its_key_and_value(bench: Bench):
    """A member's true, then the leave's false, which is what the vendor knows at the end."""
    bench.tell("ada", "grace")
    bench.tell("grace", value=False)

    assert bench.verdicts() == [("ada", "reached"), ("grace", "reached"), ("grace", "reached")]
    assert bench.destinations.deliveries()[2]["carried"] == {POWER: {"key": POWER, "value": False}}
    assert bench.destinations.known("small") == {"ada": {POWER: True}, "grace": {POWER: False}}


def test_events_before_it_was_connected_are_not_for_it(bench: Bench):
    """A destination gets what comes from then on."""
    bench.tell("ada")
    bench.destinations.put("later", destination="small")
    bench.tell("grace")

    assert bench.verdicts(destination="later") == [("grace", "reached")]
    assert bench.verdicts(destination="small") == [("ada", "reached"), ("grace", "reached")]


def test_an_event_that_sets_nothing_off_is_not_triggered(bench: Bench):
    """Nobody was called, and that is no failure."""
    bench.client.post("/v1/track", json={"writeKey": "wk", "userId": "ada", "event": "Signed Up"})

    assert bench.verdicts() == [("ada", "not triggered")]
    assert bench.destinations.requests() == []


def test_a_source_that_is_switched_off_reaches_nobody(bench: Bench):
    """Segment discards its events before any destination is asked."""
    bench.fake.state.put_source("wk", enabled=False)
    bench.tell("ada")

    assert bench.verdicts() == []
    assert bench.fake.state.verdicts()[0].code == "source_disabled"


def test_a_destination_of_another_source_gets_nothing(bench: Bench):
    """It is connected to sources."""
    bench.destinations.put("small", sources=["other"])
    bench.tell("ada")
    bench.tell("grace", key="other")

    assert bench.verdicts() == [("grace", "reached")]


def test_a_destination_that_is_switched_off_says_so(bench: Bench):
    """Also of events that come meanwhile."""
    bench.destinations.put("small", enabled=False)
    bench.tell("ada")
    bench.destinations.put("small", enabled=True)
    bench.tell("grace")

    assert bench.verdicts() == [("ada", "switched off"), ("grace", "reached")]


@pytest.mark.parametrize(
    ("integrations", "verdict", "told"),
    [
        ({"All": False}, "switched off", '"All": false'),
        ({"All": False, "Small (Actions)": {"session_id": 1}}, "reached", ""),
        ({"Small (Actions)": False}, "switched off", "Small"),
        ({"small (actions)": False}, "reached", "case counts"),
    ],
)
def test_the_integrations_object_switches_by_name_to_the_letter(bench: Bench, integrations, verdict, told):
    """What it does and what does nothing are both told."""
    bench.tell("ada", integrations=integrations)
    (row,) = bench.destinations.deliveries()

    assert row["verdict"] == verdict
    assert told.replace('"All": ', "'All': ") in f"{row['reason']} {row['notes']}"


def test_a_filter_keeps_back_and_says_which(bench: Bench):
    """With its FQL, so that one can look it up."""
    bench.destinations.put("small", filters=['userId = "ada"'])
    bench.tell("ada", "grace")

    assert bench.verdicts() == [("ada", "filtered"), ("grace", "reached")]
    assert 'userId = "ada"' in bench.destinations.deliveries(verdict="filtered")[0]["reason"]


def test_a_filter_that_takes_the_trait_away_is_seen_in_the_verdict(bench: Bench):
    """The vendor is called, and the trait is not in it."""
    actions = [{"type": "DROP_PROPERTIES", "fields": {"traits": [POWER]}}]
    bench.destinations.put("small", filters=[{"if": "all", "actions": actions}])
    bench.tell("ada")
    (row,) = bench.destinations.deliveries()

    assert (row["verdict"], row["missing"]) == ("without the trait", [POWER])
    assert POWER in row["notes"][0]


def test_a_refusal_is_final_and_says_by_whom(bench: Bench):
    """A vendor's 400 is not tried again."""
    bench.destinations.arm("small", "status", status=400)
    bench.tell("ada", "grace")
    bench.clock.advance(5 * HOURS)
    rows = bench.destinations.deliveries()

    assert [row["verdict"] for row in rows] == ["refused", "reached"]
    assert rows[0]["reason"] == "by the vendor: HTTPError 400: it said no"
    assert rows[0]["attempts"] == 1


@pytest.mark.parametrize(
    "fault", [{"fault": "status", "status": 503}, {"fault": "time-out"}, {"fault": "connection-reset"}]
)
def test_an_outage_that_ends_in_time_loses_nothing(bench: Bench, fault):
    """Retries go on for four hours of the lab's clock."""
    fault_id = bench.destinations.arm("small", **fault, match={"times": None})
    bench.tell("ada")
    assert bench.verdicts() == [("ada", "retrying")]

    bench.clock.advance(3.9 * HOURS)
    bench.destinations.lift(fault_id)
    bench.clock.advance(1 * HOURS)

    assert bench.verdicts() == [("ada", "reached")]
    assert bench.destinations.deliveries()[0]["attempts"] > 5


def test_an_outage_longer_than_four_hours_loses_events_for_good(bench: Bench):
    """Nothing tells the sender."""
    fault_id = bench.destinations.arm("small", "status", status=503, match={"times": None})
    bench.tell("ada")
    bench.clock.advance(4.1 * HOURS)
    bench.destinations.lift(fault_id)
    bench.clock.advance(20 * HOURS)
    (row,) = bench.destinations.deliveries()

    assert (row["verdict"], row["due"]) == ("given up", None)
    assert row["last_at"] - row["first_at"] == 4 * HOURS * 1000
    assert bench.destinations.known("small") == {}


def test_attempts_are_made_at_their_own_times_when_the_clock_jumps(benches):
    """One jump of five hours is as many small ones."""
    jumped, walked = benches(), benches()
    for each in (jumped, walked):
        each.destinations.put("small")
        each.destinations.arm("small", "status", status=503, match={"times": None})
        each.tell("ada", "grace")
    jumped.clock.advance(5 * HOURS)
    for _ in range(300):
        walked.clock.advance(60)

    assert jumped.destinations.requests() == walked.destinations.requests()
    assert len(jumped.destinations.requests()) > 10


def test_true_and_false_overtake_one_another_unless_order_is_kept(benches):
    """The retry of a true arrives after the false, and the vendor keeps a member that left."""
    known = {}
    for order in ("overtaking", "kept"):
        bench = benches()
        bench.destinations.put("small")
        bench.destinations.configure(order=order)
        bench.destinations.arm("small", "status", status=503)
        bench.tell("ada")
        bench.tell("ada", value=False)
        bench.clock.advance(1 * HOURS)
        known[order] = bench.destinations.known("small")["ada"][POWER]

    assert known == {"overtaking": True, "kept": False}


def test_a_lost_answer_makes_the_vendor_take_it_twice(bench: Bench):
    """At least once is what is promised."""
    bench.destinations.arm("small", "lost-reply")
    bench.tell("ada")
    assert bench.destinations.known("small") == {"ada": {POWER: True}}
    bench.clock.advance(600)
    (row,) = bench.destinations.deliveries()

    assert (row["verdict"], row["attempts"]) == ("reached", 2)
    assert row["notes"] == ["the vendor took it, and the connection was reset"]
    assert [request["taken"] for request in bench.destinations.requests()] == [True, True]


def test_a_reset_of_captures_forgets_deliveries(bench: Bench):
    """The destination stays connected."""
    bench.tell("ada")
    bench.destinations.settle()
    bench.fake.state.workspace.reset(captures_only=True)
    bench.tell("grace")

    assert bench.verdicts() == [("grace", "reached")]


def test_unknown_names_are_told_with_the_nearest(bench: Bench):
    """A sentence, never a trace."""
    with pytest.raises(BadControl, match="small"):
        bench.destinations.arm("smal", "status", status=503)
    with pytest.raises(BadControl, match="time-out"):
        bench.destinations.arm("small", "timeout")
    with pytest.raises(BadControl, match="destination"):
        bench.destinations.deliveries(destnation="small")
