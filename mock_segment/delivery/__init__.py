"""Delivery: what became of each event after the edge said 200, and what is known of users from it."""

from __future__ import annotations

from mock_segment.delivery.captures import PLACES, Capture, Parsed, read_capture
from mock_segment.delivery.events import Event, empty_batch_outcome, lost_events, refusal_outcome
from mock_segment.delivery.fold import DeliveryFold, Tally
from mock_segment.delivery.held import in_delivery_order
from mock_segment.delivery.normalise import DEEP, merged, normalise
from mock_segment.delivery.profiles import Profile, UserIndex, fold_profiles
from mock_segment.delivery.seen import SeenEvent, Verdicts
from mock_segment.delivery.sources import OAuthApp, Registry, RegistryFold, Source, SourceChanges, source_put
from mock_segment.delivery.unify import unify_drops
from mock_segment.delivery.verdicts import (
    DELIVERED,
    DELIVERED_VERDICT,
    DISCARDED,
    DUPLICATE,
    EMPTY_BATCH,
    Verdict,
    batch_code,
    judge,
)

__all__ = [
    "DEEP",
    "DELIVERED",
    "DELIVERED_VERDICT",
    "DISCARDED",
    "DUPLICATE",
    "EMPTY_BATCH",
    "PLACES",
    "Capture",
    "DeliveryFold",
    "Event",
    "OAuthApp",
    "Parsed",
    "Profile",
    "Registry",
    "RegistryFold",
    "SeenEvent",
    "Source",
    "SourceChanges",
    "Tally",
    "UserIndex",
    "Verdict",
    "Verdicts",
    "batch_code",
    "empty_batch_outcome",
    "fold_profiles",
    "in_delivery_order",
    "judge",
    "lost_events",
    "merged",
    "normalise",
    "read_capture",
    "refusal_outcome",
    "source_put",
    "unify_drops",
]
