"""Destinations that need no Node: written here, held against Segment's published code."""

from __future__ import annotations

from downstream.native.action import Subscription
from downstream.native.amplitude import Amplitude, actions, presets

__all__ = ["Amplitude", "Subscription", "actions", "presets"]
