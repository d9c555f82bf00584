"""Keeping: what happened in a lab, or was recorded, as a scenario that any program can be taken through."""

from __future__ import annotations

from scenarios.keeping.keeping import Draft, Kept, draft, keep, write
from scenarios.keeping.shrinking import shrunk
from scenarios.keeping.story import Story, opened, story_of

__all__ = [
    "Draft",
    "Kept",
    "Story",
    "draft",
    "keep",
    "opened",
    "shrunk",
    "story_of",
    "write",
]
