"""A run: from the export to what Segment acknowledged, and a look ahead that tells nothing to anybody."""

from __future__ import annotations

from syncer.run.engine import Engine
from syncer.run.preview import Preview

__all__ = [
    "Engine",
    "Preview",
]
