"""A Node that dies in the middle: begun anew once, no event lost, none sent twice."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

from downstream.destination import Request, Response
from downstream.node import NodeDestination, NodeProcess, plausible
from tests.destinations import installation


def _events(count: int) -> list[dict[str, object]]:
    return [{"type": "identify", "userId": f"user-{number}", "traits": {"k (1)": True}} for number in range(count)]


class Vendor:
    """Counts who was sent, and ends the process when so many were."""

    def __init__(self, process: NodeProcess, ends_at: set[int]) -> None:
        self.process = process
        self.ends_at = ends_at
        self.users: Counter[str] = Counter()

    def __call__(self, request: Request) -> Response:
        self.users[json.loads(request.body)["attributes"][0]["external_id"]] += 1
        if self.users.total() in self.ends_at and self.process.process_id is not None:
            os.kill(self.process.process_id, signal.SIGKILL)
        return plausible(request)


def test_it_is_started_again_and_every_event_is_sent_once() -> None:
    """What was answered before the end is not called again."""
    with NodeProcess(installation()) as process:
        braze = NodeDestination(process, "braze")
        vendor = Vendor(process, {40})

        sent = braze.send_many(_events(100), vendor)

        assert process.starts == 2
        assert [each.failure for each in sent] == [None] * 100
        assert set(vendor.users.values()) == {1}
        assert len(vendor.users) == 100


def test_one_that_dies_twice_leaves_what_it_had_to_be_tried_again() -> None:
    """What was not done says so, and was not sent twice either; the process serves the next ones."""
    with NodeProcess(installation()) as process:
        braze = NodeDestination(process, "braze")
        vendor = Vendor(process, {1, 60})

        sent = braze.send_many(_events(100), vendor)
        done = [number for number, each in enumerate(sent) if each.failure is None]
        next_one = braze.send({**_events(1)[0], "userId": "next"}, vendor)

        assert 0 < len(done) < 100
        assert all(
            each.failure is None or (each.failure.reason, each.failure.again) == ("NodeDied", True) for each in sent
        )
        assert all(vendor.users[f"user-{number}"] == 1 for number in done)
        assert set(vendor.users.values()) == {1}
        assert next_one.failure is None
