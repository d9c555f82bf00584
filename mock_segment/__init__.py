"""A Segment that tells the truth: its edge to the byte, and what became of every event afterwards."""

from __future__ import annotations

from mock_segment.app import SegmentFake, create_app
from mock_segment.client import SegmentClient
from mock_segment.delivery import Event, LostEvent, OAuthApp, Profile, SeenEvent, Source, Verdict, Verdicts
from mock_segment.settings import SegmentSettings
from mock_segment.state import SegmentState

__all__ = [
    "Event",
    "LostEvent",
    "OAuthApp",
    "Profile",
    "SeenEvent",
    "SegmentClient",
    "SegmentFake",
    "SegmentSettings",
    "SegmentState",
    "Source",
    "Verdict",
    "Verdicts",
    "create_app",
]
