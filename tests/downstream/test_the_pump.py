"""In a served lab what is due is done while nobody asks."""

from __future__ import annotations

import threading

from downstream.pump import Pump
from downstream.routing import Made, annexe
from mock_core.clock import LabClock
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app
from tests.downstream.routing.vendors import Small

PATIENCE = 20  # seconds until the test is lost


class Telling(Small):
    """Says what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)

    def send(self, event, transport):
        self.came.release()
        return super().send(event, transport)


def test_what_comes_is_sent_on_and_what_failed_is_tried_again():
    """By the journal's growth and by the lab's clock, in every workspace."""
    vendor = Telling()
    clock = LabClock()
    fake = SegmentFake(clocks=Clocks(clock), annexes=(annexe(lambda *_, **__: Made(vendor)),))
    client = create_app(fake).test_client()
    with Pump(fake):
        for workspace in ("default", "ci-7"):
            told = {"X-Lab-Workspace": workspace}
            client.post("/__lab/destinations", json={"name": "small"}, headers=told)
        client.post("/__lab/destination-faults", json={"on": "small", "fault": "status", "status": 503})
        for route in ("/v1/identify", "/__lab/w/ci-7/v1/identify"):
            client.post(route, json={"writeKey": "wk", "userId": "ada", "traits": {"x": True}})
        assert vendor.came.acquire(timeout=PATIENCE)
        assert vendor.came.acquire(timeout=PATIENCE)
        clock.advance(3600)
        assert vendor.came.acquire(timeout=PATIENCE)
    fake.close()

    assert fake.broken == []


def test_what_breaks_is_told_when_the_lab_ends():
    """As what breaks while it serves."""

    class Broken:
        def settle(self):
            raise RuntimeError("ours")

        def forget(self):
            """Nothing is held."""

        close = forget

    fake = SegmentFake()
    fake.state.workspace.additions["broken"] = Broken()
    with Pump(fake) as pump:
        pump._thread.join(PATIENCE)
    fake.close()

    assert [str(error) for error in fake.broken] == ["ours"]
