"""How large one request may be, and what stands around the events in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.limits import BATCH_BYTES, BATCH_ITEMS, EVENT_BYTES

OPENING: Final = b'{"batch":['
CLOSING: Final = b"]}"


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Say how large one request may be, in bytes as sent and in events."""

    bytes: int = 450_000
    events: int = 1_000

    def __post_init__(self) -> None:
        if not (EVENT_BYTES + len(OPENING + CLOSING) <= self.bytes <= BATCH_BYTES):
            raise ValueError(f"a batch may be {EVENT_BYTES + 12} to {BATCH_BYTES} bytes, not {self.bytes}")
        if not (1 <= self.events <= BATCH_ITEMS):
            raise ValueError(f"a batch may hold 1 to {BATCH_ITEMS} events, not {self.events}")
