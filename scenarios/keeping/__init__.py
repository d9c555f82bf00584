"""Keeping: what happened in a lab, or was recorded, as a scenario that any program can be taken through."""

from __future__ import annotations

from scenarios.keeping.keeping import Draft, Kept, draft, keep, write
from scenarios.keeping.shrinking import shrunk
from scenarios.keeping.story import Happening, Story, opened, story_of
from scenarios.keeping.trouble import route_of

__all__ = [
    "Draft",
    "Happening",
    "Kept",
    "Story",
    "draft",
    "keep",
    "opened",
    "route_of",
    "shrunk",
    "story_of",
    "write",
]
