"""A Segment that tells the truth: its edge to the byte, and what became of every event afterwards."""

from __future__ import annotations

from mock_segment.app import SegmentFake, create_app
from mock_segment.client import SeenEvent, SegmentClient
from mock_segment.events import Event
from mock_segment.profiles import Profile
from mock_segment.settings import SegmentSettings
from mock_segment.sources import OAuthApp, Source
from mock_segment.state import SegmentState
from mock_segment.verdicts import Verdict

__all__ = [
    "Event",
    "OAuthApp",
    "Profile",
    "SeenEvent",
    "SegmentClient",
    "SegmentFake",
    "SegmentSettings",
    "SegmentState",
    "Source",
    "Verdict",
    "create_app",
]
