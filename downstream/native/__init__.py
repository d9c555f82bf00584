"""Destinations that need no Node: written here, held against Segment's published code."""

from __future__ import annotations

from downstream.native.action import Subscription
from downstream.native.amplitude import SLUG as AMPLITUDE
from downstream.native.amplitude import Amplitude, actions, presets
from downstream.native.connected import INSIDE, connected
from downstream.native.webhook import SLUG as WEBHOOK
from downstream.native.webhook import Webhook
from downstream.native.webhook import connected as connected_webhook

__all__ = [
    "AMPLITUDE",
    "INSIDE",
    "WEBHOOK",
    "Amplitude",
    "Subscription",
    "Webhook",
    "actions",
    "connected",
    "connected_webhook",
    "presets",
]
