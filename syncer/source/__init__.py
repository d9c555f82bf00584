"""The source: Amplitude as the engine sees it, from a cohort's id to the rows of its export."""

from __future__ import annotations

from syncer.source.amplitude import Amplitude, Cohort
from syncer.source.export import LONGEST, Header, read_header, user_ids

__all__ = [
    "LONGEST",
    "Amplitude",
    "Cohort",
    "Header",
    "read_header",
    "user_ids",
]
