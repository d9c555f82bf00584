"""The source: Amplitude as the engine sees it, from a cohort's id to the rows of its export."""

from __future__ import annotations

from syncer.source.amplitude import Amplitude, Cohort
from syncer.source.export import LONGEST_HEADER, Header, canonical, read_header, records, user_ids

__all__ = [
    "LONGEST_HEADER",
    "Amplitude",
    "Cohort",
    "Header",
    "canonical",
    "read_header",
    "records",
    "user_ids",
]
