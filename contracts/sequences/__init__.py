"""Sequences: what a capture tells each user over time, and whether that can be right."""

from __future__ import annotations

from contracts.sequences.changes import read_key
from contracts.sequences.end import at_the_end
from contracts.sequences.memberships import Cohort, Memberships, cohort_of, memberships
from contracts.sequences.sequence import Place, Sequence

__all__ = [
    "Cohort",
    "Memberships",
    "Place",
    "Sequence",
    "at_the_end",
    "cohort_of",
    "memberships",
    "read_key",
]
