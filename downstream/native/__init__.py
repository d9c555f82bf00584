"""Destinations that need no Node: written here, held against Segment's published code."""

from __future__ import annotations

from downstream.native.action import Subscription
from downstream.native.amplitude import SLUG as AMPLITUDE
from downstream.native.amplitude import Amplitude, actions, presets
from downstream.native.connected import INSIDE, connected

__all__ = ["AMPLITUDE", "INSIDE", "Amplitude", "Subscription", "actions", "connected", "presets"]
