"""The source: Amplitude as the engine sees it, from a cohort's id to the rows of its export."""

from __future__ import annotations

from syncer.source.amplitude import Amplitude, Cohort

__all__ = [
    "Amplitude",
    "Cohort",
]
