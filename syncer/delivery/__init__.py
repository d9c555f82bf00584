"""Delivery: changes as events, events as batches, batches tried until they are settled."""

from __future__ import annotations

from syncer.delivery.batching import Batch, batches
from syncer.delivery.identify import EventTemplate, name_run
from syncer.delivery.posting import Delivery
from syncer.delivery.segment import Segment
from syncer.delivery.settled import Settled

__all__ = [
    "Batch",
    "Delivery",
    "EventTemplate",
    "Segment",
    "Settled",
    "batches",
    "name_run",
]
