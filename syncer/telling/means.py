"""What a run works with, as the caller handed it in: the wire, the clock, chance, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.clock import Clock
from syncer.telling.events import Listeners
from syncer.wire import Transport


@dataclass(frozen=True, slots=True)
class Means:
    """Hold what everything in a run shares; `chance` gives a number from 0 to 1."""

    transport: Transport
    clock: Clock
    tell: Listeners
    chance: Callable[[], float]
