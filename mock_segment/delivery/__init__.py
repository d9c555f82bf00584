"""Delivery: what became of each event after the edge said 200, and what is known of users from it."""

from __future__ import annotations

from mock_segment.delivery.captures import PLACES, Capture, Parsed, read_capture
from mock_segment.delivery.events import (
    Event,
    empty_batch_outcome,
    refusal_outcome,
    refused_events,
    unreadable_outcome,
)
from mock_segment.delivery.fold import DeliveryFold, Tally, Timeline
from mock_segment.delivery.held import Place, deliveries, in_delivery_order, turn
from mock_segment.delivery.lateness import late_values
from mock_segment.delivery.losses import LostEvent, lost
from mock_segment.delivery.normalise import (
    DEEP,
    Moments,
    context_of,
    corrected,
    merged,
    message_id_of,
    moments_of,
    normalise,
    project_id,
    sent_at_of,
    stored,
    with_name,
)
from mock_segment.delivery.profiles import Folding, Profile, UserIndex
from mock_segment.delivery.reading import id_text, parse_time
from mock_segment.delivery.refusals import read_refusal, refusal_of, sent_in
from mock_segment.delivery.seen import SeenEvent, Verdicts
from mock_segment.delivery.sources import OAuthApp, Registry, RegistryFold, Source, SourceChanges, source_put
from mock_segment.delivery.unheard import in_words, is_in_vain, meant_for, slips, traits_meant, unheard
from mock_segment.delivery.unify import unify_drops
from mock_segment.delivery.verdicts import (
    DELIVERED,
    DELIVERED_VERDICT,
    DISCARDED,
    DUPLICATE,
    EMPTY_BATCH,
    REFUSED,
    UNJUDGED,
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
    "REFUSED",
    "UNJUDGED",
    "Capture",
    "DeliveryFold",
    "Event",
    "Folding",
    "LostEvent",
    "Moments",
    "OAuthApp",
    "Parsed",
    "Place",
    "Profile",
    "Registry",
    "RegistryFold",
    "SeenEvent",
    "Source",
    "SourceChanges",
    "Tally",
    "Timeline",
    "UserIndex",
    "Verdict",
    "Verdicts",
    "batch_code",
    "context_of",
    "corrected",
    "deliveries",
    "empty_batch_outcome",
    "id_text",
    "in_delivery_order",
    "in_words",
    "is_in_vain",
    "judge",
    "late_values",
    "lost",
    "meant_for",
    "merged",
    "message_id_of",
    "moments_of",
    "normalise",
    "parse_time",
    "project_id",
    "read_capture",
    "read_refusal",
    "refusal_of",
    "refusal_outcome",
    "refused_events",
    "sent_at_of",
    "sent_in",
    "slips",
    "source_put",
    "stored",
    "traits_meant",
    "turn",
    "unheard",
    "unify_drops",
    "unreadable_outcome",
    "with_name",
]
