"""A Segment fake with destinations built onto it, on a clock that stands still, and a short way to tell it of users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downstream.routing import Destinations, annexe
from mock_core.annexe import addition
from mock_core.clock import LabClock
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app
from tests.downstream.routing.vendors import make

START = 1_700_000_000.0
POWER = "Power Users (abc123)"


class Bench:
    """The fake, its destinations, and a short way to tell it of users."""

    def __init__(self, path: Path | None = None, seed: int = 0) -> None:
        self.clock = LabClock(START)
        self.fake = SegmentFake(clocks=Clocks(self.clock), path=path, seed=seed, annexes=(annexe(make),))
        self.client = create_app(self.fake).test_client()

    @property
    def destinations(self) -> Destinations:
        return addition(self.fake.state, Destinations)

    def tell(self, *users: str, value: Any = True, key: str = "wk", **more: Any) -> None:
        """Post one batch with an identify for each user."""
        batch = [
            {
                "type": "identify",
                "userId": user,
                "traits": {POWER: value},
                "messageId": f"{user}-{self.fake.state.workspace.journal.last}",
                **more,
            }
            for user in users
        ]
        assert self.client.post("/v1/batch", json={"writeKey": key, "batch": batch}).status_code == 200

    def verdicts(self, **where: str) -> list[tuple[str, str]]:
        return [(row["user_id"], row["verdict"]) for row in self.destinations.deliveries(**where)]
