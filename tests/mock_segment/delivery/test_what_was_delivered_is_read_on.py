"""Whoever reads what was delivered, stops and goes on, meets every event once, in the order of delivery."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_core.clock import LabClock
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app
from mock_segment.delivery import Place

AFTER_ALL = 3_600.0


def a_call(number: int) -> dict[str, object]:
    return {"writeKey": "k", "userId": "ada", "messageId": f"m{number}", "traits": {"seen": number}}


@given(
    steps=st.lists(st.sampled_from(["call", "late", "overtaken", "wait", "read", "read one"]), max_size=25),
)
def test_stopping_and_going_on_loses_nothing_and_doubles_nothing(steps: list[str]):
    """Through calls that a fault delivers late or lets the next one overtake."""
    clock = LabClock(1_700_000_000.0)
    fake = SegmentFake(clocks=Clocks(clock))
    client = create_app(fake).test_client()
    state, place, met = fake.state, Place(), []

    def read(most: int) -> None:
        nonlocal place
        for after, events in state.deliveries(place):
            place = after
            met.extend(event.message_id for event in events)
            most -= 1
            if most == 0:
                break

    sent = 0
    for step in steps:
        if step == "wait":
            clock.advance(7.0)
        elif step.startswith("read"):
            read(1 if step == "read one" else -1)
        else:
            sent += 1
            faults = {
                "late": {"fault": "late", "seconds": 20, "match": {"times": 1}},
                "overtaken": {"fault": "out-of-order", "match": {"times": 1}},
            }
            if step in faults:
                state.workspace.arm(faults[step])
            assert client.post("/v1/identify", json=a_call(sent)).status_code == 200
    clock.advance(AFTER_ALL)
    client.post("/v1/identify", json=a_call(0))  # lets go what waited for another call
    read(-1)

    assert sorted(met) == sorted(f"m{number}" for number in range(sent + 1))
    fake.close()


def test_without_stopping_it_is_the_order_of_delivery():
    """The same order in which profiles are folded."""
    clock = LabClock(1_700_000_000.0)
    fake = SegmentFake(clocks=Clocks(clock))
    client = create_app(fake).test_client()
    fake.state.workspace.arm({"fault": "out-of-order", "match": {"times": 1}})
    for number in range(3):
        client.post("/v1/identify", json=a_call(number))

    read = [event.message_id for _, events in fake.state.deliveries(Place()) for event in events]

    assert read == [event.message_id for event in fake.state.delivered()] == ["m1", "m0", "m2"]
    fake.close()
