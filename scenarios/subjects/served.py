"""A subject outside this process: it reaches the lab over real sockets, by the environment contract, in real time.

Programs read the system's clock, so the lab follows it, too, unless the scenario is set at a time of its own: a date
in a Retry-After then means the same to both.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from typing import Self

from scenarios.lab import API_KEY, SECRET_KEY, Lab
from scenarios.subjects.order import SyncOrder


class ServedSubject:
    """What every program outside shares; `keeps_time` lets the clock run on from the scenario's start."""

    def __init__(self, lab: Lab, deadline: float, *, keeps_time: bool = False) -> None:
        self.lab = lab
        self.deadline = deadline
        self._keeps_time = keeps_time
        self._stack = ExitStack()

    def variables(self, order: SyncOrder) -> dict[str, str]:
        """Return the variables of the environment contract."""
        return {
            "AMPLITUDE_BASE_URL": self._address.amplitude,
            "AMPLITUDE_API_KEY": API_KEY,
            "AMPLITUDE_SECRET_KEY": SECRET_KEY,
            "SEGMENT_BASE_URL": self._address.segment,
            "SEGMENT_WRITE_KEY": order.write_key,
            "COHORT_ID": order.cohort_id,
            "SYNC_STATE_DIR": str(order.state_dir),
            "LAB_NOW": f"{self.lab.clock.now():.3f}",
        }

    def __enter__(self) -> Self:
        if self._keeps_time:
            self.lab.clock.run()
        else:
            self.lab.clock.follow_system()
        # A program that resets the lab it is judged in would pass: the control plane wants a token that it has not.
        self._address = self._stack.enter_context(self.lab.serve(token=secrets.token_urlsafe(24)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
