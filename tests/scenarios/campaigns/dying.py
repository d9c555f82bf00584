"""A bug to plant that also kills the process it is tried in: once, as the machine under a worker may end."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from syncer import Transport
from tests.scenarios.simulation.bugs import ForgetsLeaves


@dataclass(frozen=True)
class DiesOnce:
    """Forgets leaves; the first time that it is planted, and no mark is there, the process is killed."""

    mark: Path

    def __call__(self, transport: Transport) -> Transport:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return ForgetsLeaves(transport)
